"""`lecturebook edit`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands import common
from pipeline.errors import MissingTool, UsageError


def edit(
    url: common.Url,
    number: Annotated[int, typer.Argument(metavar="CH", help="The chapter's number, from 1.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="Take what changed in the lecture since into your text.")
    ] = False,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
) -> None:
    """Put a chapter where you can edit it, and print the path. Your text then wins over every writer."""
    from pipeline import hand_edits
    from pipeline.lecture_lock import locked

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    name = common.chapter_id("edit", url, folder, number)
    with locked(folder):
        try:
            merged = hand_edits.take_in(folder, name) if merge else None
            path = hand_edits.edit_path(folder, name) if merge else hand_edits.start(folder, name)
        except (FileNotFoundError, ValueError):
            raise UsageError(
                f"edit: chapter {number} {'has nothing to be merged' if merge else 'was not written yet'}",
                fix="make article URL=... first",
            ) from None
    if merge and merged is None:
        raise MissingTool("edit: there is no git to merge with", kept="your text", fix="apt-get install git")
    if merged is not None and not merged.clean:
        note = "Both versions stand in it, between <<<<<<< and >>>>>>>: leave what you want and delete the marks."
        common.console.print(note, highlight=False, markup=False, soft_wrap=True)
    print(path)
