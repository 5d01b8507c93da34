"""Text primitives that the writers and the checks share: words, numbers, identifiers. No stage, no model."""
