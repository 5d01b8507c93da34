"""Titles, names and descriptions come from strangers: what may pass of them."""

from __future__ import annotations

__all__ = ["clean_line", "clean_text"]

import re
import unicodedata

MAX_LINE = 300
MAX_TEXT = 20_000


def clean_line(text: str | None, limit: int = MAX_LINE) -> str | None:
    """`text` as one line of visible characters, at most `limit` of them; None if nothing is left.

    Control characters, bidirectional overrides (which make text read other than it is stored) and lone
    surrogates go; runs of space become one.

    >>> clean_line("Let's\\x00 build\\u202e\\n the tokenizer ")
    "Let's build the tokenizer"
    """
    if text is None:
        return None
    line = re.sub(r"\s+", " ", _visible(text)).strip()
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return line or None


def clean_text(text: str | None, limit: int = MAX_TEXT) -> str:
    """`text` with its lines kept, at most `limit` characters; the rest as in `clean_line`."""
    lines = re.split(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", text or "")
    cleaned = "\n".join(_visible(line.replace("\t", " ")).rstrip() for line in lines)
    return cleaned.strip("\n")[:limit]


def _visible(text: str) -> str:
    kept = (c for c in text if unicodedata.category(c) not in {"Cc", "Cs"} or c.isspace())
    return unicodedata.normalize("NFC", "".join(c for c in kept if not _steers_direction(c)))


def _steers_direction(character: str) -> bool:
    return (
        character in "\u061c\u200e\u200f\ufeff"
        or "\u202a" <= character <= "\u202e"
        or ("\u2066" <= character <= "\u2069")
    )
