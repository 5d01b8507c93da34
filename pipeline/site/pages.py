"""Sets the pages: a book's views and the templates become HTML.

Templates are Jinja2 with autoescape and StrictUndefined. A file in the user's own folder takes the place of ours
of the same name, one by one; `extra.css` there is added to the style.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from pipeline.errors import ConfigError
from pipeline.models import Degradation
from pipeline.resources import resource
from pipeline.site import citations
from pipeline.site.checks import COMPARED, OUTCOMES
from pipeline.site.metadata import chapter_data, feed_date, index_data, script_json, stamp
from pipeline.site.policy import content_security_policy
from pipeline.site.views import Book, ChapterView

SEARCH_NEEDS_SERVER = (
    "Search needs a web server: run make serve URL=… (or lecturebook serve) and open the address it names."
)


@dataclass(frozen=True)
class Page:
    """What the frame of a page needs to know."""

    file: str
    kind: str
    title: str
    description: str
    policy: str
    style: Markup
    theme_script: Markup
    script: Markup
    data: Markup
    writers: tuple[str, ...]
    has_player: bool
    search: bool
    start_s: float = 0.0
    start_clock: str = "0:00"
    poster: Any = None
    """The figure that stands for the lecture until it plays."""
    linked_data: Markup | None = None
    canonical: str | None = None
    image: str | None = None
    previous: ChapterView | None = None
    next: ChapterView | None = None
    degradations: tuple[Degradation, ...] = ()
    downloads: tuple[tuple[str, str], ...] = ()
    outcomes: tuple[tuple[str, str], ...] = field(
        default=tuple((outcome.value, label) for outcome, label in OUTCOMES.items())
    )
    compared: tuple[tuple[str, str, tuple[str, ...]], ...] = COMPARED


@dataclass(frozen=True)
class Setting:
    """How a site is set: everything that is the same for all its pages."""

    base_url: str | None = None
    templates: Path | None = None
    search: bool = False
    captions: str | None = None
    downloads: tuple[tuple[str, str], ...] = ()
    """`(label, address)` of other forms of the book."""


class Press:
    """Sets a book's pages.

    Raises:
        ConfigError: a template of the user's is missing something or is not Jinja2.
    """

    def __init__(self, book: Book, setting: Setting) -> None:
        self.book = book
        self.setting = setting
        self.templates = environment(setting.templates)
        self.style = page_source(self.templates, "style.css") + page_source(self.templates, "print.css")
        self.style += page_source(self.templates, "extra.css", missing="")
        self.script = page_source(self.templates, "script.js")
        self.theme_script = page_source(self.templates, "theme.js")
        self.policy = content_security_policy(
            (self.theme_script, self.script), self.style, book.moments, search=setting.search
        )

    def pages(self) -> dict[str, bytes]:
        """Every page of the site: file name → bytes."""
        book = self.book
        made = {"index.html": self._index(), "whole.html": self.whole(), "checks.html": self._checks()}
        if book.terms:
            made["glossary.html"] = self._plain("glossary", "Glossary", "The terms of the lecture, defined.")
        if book.references:
            made["references.html"] = self._plain("references", "References", "What the lecture mentions.")
        if book.exercises:
            made["exercises.html"] = self._plain("exercises", "Exercises", "What the lecturer sets to try.")
        made |= {chapter.file: self.chapter(chapter) for chapter in book.chapters}
        pages = {name: text.encode() for name, text in made.items()}
        if self.setting.base_url:
            pages |= self._for_machines(tuple(made))
        return pages

    def fonts(self) -> dict[str, bytes]:
        """The fonts that the style names, and their licence."""
        folders = [folder for folder in (self.setting.templates, resource("templates")) if folder]
        found = {path.name: path for folder in reversed(folders) for path in (folder / "fonts").glob("*")}
        return {f"fonts/{name}": path.read_bytes() for name, path in sorted(found.items())}

    def chapter(self, chapter: ChapterView) -> str:
        """A chapter's page."""
        chapters = self.book.chapters
        at = chapters.index(chapter)
        page = self._page(
            chapter.file,
            "chapter",
            chapter.title,
            chapter.summary or self._first_words(chapter),
            data=self._data([chapter], chapter.start_s),
            writers=(chapter.writer,),
            start_s=chapter.start_s,
            start_clock=chapter.moment.clock,
            linked_data=chapter_data(self.book, chapter, self.setting.base_url),
            previous=chapters[at - 1] if at else None,
            next=chapters[at + 1] if at + 1 < len(chapters) else None,
            degradations=tuple(one for one in self.book.degradations if one.chapter == chapter.id),
            picture=chapter.picture.picture if chapter.picture else None,
        )
        return self._render("chapter.html", page, chapter=chapter)

    def whole(self) -> str:
        """The book on one page."""
        page = self._page(
            "whole.html",
            "whole",
            "The whole lecture",
            self._about(),
            data=self._data(self.book.chapters, 0.0),
        )
        return self._render("whole.html", page)

    def single(self) -> str:
        """The book on one page that needs no other file: fonts in the style, and no player."""
        style = self._style_with_fonts()
        policy = content_security_policy(
            (self.theme_script, self.script), style, self.book.moments, search=False, inline_media=True
        )
        page = self._page("single.html", "single", self.book.title, self._about())
        return self._render("single.html", replace(page, style=Markup(style), policy=policy))

    def epub(self) -> str:
        """The book as plain HTML, for pandoc."""
        page = self._page("epub.html", "epub", self.book.title, self._about())
        return self._render("epub.html", page)

    def _style_with_fonts(self) -> str:
        style = self.style
        for name, data in self.fonts().items():
            address = f"data:font/woff2;base64,{base64.b64encode(data).decode()}"
            style = style.replace(f"url({name})", f"url({address})")
        return style

    def _index(self) -> str:
        page = self._page(
            "index.html",
            "index",
            self.book.title,
            self._about(),
            linked_data=index_data(self.book, self.setting.base_url),
            downloads=self.setting.downloads,
        )
        return self._render("index.html", page)

    def _checks(self) -> str:
        about = f"How “{self.book.title}” was checked against what was said and shown."
        return self._render("checks.html", self._page("checks.html", "checks", "How this was checked", about))

    def _plain(self, kind: str, title: str, about: str) -> str:
        return self._render(f"{kind}.html", self._page(f"{kind}.html", kind, title, about))

    def _for_machines(self, files: tuple[str, ...]) -> dict[str, bytes]:
        day = stamp(self.book)
        shared = {"base_url": self.setting.base_url, "book": self.book}
        feed = self._template("feed.xml").render(date=feed_date(day), **shared)
        sitemap = self._template("sitemap.xml").render(
            date=day.isoformat() if day else None, files=sorted(files), **shared
        )
        return {"feed.xml": feed.encode(), "sitemap.xml": sitemap.encode()}

    def _about(self) -> str:
        return self.book.description or f"A lecture by {self.book.author or 'its lecturer'}, to read."

    def _first_words(self, chapter: ChapterView) -> str:
        text = next((block.text for block in chapter.blocks if block.kind == "paragraph"), chapter.title)
        return text[:200]

    def _data(self, chapters: tuple[ChapterView, ...] | list[ChapterView], start_s: float) -> Markup:
        spoken = {name: said for chapter in chapters for name, said in chapter.spoken.items()}
        frames = dict.fromkeys(frame for chapter in chapters for frame in chapter.frames)
        return self._json({"start": int(start_s), "spoken": spoken, "frames": list(frames)})

    def _json(self, more: Mapping[str, Any]) -> Markup:
        moments = self.book.moments
        data: dict[str, Any] = {"title": self.book.title, "searchNeedsServer": SEARCH_NEEDS_SERVER}
        if moments.player != "none":
            data["player"] = {"kind": moments.player}
        if moments.player == "youtube":
            data["player"]["key"] = moments.source
        if moments.player == "file" and self.setting.captions:
            data["captions"] = self.setting.captions
        if moments.template:
            data["moment"] = moments.template
        return script_json({**data, **more})

    def _page(
        self, file: str, kind: str, title: str, description: str, *, picture: Any = None, **more: Any
    ) -> Page:
        base_url = self.setting.base_url
        picture = picture or self.book.poster
        has_player = kind in ("chapter", "whole") and self.book.moments.player != "none"
        return Page(
            file=file,
            kind=kind,
            title=title,
            description=description,
            policy=self.policy,
            style=Markup(self.style),
            theme_script=Markup(self.theme_script),
            script=Markup(self.script),
            has_player=has_player,
            poster=picture,
            search=self.setting.search,
            canonical=base_url + ("" if file == "index.html" else file) if base_url else None,
            image=base_url + picture.png if base_url and picture else None,
            **{"data": self._json({}), "writers": self.book.writers, **more},
        )

    def _render(self, template: str, page: Page, **more: Any) -> str:
        try:
            text = self._template(template).render(book=self.book, page=page, **more)
        except jinja2.TemplateError as error:
            raise _template_error(template, error) from error
        if page.kind in ("whole", "single", "epub"):
            # The references stand on the same page.
            text = text.replace(f'href="{citations.PAGE}#', 'href="#')
        return text

    def _template(self, name: str) -> jinja2.Template:
        try:
            return self.templates.get_template(name)
        except jinja2.TemplateError as error:
            raise _template_error(name, error) from error


