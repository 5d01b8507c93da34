"""An article, Markdown or HTML, as the parts that a reader reads. No marker of ours is needed or looked for.

Links that name a moment of the video (`#t=83`, `?t=1h2m`), and times in brackets, are what a part says of where in
the lecture it is from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import markdown

from pipeline.errors import UsageError

__all__ = ["Article", "Kind", "Part", "read", "read_html", "read_markdown", "stated_moment"]

Kind = Literal["heading", "paragraph", "item", "quote", "code", "caption", "cell", "gloss", "label"]
"""A label is a few words that stand in no paragraph: what a page says of itself."""


@dataclass(frozen=True)
class Part:
    """A heading, paragraph, item of a list, listing, caption or cell."""

    kind: Kind
    text: str
    level: int = 0
    """Of a heading, from 1."""
    language: str = ""
    """Of code, as it is told."""
    stated_s: float | None = None
    """The moment that a link or a time in brackets names."""


@dataclass(frozen=True)
class Article:
    """Parts in order, and the sources for what reads those by itself."""

    parts: tuple[Part, ...]
    sources: tuple[tuple[str, bool], ...]
    """`(text, whether it is HTML)`, a file each."""
    chapters: tuple[int, ...] = ()
    """Places of parts at which a file begins, where there are several files."""

    @property
    def prose(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.kind != "code")


_HTML = frozenset({".html", ".htm", ".xhtml"})
_MARKDOWN = frozenset({".md", ".markdown", ".txt"})
_NO_CHAPTER = re.compile(r"readme|index|checks|glossary|references|search|404|whole|single", re.IGNORECASE)
_LARGEST = 50_000_000


def read(path: Path) -> Article:
    """The article in a file, or in a folder of chapters (its Markdown files, else its HTML files, by name).

    Raises:
        UsageError: nothing there can be read as an article.
    """
    files = _chapter_files(path) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"{path}: no Markdown or HTML file is in this folder", fix="name the article's file")
    parts: list[Part] = []
    starts, sources = [], []
    for file in files:
        text = _text(file)
        is_html = file.suffix.lower() in _HTML or text.lstrip()[:15].lower().startswith(
            ("<!doctype html", "<html")
        )
        starts.append(len(parts))
        sources.append((text, is_html))
        parts += read_html(text) if is_html else read_markdown(text)
    if not any(part.kind != "code" for part in parts):
        raise UsageError(
            f"{path}: no words are in this article", fix="name a Markdown or HTML file with text"
        )
    return Article(tuple(parts), tuple(sources), tuple(starts) if len(files) > 1 else ())


def _chapter_files(folder: Path) -> list[Path]:
    for kinds in (_MARKDOWN, _HTML):
        files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in kinds and path.is_file()]
        if files:
            return [path for path in files if not _NO_CHAPTER.search(path.stem)] or files
    return []


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: larger than {_LARGEST // 1_000_000} MB", fix="name the article itself")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(
            f"{path}: cannot be read: {reason}", fix="name a Markdown or HTML file in UTF-8"
        ) from error


def read_markdown(text: str) -> tuple[Part, ...]:
    """The parts of Markdown.

    >>> [(p.kind, p.text, p.stated_s) for p in read_markdown("# A *title*\\n\\nWe merge. [1:05](v.mp4#t=65)")]
    [('heading', 'A title', None), ('paragraph', 'We merge.', 65.0)]
    """
    text = re.sub(r"\A---\n.*?\n(?:---|\.\.\.)\n", "", text, flags=re.DOTALL)
    html = markdown.markdown(text, extensions=["fenced_code", "tables", "sane_lists"])
    return tuple(_with_moments(_parts(html), behind=True))


def read_html(text: str) -> tuple[Part, ...]:
    """The parts of a page: of its `main` or `article` where it has one; without navigation and scripts."""
    return tuple(_with_moments(_parts(text), behind=False))


def _parts(html: str) -> list[Part]:
    reader = _Reader(only_main=bool(re.search(r"<(?:main|article)\b", html, re.IGNORECASE)))
    reader.feed(html)
    reader.close()
    reader.end()
    return reader.parts


def _with_moments(parts: Sequence[Part], behind: bool) -> Iterator[Part]:
    """Parts that are a moment and nothing else, told to the part they stand at: the one after, or before.

    In Markdown a moment on a line of its own stands behind code, lists and figures.
    """
    made: list[Part] = []
    waiting: float | None = None
    for part in parts:
        if part.stated_s is not None and not re.search(r"\w", re.sub(r"\([^)]*\)", "", part.text)):
            if behind and made and made[-1].kind in ("code", "item", "caption") and made[-1].stated_s is None:
                at = len(made) - 1
                while (
                    at > 0 and made[at].kind == made[at - 1].kind == "item" and made[at - 1].stated_s is None
                ):
                    at -= 1  # a list begins at its moment
                made[at] = _at(made[at], part.stated_s)
            else:
                waiting = part.stated_s
        elif part.text.strip():
            made.append(_at(part, waiting) if part.stated_s is None and waiting is not None else part)
            waiting = None
    yield from made


def _at(part: Part, stated_s: float) -> Part:
    return Part(part.kind, part.text, part.level, part.language, stated_s)


# --------------------------------------------------------------------------------------------------- times

_CLOCK = r"(?:\d{1,2}:)?\d{1,3}:\d{2}(?:\.\d+)?"
_BRACKETED = re.compile(rf"[\[(]\s*({_CLOCK})(?:\s*[-–—]\s*{_CLOCK})?\s*[\])]")
_ONLY_CLOCK = re.compile(rf"\W*{_CLOCK}(?:\s*[-–—]\s*{_CLOCK})?\W*")
_UNITS = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


def stated_moment(address: str) -> float | None:
    """The moment that an address names, in seconds.

    >>> stated_moment("https://youtu.be/x?t=1h2m3s"), stated_moment("lecture.mp4#t=19"), stated_moment("a.html#s3")
    (3723.0, 19.0, None)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    fields = {**parse_qs(parts.query), **parse_qs(parts.fragment)}
    said = next((fields[name][0] for name in ("t", "start", "time_continue") if name in fields), None)
    return None if said is None else _seconds(said.removeprefix("npt:").partition(",")[0])


