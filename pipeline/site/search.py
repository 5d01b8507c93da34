"""The search index: pagefind, over prose, code and glossary.

A record is a stretch of a section, long enough that words near each other are found together. Which paragraph
begins at which of its words goes along, so that a hit leads to its paragraph and to its moment.
Source: pagefind.app/docs/py-api.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.models import Degradation
from pipeline.site.kept import forget, is_whole, seal
from pipeline.site.pagefind_service import ask
from pipeline.site.text import count_words
from pipeline.site.views import BlockView, Book, ChapterView
from pipeline.store import temporary_name

FOLDER = "pagefind"
FORMAT = 2
"""Counted up when the same records give other files."""
ENOUGH_WORDS = 150
"""A record ends with the block that brings it to this many words."""


@dataclass(frozen=True)
class Record:
    """What pagefind is given. `marks` is `word anchor seconds` for each block, joined by semicolons."""

    file: str
    title: str
    content: str
    marks: str


def index(book: Book, cache: Path) -> tuple[dict[str, Path], tuple[Degradation, ...]]:
    """The index's files (path in the site → file), and what fell short.

    Args:
        book: the book.
        cache: a folder where indexes are kept by what is in them.
    """
    made = list(records(book))
    folder = cache / f"index-{_identity(made, book.language)}"
    if not is_whole(folder):
        try:
            files = _files(made, book.language)
        except (ImportError, OSError, RuntimeError) as error:
            return {}, (_fell_short(str(error) or type(error).__name__),)
        _keep(files, folder)
        _forget_others(cache, folder)
    kept = sorted(path for path in folder.rglob("*") if path.is_file())
    return {f"{FOLDER}/{path.relative_to(folder).as_posix()}": path for path in kept}, ()


def records(book: Book) -> Iterator[Record]:
    """Everything that can be found."""
    for chapter in book.chapters:
        heading = ""
        pending: list[BlockView] = []
        for block in chapter.blocks:
            if block.kind == "heading":
                yield from _record(chapter, heading, pending)
                heading, pending = block.text, [block]
                continue
            pending.append(block)
            if sum(count_words(one.text) for one in pending) >= ENOUGH_WORDS:
                yield from _record(chapter, heading, pending)
                pending = []
        yield from _record(chapter, heading, pending)
    for term in book.terms:
        seconds = int(term.moment.seconds) if term.moment else ""
        text = f"{term.term}: {term.definition.striptags()}"
        yield Record("glossary.html", f"Glossary: {term.term}", text, f"0 {term.anchor} {seconds}")


def _record(chapter: ChapterView, heading: str, blocks: Sequence[BlockView]) -> Iterator[Record]:
    words: list[str] = []
    marks = []
    for block in blocks:
        seconds = "" if block.moment is None else int(block.moment.seconds)
        marks.append(f"{len(words)} {block.anchor} {seconds}")
        words += f"{block.text} {block.output or ''}".split()
    if words:
        title = f"{chapter.number}. {chapter.title}" + (f" › {heading}" if heading else "")
        yield Record(chapter.file, title, " ".join(words), ";".join(marks))


def _identity(made: Sequence[Record], language: str) -> str:
    try:
        tool = version("pagefind")
    except PackageNotFoundError:
        tool = ""
    text = json.dumps([FORMAT, tool, language, [asdict(one) for one in made]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _files(made: Sequence[Record], language: str) -> dict[str, bytes]:
    """The index of these records, without what the site does not use."""
    requests: list[Mapping[str, object]] = [{"type": "NewIndex", "config": {"force_language": language}}]
    for number, one in enumerate(made):
        requests.append({
            "type": "AddRecord", "index_id": 0, "language": language, "content": one.content,
            # Addresses only have to differ; the page makes the links out of the other fields.
            "url": f"/{one.file}?{number}",
            "meta": {"title": one.title, "file": one.file, "marks": one.marks},
        })  # fmt: skip
    # The files are asked for, not left to pagefind to write: it says that it has written before it has, and what
    # ends it then (as its own client does) leaves files empty.
    requests.append({"type": "GetFiles", "index_id": 0})
    answer = ask(requests)[-1]
    files = {file["path"]: base64.b64decode(file["content"]) for file in answer["files"]}
    if "pagefind-entry.json" not in files:
        raise RuntimeError("pagefind made no index")
    return {name: data for name, data in files.items() if not _is_interface(name)}


def _keep(files: Mapping[str, bytes], folder: Path) -> None:
    temporary = temporary_name(folder)
    for name, data in files.items():
        path = temporary / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    seal(folder)


def _forget_others(cache: Path, current: Path) -> None:
    for other in cache.glob("index-*"):
        if other != current:
            forget(other)


def _is_interface(name: str) -> bool:
    # Pagefind's own search boxes, which the site does not use.
    return "-ui" in name or "component" in name or "highlight" in name


def _fell_short(why: str) -> Degradation:
    return Degradation(
        stage="render",
        what=f"the search index could not be made ({why})",
        consequence="the site has no search",
        remedy="install Lecturebook again with its dependency pagefind, or set render.search to false",
        passing=True,
    )