def environment(own: Path | None = None) -> jinja2.Environment:
    """Jinja2 as the site uses it; a file in `own` takes the place of ours of that name.

    Raises:
        ConfigError: `own` is not a folder.
    """
    if own is not None and not own.is_dir():
        raise ConfigError(
            f"render.templates: {own} is not a folder",
            kept="nothing was changed",
            fix="name a folder with templates of your own, or null",
        )
    if own is None:
        return _our_environment()
    # Never kept: a compiled template of ours does not notice that a file of the user's now goes before it.
    return _environment(own, resource("templates"))


@lru_cache(maxsize=1)
def _our_environment() -> jinja2.Environment:
    return _environment(resource("templates"))


def _environment(*folders: Path) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {"whole": int, "seconds": _seconds, "host": _host, "day": _day}
    made.filters |= filters
    return made


def _seconds(moment_s: float) -> str:
    return f"{moment_s:.2f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.") or address


def page_source(templates: jinja2.Environment, name: str, missing: str | None = None) -> str:
    """A style or script as it will stand in the page.

    Raises:
        ConfigError: it would end the element that it stands in.
    """
    assert templates.loader is not None
    try:
        text = templates.loader.get_source(templates, name)[0]
    except jinja2.TemplateNotFound:
        if missing is not None:
            return missing
        raise
    # The hash in the policy is of what the parser sees, and it would see these as the element's end.
    if "</s" in text.lower():
        raise ConfigError(
            f"render: {name} contains “</s”, which would end the element it stands in",
            kept="nothing was changed",
            fix=f"write it differently in your {name}",
        )
    return text.replace("\r\n", "\n")


def _template_error(name: str, error: jinja2.TemplateError) -> ConfigError:
    line = getattr(error, "lineno", None)
    where = f"{getattr(error, 'name', None) or name}{f', line {line}' if line else ''}"
    return ConfigError(
        f"render: template {where}: {error.message or type(error).__name__}",
        kept="the site as it was, and all artifacts",
        fix=f"correct {os.path.basename(where.split(',')[0])} in your templates, or remove it there",
    )