def _seconds(text: str) -> float | None:
    if re.fullmatch(_CLOCK, text):
        seconds = 0.0
        for part in text.split(":"):
            seconds = 60 * seconds + float(part)
        return seconds
    match = _UNITS.fullmatch(text.strip())
    if not text.strip() or match is None:
        return None
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + rest


# -------------------------------------------------------------------------------------------------- reader

_SKIPPED = frozenset(
    {"script", "style", "template", "svg", "nav", "footer", "aside", "form", "button", "noscript", "head", "video",
     "audio", "select", "dialog"}
)  # fmt: skip
_HEADINGS: dict[str, Kind] = {f"h{level}": "heading" for level in range(1, 7)}
_KINDS: dict[str, Kind] = _HEADINGS | {
    "li": "item", "dt": "gloss", "dd": "gloss", "blockquote": "quote", "figcaption": "caption", "td": "cell",
    "th": "cell",
}  # fmt: skip
_OF_ITSELF = re.compile(
    r"^\W*\d+ (?:s|sec|min|h)\b.{0,20}\bof (?:the )?(?:lecture|video|talk)\b|\d bytes, \d+ tokens?$|"
    r"^(?:chapter|section|part|lecture|figure) \d+$|\bmin(?:utes?)?\.? (?:to )?read\b|"
    r"\blicen[cs]e\b.*\bCC|\bcopyright\b|©",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "ul", "ol", "dl", "table", "tr", "figure", "hr", "details",
     "summary", "pre", "body", *_KINDS}
)  # fmt: skip
_LABEL_WORDS = 8
_OUTPUT = frozenset({"output", "samp"})


class _Reader(HTMLParser):
    def __init__(self, only_main: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Part] = []
        self.only_main = only_main
        self.in_main = 0
        self.skipping: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.link: list[str] | None = None
        self.link_s: float | None = None
        self.stated_s: float | None = None
        self.language = ""
        self.is_output = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.append(tag)
            return
        if tag in _SKIPPED:
            self.skipping = [tag]
            return
        if tag in ("main", "article"):
            self.in_main += 1
        if tag in _BLOCKS:
            self.end()
            self.open.append(tag)
        if tag == "pre":
            self.is_output = bool(_OUTPUT & set(classes))
        if "pre" in self.open:
            named = [one.partition("-")[2] for one in classes if one.startswith(("language-", "lang-"))]
            self.language = named[0] if named else self.language
            self.is_output |= tag == "samp"
        if tag == "br":
            self.text.append("\n" if "pre" in self.open else " ")
        if tag == "a":
            self.link, self.link_s = [], stated_moment(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[-1]:
                self.skipping.pop()
            return
        if tag == "a" and self.link is not None:
            self._end_link()
        if tag in _BLOCKS:
            self.end()
            if tag in self.open:
                del self.open[len(self.open) - 1 - self.open[::-1].index(tag) :]
        if tag in ("main", "article"):
            self.in_main -= 1

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            (self.text if self.link is None else self.link).append(data)

    def _end_link(self) -> None:
        said = "".join(self.link or ())
        if self.link_s is not None and self.stated_s is None:
            self.stated_s = self.link_s
        # A time is where to look, not what is told; so is the "#" behind a heading.
        if not ((self.link_s is not None and _ONLY_CLOCK.fullmatch(said)) or said.strip() in ("#", "¶", "§")):
            self.text.append(said)
        self.link = None

    def end(self) -> None:
        """Close the part that is being read, if it holds anything."""
        if self.link is not None:
            self._end_link()
        raw, stated_s, self.text, self.stated_s = "".join(self.text), self.stated_s, [], None
        if self.only_main and not self.in_main:
            return
        if "pre" in self.open:
            if raw.strip() and not self.is_output:
                self.parts.append(Part("code", raw.strip("\n"), 0, self.language, stated_s))
            self.language = ""
            return
        bracketed = _BRACKETED.search(raw)
        if stated_s is None and bracketed:
            stated_s = _seconds(bracketed[1])
        text = " ".join(_BRACKETED.sub(" ", raw).split())
        if not text and stated_s is None:
            return
        tag = next((one for one in reversed(self.open) if one in _KINDS), "")
        level = int(tag[1]) if _KINDS.get(tag) == "heading" else 0
        in_paragraph = self.open[-1:] != ["header"] and (
            bool(tag) or self.open[-1:] == ["p"] or len(text.split()) >= _LABEL_WORDS
        )
        kind = _KINDS.get(tag, "paragraph") if in_paragraph and not _OF_ITSELF.search(text) else "label"
        self.parts.append(Part(kind, text, level, "", stated_s))
