"""The book in other forms: one self-contained HTML file, a PDF printed by Chromium, an EPUB made by pandoc.

They leave the site and so carry no lecture: times are links where the lecture has an address, else plain.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import LecturebookError, MissingTool, StorageError
from pipeline.models import Degradation
from pipeline.resources import resource
from pipeline.site.figures import Encoded, Figure
from pipeline.site.kept import forget, is_whole, seal
from pipeline.site.metadata import stamp
from pipeline.site.pages import Press, Setting
from pipeline.site.text import slug
from pipeline.site.views import Book
from pipeline.store import temporary_name

FOLDER = "downloads"
TIMEOUT_S = 180
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
"""The date in files of a lecture without one: ZIP cannot say an earlier."""

_CELL = re.compile(rb"\(node\d{8}\)")

Regather = Callable[[Mapping[str, Figure]], Book]
"""The same book with other pictures, and with times that lead outside or nowhere."""


@dataclass(frozen=True)
class Wanted:
    single_file: bool
    pdf: bool
    epub: bool


@dataclass(frozen=True)
class Exports:
    files: Mapping[str, bytes]
    downloads: tuple[tuple[str, str], ...]
    fell_short: tuple[Degradation, ...]


def make(wanted: Wanted, regather: Regather, encoded: Encoded, setting: Setting, cache: Path) -> Exports:
    """The forms that are wanted.

    Args:
        wanted: which.
        regather: makes the book with other pictures.
        encoded: the site's pictures.
        setting: how the site is set.
        cache: folder where slow results are kept.
    """
    files: dict[str, bytes] = {}
    downloads = []
    fell_short = []
    if wanted.single_file or wanted.pdf:
        book = regather({name: _embedded(one, encoded) for name, one in encoded.figures.items()})
        page = single_file(book, setting).encode()
    if wanted.epub:
        epub_book = regather(encoded.figures)
    forms: tuple[tuple[bool, str, str, Callable[[], bytes]], ...] = (
        (wanted.single_file, "One HTML file", "html", lambda: page),
        (wanted.pdf, "PDF", "pdf", lambda: _kept(cache, page, "pdf", lambda: pdf(page, book))),
        (wanted.epub, "EPUB", "epub", lambda: epub(epub_book, encoded, setting)),
    )
    for asked, label, suffix, form in forms:
        if not asked:
            continue
        try:
            data = form()
        except LecturebookError as error:
            fell_short.append(_fell_short(label, error))
            continue
        name = f"{FOLDER}/{slug((epub_book if wanted.epub else book).id) or 'lecture'}.{suffix}"
        files[name] = data
        downloads.append((label, name))
    return Exports(files, tuple(downloads), tuple(fell_short))


def single_file(book: Book, setting: Setting) -> str:
    """The whole book as one page that needs nothing else."""
    return Press(book, replace(setting, search=False, captions=None, base_url=None)).single()


def pdf(page: bytes, book: Book) -> bytes:
    """The page as Chromium prints it, with an outline, page numbers and links.

    Raises:
        MissingTool: there is no Chromium.
        StorageError: it printed nothing.
    """
    browser = find_chromium()
    if browser is None:
        raise MissingTool(
            "pdf: Chromium is not installed", fix="install chromium, or set CHROMIUM to its path"
        )
    with tempfile.TemporaryDirectory(prefix="lecturebook-pdf-") as name:
        folder = Path(name)
        (folder / "book.html").write_bytes(page)
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--print-to-pdf={folder / 'book.pdf'}", (folder / "book.html").as_uri(),
        ]  # fmt: skip
        _run("pdf: Chromium", command)
        made = folder / "book.pdf"
        if not made.is_file():
            raise StorageError("pdf: Chromium printed nothing", fix="try again, or set render.pdf to false")
        return _dated(made.read_bytes(), _date(book))


def epub(book: Book, encoded: Encoded, setting: Setting) -> bytes:
    """An EPUB 3, its mathematics as MathML.

    Raises:
        MissingTool: pandoc is not installed.
        StorageError: pandoc failed.
    """
    pandoc = find_pandoc()
    if pandoc is None:
        raise MissingTool(
            "epub: pandoc is not installed",
            fix="install the extra epub (.venv/bin/pip install -e '.[epub]'), or pandoc itself",
        )
    with tempfile.TemporaryDirectory(prefix="lecturebook-epub-") as name:
        folder = Path(name)
        for address, path in encoded.files.items():
            if address.endswith(".png"):
                (folder / address).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / address)
        (folder / "book.html").write_text(Press(book, setting).epub(), encoding="utf-8")
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"lecturebook:{book.id}")
        command = [
            pandoc, "--from=html", "--to=epub3", "--mathml", "--toc", "--toc-depth=2", "--split-level=1",
            f"--css={_style(setting)}", f"--metadata=identifier:urn:uuid:{identity}", f"--metadata=title:{book.title}",
            f"--metadata=lang:{book.language}", f"--metadata=date:{_date(book):%Y-%m-%d}",
            *([f"--metadata=author:{book.author}"] if book.author else []),
            *([f"--metadata=rights:{book.licence}"] if book.licence else []),
            "--output=book.epub", "book.html",
        ]  # fmt: skip
        epoch = str(int(_date(book).timestamp()))
        _run("epub: pandoc", command, cwd=folder, environment={"SOURCE_DATE_EPOCH": epoch})
        return (folder / "book.epub").read_bytes()


def find_chromium() -> str | None:
    """The browser to print with: CHROMIUM, or the first of the usual names."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


