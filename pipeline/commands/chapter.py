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
) -> None:
    """Write one chapter afresh and set the pages again; the others stay as they are."""
    from pipeline.models import Chapters
    from pipeline.runner import Requests
    from pipeline.store import Store
    from pipeline.write import edit_names

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
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
    for edited in (folder / "edits" / one for one in edit_names(name)):
        if not edited.exists():
            continue
        if not overwrite:
            raise UsageError(
                f"chapter: chapter {number} was edited by hand in {edited}",
                fix="give --overwrite to write it afresh (your text is kept beside it, as .md.before)",
            )
        edited.replace(edited.with_suffix(".md.before"))
    Requests(folder).ask_again(name, notes)
    common.make(url, options, strict)
