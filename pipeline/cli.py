"""The command line: its commands, and how a run ends. Each command is a module in `pipeline/commands/`."""

from __future__ import annotations

import logging
import os
import signal
import sys

import typer

from pipeline.commands.article import article
from pipeline.commands.captions import captions
from pipeline.commands.chapter import chapter
from pipeline.commands.claims import claims
from pipeline.commands.clean import clean
from pipeline.commands.common import show_error
from pipeline.commands.doctor import doctor
from pipeline.commands.edit import edit
from pipeline.commands.evaluate import evaluate
from pipeline.commands.plan import plan
from pipeline.commands.publish import publish
from pipeline.commands.serve import serve
from pipeline.commands.storyboard import storyboard
from pipeline.commands.why import why
from pipeline.errors import Interrupted, LecturebookError
from pipeline.redact import redact

app = typer.Typer(
    name="lecturebook",
    help="A lecture video goes in, a book chapter comes out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# In the order in which `lecturebook --help` lists them.
app.command()(article)
app.command()(chapter)
app.command()(plan)
app.command()(why)
app.command()(captions)
app.command()(serve)
app.command()(storyboard)
app.command()(publish)
app.command()(claims)
app.command()(clean)
app.command()(doctor)
app.command()(edit)
app.command("eval")(evaluate)


def main() -> None:
    """Entry point of the console script: errors become three lines and an exit code by kind."""
    _stop_on_signals()
    try:
        app()
    except LecturebookError as error:
        logging.getLogger("lecturebook").debug("ended by an error", exc_info=True)
        show_error(error)
        sys.exit(error.exit_code)
    except (Interrupted, KeyboardInterrupt):
        show_error(
            "interrupted\n  kept: every stage that was finished, and what this one had stored\n"
            "  fix: run the same command again; it goes on from there"
        )
        sys.exit(Interrupted.exit_code)
    except Exception as error:
        show_error(_our_own(error))
        sys.exit(LecturebookError.exit_code)


def _our_own(error: Exception) -> LecturebookError:
    """A mistake of this program as three lines; its trace goes to a file, without secrets."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="lecturebook-", suffix=".log", delete=False) as file:
        file.write(redact("".join(traceback.format_exception(error))))
    return LecturebookError(
        f"lecturebook: a mistake in the program itself: {type(error).__name__}: {str(error)[:200]}",
        kept=f"every stage that was finished; the trace: {file.name}",
        fix="run the same command again with --debug, and report it with the log",
    )


def _stop_on_signals() -> None:
    """Ctrl-C and SIGTERM end a run in order; a second one ends it at once."""

    def stop(number: int, frame: object) -> None:
        signal.signal(number, lambda *_: os._exit(Interrupted.exit_code))
        raise Interrupted

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    main()
