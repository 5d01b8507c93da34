"""The library: a page over all lectures in the output folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from markupsafe import Markup
from pydantic import ValidationError

from pipeline.models import Model
from pipeline.site.links import Moments
from pipeline.site.pages import environment, page_source
from pipeline.site.policy import content_security_policy
from pipeline.site.press import write_file
from pipeline.site.views import Book
from pipeline.store import TEMPORARY_MARK

CARD = "lecture.json"


class Card(Model):
    """What the library says of a lecture; each site carries its own."""

    title: str
    author: str | None
    language: str
    length: str
    minutes: int
    published: str | None
    picture: str | None
    chapters: tuple[str, ...]
    terms: tuple[str, ...]
    licence: str | None = None
    media: str | None = None
    """What the player plays, relative to the site or absolute; None where it embeds a site's own."""
    moment: str | None = None
    """How to link to a moment, with `{seconds}`; None where nothing plays the lecture."""
    base_url: str | None = None


@dataclass(frozen=True)
class Entry:
    card: Card
    folder: str


def card(book: Book, base_url: str | None) -> bytes:
    """The card of a lecture, as bytes."""
    played = book.moments.source if book.moments.player == "file" else None
    made = Card(
        title=book.title,
        author=book.author,
        language=book.language,
        length=book.length,
        minutes=book.minutes,
        published=book.published.isoformat() if book.published else None,
        picture=book.poster.thumb if book.poster else None,
        chapters=tuple(chapter.title for chapter in book.chapters),
        terms=tuple(term.term for term in book.terms),
        licence=book.licence,
        media=played,
        moment=book.moments.template,
        base_url=base_url,
    )
    return (json.dumps(made.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()


def write_library(output: Path, templates: Path | None = None) -> Path:
    """Writes `index.html` in the output folder, and returns its path.

    A folder without a site, or with a card that is not one, is passed over: it is not finished.

    Raises:
        StorageError: the folder cannot be written.
    """
    # Runs over other lectures write it too; what one that was killed left is swept here, under its own lock.
    with FileLock(output / ".library.lock"):
        for leftover in output.glob(f".*{TEMPORARY_MARK}*"):
            leftover.unlink(missing_ok=True)
        return _write(output, templates)


def _write(output: Path, templates: Path | None) -> Path:
    entries = [entry for folder in sorted(output.iterdir()) if (entry := _entry(folder)) is not None]
    entries.sort(key=lambda entry: (entry.card.title.casefold(), entry.folder))
    templates_here = environment(templates)
    sources = {name: page_source(templates_here, name) for name in ("style.css", "script.js", "theme.js")}
    # The fonts are those of any site here: they are the same in all.
    fonts = f"{entries[0].folder}/site/fonts/" if entries else "fonts/"
    style = sources["style.css"].replace("url(fonts/", f"url({fonts}")
    policy = content_security_policy(
        (sources["theme.js"], sources["script.js"]), style, Moments(None, "none"), search=False
    )
    shown: dict[str, Any] = {
        "entries": entries,
        "policy": policy,
        "style": Markup(style),
        "script": Markup(sources["script.js"]),
        "theme_script": Markup(sources["theme.js"]),
    }
    html = templates_here.get_template("library.html").render(shown)
    path = output / "index.html"
    write_file(path, html.encode())
    return path


def _entry(folder: Path) -> Entry | None:
    path = folder / "site" / CARD
    if folder.is_symlink() or not path.is_file() or not _is_lecture_id(folder.name):
        return None
    try:
        return Entry(Card.model_validate_json(path.read_bytes()), folder.name)
    except (ValidationError, OSError):
        return None


def _is_lecture_id(name: str) -> bool:
    return bool(name) and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
