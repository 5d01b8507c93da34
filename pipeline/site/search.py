"""The search index: pagefind, over prose, code and glossary.

A record is a stretch of a section, long enough that words near each other are found together. Which paragraph
begins at which of its words goes along, so that a hit leads to its paragraph and to its moment.
Source: pagefind.app/docs/py-api.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.models import Degradation
from pipeline.site.kept import forget, is_whole, seal
from pipeline.site.text import count_words
from pipeline.site.views import BlockView, Book, ChapterView
from pipeline.store import temporary_name

FOLDER = "pagefind"
TIMEOUT_S = 120.0
"""Pagefind's client waits for ever where its process does not understand a request."""
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
            _build(made, book.language, folder)
        except (ImportError, OSError, RuntimeError) as error:
            return {}, (_fell_short(str(error) or type(error).__name__),)
        _forget_others(cache, folder)
    files = {
        f"{FOLDER}/{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_interface(path)
    }
    return files, ()


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
    text = json.dumps([tool, language, [asdict(one) for one in made]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _build(made: Sequence[Record], language: str, folder: Path) -> None:
    from pagefind.index import IndexConfig, PagefindIndex

    # Its client warns of every record, and of the end of the process that it ends itself.
    logging.getLogger("pagefind").setLevel(logging.ERROR)

    async def build(target: Path) -> None:
        made_index = PagefindIndex(config=IndexConfig(output_path=str(target), force_language=language))
        async with made_index as building:
            for number, one in enumerate(made):
                await building.add_custom_record(
                    # Addresses only have to differ; the page makes the links out of the other fields.
                    url=f"/{one.file}?{number}",
                    content=one.content,
                    language=language,
                    meta={"title": one.title, "file": one.file, "marks": one.marks},
                )

    temporary = temporary_name(folder)
    temporary.mkdir(parents=True)
    # A thread of its own, since whoever calls may have an event loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(build(temporary), TIMEOUT_S))).result()
    if not (temporary / "pagefind-entry.json").is_file():
        raise RuntimeError("pagefind wrote no index")
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    seal(folder)


def _forget_others(cache: Path, current: Path) -> None:
    for other in cache.glob("index-*"):
        if other != current:
            forget(other)


def _is_interface(path: Path) -> bool:
    # Pagefind's own search boxes, which the site does not use.
    return "-ui" in path.name or "component" in path.name or "highlight" in path.name


def _fell_short(why: str) -> Degradation:
    return Degradation(
        stage="render",
        what=f"the search index could not be made ({why})",
        consequence="the site has no search",
        remedy="install Lecturebook again with its dependency pagefind, or set render.search to false",
        passing=True,
    )