def find_pandoc() -> str | None:
    """pandoc from pypandoc-binary's wheel, else the system's."""
    with contextlib.suppress(ImportError, OSError):
        return str(importlib.import_module("pypandoc").get_pandoc_path())
    return shutil.which("pandoc")


def _run(
    what: str, command: list[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageError(
            f"{what} did not finish: {error}", fix="try again, or switch this form off"
        ) from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-300:]
        raise StorageError(
            f"{what} failed ({done.returncode}): {said}", fix="try again, or switch this form off"
        )


def _kept(cache: Path, source: bytes, suffix: str, make_it: Callable[[], bytes]) -> bytes:
    path = cache / f"{hashlib.sha256(source).hexdigest()[:20]}.{suffix}"
    if not is_whole(path):
        data = make_it()
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"*.{suffix}"):
            forget(old)
        temporary = temporary_name(path)
        temporary.write_bytes(data)
        temporary.replace(path)
        seal(path)
    return path.read_bytes()


def _embedded(figure: Figure, encoded: Encoded) -> Figure:
    # Small pictures that stand for what is shown are for the player; only figures go along.
    if not figure.webp:
        return replace(figure, thumb="", png=_data_address(encoded.files[figure.png], "image/webp"))
    return replace(
        figure, webp=(), thumb="", png=_data_address(encoded.files[figure.webp[-1][0]], "image/webp")
    )


def _data_address(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _dated(data: bytes, day: datetime) -> bytes:
    """The PDF with the lecture's date for today's and Chromium's names of cells numbered anew, so that the same
    book gives the same bytes. No length changes, so the places listed in its table still hold."""
    said = f"{day:%Y%m%d%H%M%S}".encode()
    data = re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", lambda found: found.group(1) + said, data)
    # In their order, since the list of names in a PDF is sorted.
    names = {name: b"(node%08d)" % at for at, name in enumerate(sorted(set(_CELL.findall(data))))}
    return _CELL.sub(lambda found: names[found.group()], data)


def _date(book: Book) -> datetime:
    day = stamp(book)
    return max(EPOCH, datetime(day.year, day.month, day.day, tzinfo=UTC)) if day else EPOCH


def _style(setting: Setting) -> Path:
    own = setting.templates / "epub.css" if setting.templates else None
    return own.resolve() if own and own.is_file() else resource("templates") / "epub.css"


def _fell_short(label: str, error: LecturebookError) -> Degradation:
    return Degradation(
        stage="render",
        what=f"the {label} could not be made: {error.what}",
        consequence="the site does without it",
        remedy=error.fix,
        passing=True,
    )
