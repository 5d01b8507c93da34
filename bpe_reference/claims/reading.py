"""Markdown and HTML as blocks of text, every character with its line in the file.

HTML is turned into the same plain Markdown that a person would have written (code in back quotes, blocks apart), so
that finding claims has one kind of text to read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Block", "Document", "read_html", "read_markdown"]

_BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_SKIPPED_TAGS = frozenset({"script", "style", "template", "svg", "math"})


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item, table row or code block: characters `start` to `end` of a document."""

    start: int
    end: int
    is_code: bool


@dataclass
class Document:
    """Text with the source line of each place in it (lines count from 1)."""

    text: str
    anchors: list[tuple[int, int]]
    """Places in `text` with the line that begins there, ascending."""
    blocks: list[Block] = field(default_factory=list)
    code_is_trimmed: bool = False
    """code may have lost a space at its start, see `masking.Quoted`"""

    def line_of(self, place: int) -> int:
        """The source line of a character."""
        index = bisect_right(self.anchors, place, key=lambda anchor: anchor[0]) - 1
        return self.anchors[max(index, 0)][1]


def read_markdown(source: str) -> Document:
    """A Markdown file as a document; front matter is not text."""
    anchors = [(0, 1)]
    for line in source.splitlines(keepends=True):
        anchors.append((anchors[-1][0] + len(line), anchors[-1][1] + 1))
    return Document(source, anchors, list(_markdown_blocks(source)))


def _markdown_blocks(source: str) -> Iterator[Block]:
    place = 0
    block_start: int | None = None
    fence: tuple[str, int] | None = None
    front_matter = source.startswith("---\n")
    for number, line in enumerate(source.splitlines(keepends=True)):
        start, place = place, place + len(line)
        if front_matter:
            front_matter = number == 0 or line.strip() not in ("---", "...")
            continue
        if fence is not None:
            if line.strip().startswith(fence[0]) and not line.strip().strip(fence[0][0]):
                yield Block(fence[1], start, True)
                fence = None
            continue
        opening = re.match(r"\s*(`{3,}|~{3,})", line)
        breaks = opening or not line.strip() or re.match(r"\s*(?:[-*+]\s|\d+[.)]\s|#{1,6}\s|>|\|)", line)
        if breaks and block_start is not None:
            yield Block(block_start, start, False)
            block_start = None
        if opening:
            fence = (opening[1], place)
        elif line.strip() and block_start is None:
            block_start = start
    if fence is not None:
        yield Block(fence[1], place, True)
    elif block_start is not None:
        yield Block(block_start, place, False)


def read_html(source: str) -> Document:
    """An HTML page or fragment as a document; scripts, styles and token chips are not text."""
    reader = _HtmlReader()
    reader.feed(source)
    reader.close()
    reader.end_block()
    return Document("".join(reader.out), reader.anchors or [(0, 1)], reader.blocks, code_is_trimmed=True)


class _HtmlReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.length = 0
        self.anchors: list[tuple[int, int]] = []
        self.blocks: list[Block] = []
        self.block_start = 0
        self.block_has_text = False
        self.skipping: list[str] = []
        self.in_pre = False
        self.in_code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.append(tag)
            return
        classes = (dict(attrs).get("class") or "").split()
        if tag in _SKIPPED_TAGS or "tokens" in classes:
            self.skipping = [tag]
        elif tag == "pre":
            self.end_block()
            self.in_pre = True
        elif tag in ("code", "kbd", "samp") and not self.in_pre:
            self.in_code += 1
            if self.in_code == 1:
                self._put("`")
        elif tag in ("b", "strong") and not self.in_pre and not self.in_code:
            self._put("**")
        elif tag in _BLOCK_TAGS and not self.in_pre:
            self.end_block()

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.pop()
        elif tag == "pre":
            self.end_block()
            self.in_pre = False
        elif tag in ("code", "kbd", "samp") and self.in_code:
            self.in_code -= 1
            if not self.in_code:
                self._put("`")
        elif tag in ("b", "strong") and not self.in_pre and not self.in_code:
            self._put("**")
        elif tag in _BLOCK_TAGS and not self.in_pre:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if self.skipping:
            return
        line = self.getpos()[0]
        for number, part in enumerate(re.split(r"(?<=\n)", data)):
            if part:
                self.anchors.append((self.length, line + number))
                self._put(part if self.in_pre or self.in_code else part.replace("\n", " "))
                self.block_has_text |= bool(part.strip())

    def end_block(self) -> None:
        """Close the block that is being written, if anything is in it."""
        if self.block_has_text:
            self.blocks.append(Block(self.block_start, self.length, self.in_pre))
        self._put("\n\n")
        self.block_start = self.length
        self.block_has_text = False

    def _put(self, text: str) -> None:
        self.out.append(text)
        self.length += len(text)
