"""What the subcommands share: their arguments, the config in force, and where a lecture lies."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline import config
from pipeline.errors import LecturebookError, StrictError, UsageError
from pipeline.redact import redact

if TYPE_CHECKING:
    from pipeline.display import Display
    from pipeline.plan import Plan
    from pipeline.reports import Report
    from pipeline.runner import Run

console = Console(stderr=True)
LIBRARY = "index.html"
"""The page over all lectures, in the output folder."""

Url = Annotated[str, typer.Argument(help="The lecture: an http(s) address or a file.", metavar="URL")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A config file instead of ./config.yaml.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="section.option=value, for this run only.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail if anything fell short of the promise.")]
Debug = Annotated[
    bool, typer.Option("--debug", help="Log to work/debug.log; keys and passwords are left out.")
]


def load(path: Path | None, settings: list[str] | None) -> config.Config:
    """The config in force: the file named, else `config.yaml` in the current folder, else the defaults."""
    if path is None and Path("config.yaml").is_file():
        path = Path("config.yaml")
    return config.load(path, settings or ())


def absolute(url: str) -> str:
    """A file by its absolute path; an address as it is."""
    return url if "://" in url else str(Path(url).expanduser().absolute())


def lecture_folder(url: str, options: config.Config) -> Path:
    """The folder of a lecture, made or not."""
    from pipeline.lecture_id import lecture_id

    return Path(options.output.folder).absolute() / lecture_id(absolute(url))


def chapter_id(command: str, url: str, folder: Path, number: int) -> str:
    """The id of a lecture's chapter of that number, from 1.

    Raises:
        UsageError: the lecture has no chapters yet, or none of that number.
    """
    from pipeline.models import Chapters
    from pipeline.store import Store

    try:
        chapters = Store(folder).read(Chapters).chapters
    except (OSError, ValueError):
        raise UsageError(
            f"{command}: {url} has no chapters yet", fix="make the whole article first: make article URL=..."
        ) from None
    if not 1 <= number <= len(chapters):
        raise UsageError(
            f"{command}: there is no chapter {number}; the lecture has {len(chapters)}",
            fix=f"give a number from 1 to {len(chapters)}",
        )
    return chapters[number - 1].id


def site_of(url: str, options: config.Config) -> Path:
    """The folder of a lecture's site.

    Raises:
        UsageError: it was not made yet.
    """
    site = lecture_folder(url, options) / "site"
    if not (site / "index.html").is_file():
        raise UsageError(f"there is no site for {url} yet", fix=f"make it first: make article URL={url}")
    return site


def make(url: str, options: config.Config, strict: bool, debug: bool = False) -> None:
    """Build what is out of date, show how that went, and print the path of the index page.

    Raises:
        LecturebookError: a stage failed, or a chapter did (the rest of the book is built).
        StrictError: with `strict`, something fell short of the promise.
    """
    from pipeline import findings
    from pipeline.display import Display
    from pipeline.runner import Run
    from pipeline.store import storage_errors

    folder = lecture_folder(url, options)
    planned: list[Plan] = []
    if debug:
        from pipeline import debug_log

        with storage_errors(folder):
            log = debug_log.start(folder / "work" / debug_log.FILE, options)
        console.print(f"log: {log}", highlight=False, markup=False, soft_wrap=True)
    with Display(console) as display:
        run = Run(absolute(url), folder, options, display)
        report = run.run({"outline": lambda: planned.extend(_planned(run))})
    assert report.index is not None
    if report.results[-1].built or not (folder.parent / LIBRARY).is_file():
        library(options)
    _compare(planned, run, display)
    found = findings.read(folder)
    display.close(
        report, f"make serve URL={shlex.quote(url)}", report.index, findings.line(found) if found else ""
    )
    if report.failures:
        for error in report.failures[:-1]:
            show_error(error)
        raise report.failures[-1]
    end_strictly(report, strict, f"the site as it is: {report.index}")
    print(report.index)


def end_strictly(report: Report, strict: bool, kept: str) -> None:
    """Raises a StrictError if anything fell short and `strict` forbids it."""
    if strict and report.degradations:
        raise StrictError(
            f"--strict: {len(report.degradations)} things fell short of the promise (listed above)",
            kept=kept,
            fix="follow the remedies above, or run without --strict",
        )


def _planned(run: Run) -> list[Plan]:
    """What an endpoint is about to be asked; nothing where none is, or nothing is out of date."""
    if run.toolbox.writer_name(run.config) != "openai" or not any(run.to_be_written()):
        return []
    from pipeline.plan import make_plan

    return [make_plan(run)]


def _compare(planned: list[Plan], run: Run, display: Display) -> None:
    usage = run.toolbox.usage()
    if planned and usage is not None:
        from pipeline.plan import compared

        display.tell(compared(planned[0], usage, run.config.openai, run.config.images.price))


def library(options: config.Config) -> Path:
    """Write the page over all lectures in the output folder, and return the folder."""
    from pipeline.site.library import write_library

    output = Path(options.output.folder).absolute()
    output.mkdir(parents=True, exist_ok=True)
    write_library(output, Path(options.render.templates) if options.render.templates else None)
    return output


def show_error(error: LecturebookError | str) -> None:
    """Print an error's three lines."""
    console.print(redact(str(error)), style="red", highlight=False, markup=False, soft_wrap=True)
