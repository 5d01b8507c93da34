"""A text as coloured chips: one a token, with its id, white space visible; counts beside.

Pure functions from a text and a tokenizer to HTML, Markdown or plain text. The HTML has classes and no style
attributes or scripts, so it works under a strict content security policy; the page's own style sheet colours
`tok-0` to `tok-4`, which take turns so that neighbours differ.

    >>> print(plain("hello world", "gpt2"))
    gpt2: 11 characters, 11 bytes, 2 tokens
    hello|·world
    31373 995
    >>> markdown("a|b", "gpt2").splitlines()[2:]
    ['| token | `a` | `\\\\|` | `b` |', '| --- | --- | --- | --- |', '| id | 64 | 91 | 65 |']
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .base import well_formed
from .names import get_tokenizer

__all__ = ["COLOURS", "Chip", "Example", "example", "html", "markdown", "plain", "show", "text_of"]

COLOURS = 5
"""Classes tok-0 to tok-4."""

_VISIBLE = str.maketrans({" ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u3000": "□"})


@dataclass(frozen=True)
class Chip:
    """One token of an example.

    Attributes:
        idx: the token's id.
        text: its bytes as text; bytes of half a character as U+FFFD.
        data: its bytes.
        colour: 0 to `COLOURS` - 1.
    """

    idx: int
    text: str
    data: bytes
    colour: int


@dataclass(frozen=True)
class Example:
    """A text under a tokenizer.

    Attributes:
        tokenizer: its name.
        text: what was encoded.
        chips: its tokens, in order.
    """

    tokenizer: str
    text: str
    chips: tuple[Chip, ...]

    @property
    def counts(self) -> str:
        """Characters, bytes and tokens, in words.

        >>> example("안녕", "gpt2").counts
        '2 characters, 6 bytes, 6 tokens'
        """
        numbers = (
            (len(self.text), "character"),
            (len(self.text.encode("utf-8")), "byte"),
            (len(self.chips), "token"),
        )
        return ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in numbers)


def example(text: str, tokenizer: str) -> Example:
    """Encode a text for showing; special tokens in it are special.

    Args:
        text: any text; lone surrogates count as U+FFFD.
        tokenizer: "gpt2", "cl100k_base", or a name that stands for one, such as "GPT-4".

    Raises:
        UnknownNameError: no such tokenizer.
    """
    encoder = get_tokenizer(tokenizer)
    text = well_formed(text)
    ids = encoder.encode(text, allowed_special="all")
    parts = [encoder.decode_bytes([idx]) for idx in ids]
    chips = [
        Chip(idx, data.decode("utf-8", errors="replace"), data, place % COLOURS)
        for place, (idx, data) in enumerate(zip(ids, parts, strict=True))
    ]
    return Example(encoder.name, text, tuple(chips))


def show(chip: Chip) -> str:
    """The chip's text with white space visible, and the bytes where it is no text.

    >>> [show(chip) for chip in example("\\n é👋", "gpt2").chips]
    ['⏎', '·é', 'f0 9f 91', '8b']
    """
    if _is_bytes(chip):
        return chip.data.hex(" ")
    text = chip.text.translate(_VISIBLE)
    return "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in text)


def text_of(chip: Chip) -> str:
    """The chip's text as it is, or its bytes in hex where it is half a character.

    >>> [text_of(chip) for chip in example(" 👋", "gpt2").chips]
    ['20-f0-9f-91', '8b']
    """
    return chip.data.hex("-") if _is_bytes(chip) else chip.text


def _is_bytes(chip: Chip) -> bool:
    return "\N{REPLACEMENT CHARACTER}" in chip.text and "\N{REPLACEMENT CHARACTER}".encode() not in chip.data


def html(text: str, tokenizer: str) -> str:
    """The example as an HTML figure, everything escaped; a line end in a token also breaks the line."""
    shown = example(text, tokenizer)
    chips = "".join(_chip_html(chip) for chip in shown.chips)
    return (
        f'<figure class="tokens" data-tokenizer="{escape(shown.tokenizer)}">'
        f'<div class="tokens-text">{chips}</div>'
        f"<figcaption>{escape(shown.tokenizer)}: {escape(shown.counts)}</figcaption></figure>"
    )


def _chip_html(chip: Chip) -> str:
    is_bytes = _is_bytes(chip)
    name = f"tok tok-{chip.colour}" + (" tok-bytes" if is_bytes else "")
    line_end = "<br>" if chip.data.endswith(b"\n") else ""
    label = f'<sub class="tok-id">{chip.idx}</sub>'
    return f'<span class="{name}" title="{chip.idx}">{escape(show(chip))}{label}</span>{line_end}'


def markdown(text: str, tokenizer: str) -> str:
    """The example as a Markdown table, tokens above their ids; twelve to a row of the table."""
    shown = example(text, tokenizer)
    lines = [f"{shown.tokenizer}: {shown.counts}"]
    for start in range(0, len(shown.chips), 12):
        row = shown.chips[start : start + 12]
        lines += ["", "| token | " + " | ".join(_code(show(chip)) for chip in row) + " |"]
        lines += [
            "| --- " * (len(row) + 1) + "|",
            "| id | " + " | ".join(str(chip.idx) for chip in row) + " |",
        ]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """A code span of a table cell: back quotes doubled around back quotes, bars escaped."""
    fence = "`"
    while fence in text:
        fence += "`"
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}".replace("|", "\\|")


def plain(text: str, tokenizer: str) -> str:
    """The example as lines of text: counts, tokens between bars, ids."""
    shown = example(text, tokenizer)
    tokens = "|".join(show(chip) for chip in shown.chips)
    return f"{shown.tokenizer}: {shown.counts}\n{tokens}\n{' '.join(str(chip.idx) for chip in shown.chips)}"
