"""Score any article against the transcript of its lecture: `articles` reads it, `transcripts` reads that,
`alignment` finds which part tells of which sentences, `scores` counts."""
