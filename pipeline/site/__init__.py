"""The site: what a reader gets. `book` gathers, `pages` sets, `press` writes."""
