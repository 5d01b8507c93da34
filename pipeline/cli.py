"""The command line. Every command is a thin layer over a function that can be called without it."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from pipeline import config
from pipeline.errors import Interrupted, LecturebookError, StrictError, UsageError

app = typer.Typer(
    name="lecturebook",
    help="A lecture video goes in, a book chapter comes out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True)

Url = Annotated[str, typer.Argument(help="The lecture: an http(s) address or a file.", metavar="URL")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A config file instead of ./config.yaml.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="section.option=value, for this run only.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail if anything fell short of the promise.")]


@app.command()
def article(
    url: Url,
    config_file: ConfigFile = None,
    settings: Settings = None,
    strict: Strict = False,
) -> None:
    """Turn a lecture into a linked article. The last line printed is the path of its index page."""
    _make(url, _load(config_file, settings), strict)


@app.command()
def chapter(
    url: Url,
    number: Annotated[int, typer.Argument(metavar="CH", help="The chapter's number, from 1.")],
    notes: Annotated[str | None, typer.Option(help='An instruction: "shorter, keep the joke".')] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a chapter that was edited by hand.")] = False,
    config_file: ConfigFile = None,
    settings: Settings = None,
    strict: Strict = False,
) -> None:
    """Write one chapter afresh and set the pages again; the others stay as they are."""
    from pipeline.models import Chapters
    from pipeline.runner import Requests
    from pipeline.store import Store

    options = _load(config_file, settings)
    folder = _folder(url, options)
    if not Store(folder).path(Chapters).exists():
        raise UsageError(
            f"chapter: {url} has no chapters yet", fix="make the whole article first: make article URL=..."
        )
    chapters = Store(folder).read(Chapters).chapters
    if not 1 <= number <= len(chapters):
        raise UsageError(
            f"chapter: there is no chapter {number}; the lecture has {len(chapters)}",
            fix=f"give a number from 1 to {len(chapters)}",
        )
    name = chapters[number - 1].id
    edited = folder / "edits" / "chapters" / f"{name}.md"
    if edited.exists():
        if not overwrite:
            raise UsageError(
                f"chapter: chapter {number} was edited by hand in {edited}",
                fix="give --overwrite to write it afresh (your text is kept beside it, as .md.before)",
            )
        edited.replace(edited.with_suffix(".md.before"))
    Requests(folder).ask_again(name, notes)
    _make(url, options, strict)


@app.command()
def why(url: Url, config_file: ConfigFile = None, settings: Settings = None) -> None:
    """Say in sentences what is out of date, and why. Changes nothing."""
    from pipeline.display import Display
    from pipeline.runner import Run

    options = _load(config_file, settings)
    sentences = Run(_absolute(url), _folder(url, options), options, Display(console)).why()
    for sentence in sentences or ["Everything is up to date."]:
        print(sentence)


@app.command()
def serve(
    url: Url,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    config_file: ConfigFile = None,
    settings: Settings = None,
) -> None:
    """Show the site on 127.0.0.1 until Ctrl-C."""
    from pipeline.site.serve import serve as serve_folder

    site = _site(url, _load(config_file, settings))
    serve_folder(site.parent, port, ready=lambda address: print(address, flush=True))


@app.command()
def claims(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Markdown or HTML files.")],
) -> None:
    """Decide every statement about tokens in FILE: true, false or unknown. Exits 1 if one is false."""
    from bpe_reference.claims import main as decide

    raise typer.Exit(decide([str(path) for path in files]))


def main() -> None:
    """Entry point of the console script: errors become three lines and an exit code by kind."""
    _stop_on_signals()
    try:
        app()
    except LecturebookError as error:
        _fail(str(error), error.exit_code)
    except (Interrupted, KeyboardInterrupt):
        _fail(
            "interrupted\n  kept: every stage that was finished, and what this one had stored\n"
            "  fix: run the same command again; it goes on from there",
            Interrupted.exit_code,
        )


def _fail(text: str, code: int) -> NoReturn:
    console.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)


def _stop_on_signals() -> None:
    """Ctrl-C and SIGTERM end a run in order; a second one ends it at once."""

    def stop(number: int, frame: object) -> None:
        signal.signal(number, lambda *_: os._exit(Interrupted.exit_code))
        raise Interrupted

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _make(url: str, options: config.Config, strict: bool) -> None:
    from pipeline.display import Display
    from pipeline.runner import Run

    folder = _folder(url, options)
    with Display(console) as display:
        report = Run(_absolute(url), folder, options, display).run()
    assert report.index is not None
    display.close(report, f"make serve URL={shlex.quote(url)}", report.index)
    if report.failures:
        for error in report.failures[:-1]:
            console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise report.failures[-1]
    if strict and report.degradations:
        raise StrictError(
            f"--strict: {len(report.degradations)} things fell short of the promise (listed above)",
            kept=f"the site as it is: {report.index}",
            fix="follow the remedies above, or run without --strict",
        )
    print(report.index)


def _load(path: Path | None, settings: list[str] | None) -> config.Config:
    if path is None and Path("config.yaml").is_file():
        path = Path("config.yaml")
    return config.load(path, settings or ())


def _absolute(url: str) -> str:
    """A file by its absolute path; an address as it is."""
    return url if "://" in url else str(Path(url).expanduser().absolute())


def _folder(url: str, options: config.Config) -> Path:
    from pipeline.lecture_id import lecture_id

    return Path(options.output.folder).absolute() / lecture_id(_absolute(url))


def _site(url: str, options: config.Config) -> Path:
    site = _folder(url, options) / "site"
    if not (site / "index.html").is_file():
        raise UsageError(f"there is no site for {url} yet", fix=f"make it first: make article URL={url}")
    return site


if __name__ == "__main__":
    main()
