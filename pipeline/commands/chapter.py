"""`lecturebook chapter`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands import common
from pipeline.errors import UsageError


def chapter(
    url: common.Url,
    number: Annotated[int, typer.Argument(metavar="CH", help="The chapter's number, from 1.")],
    notes: Annotated[str | None, typer.Option(help='An instruction: "shorter, keep the joke".')] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a chapter that was edited by hand.")] = False,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
    strict: common.Strict = False,
    debug: common.Debug = False,
) -> None:
    """Write one chapter afresh and set the pages again; the others stay as they are."""
    from pipeline.chapter_requests import Requests
    from pipeline.hand_edits import edit_path, retire
    from pipeline.lecture_lock import locked

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    name = common.chapter_id("chapter", url, folder, number)
    with locked(folder):
        if (edited := edit_path(folder, name)).is_file() and not overwrite:
            raise UsageError(
                f"chapter: chapter {number} was edited by hand in {edited}",
                fix="give --overwrite to write it afresh (your text is kept beside it, as .md.before-1)",
            )
        for aside in retire(folder, name):
            common.console.print(f"your text is kept: {aside}", highlight=False, markup=False, soft_wrap=True)
        Requests(folder).ask_again(name, notes)
    common.make(url, options, strict, debug)
