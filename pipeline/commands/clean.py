"""`lecturebook clean`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pipeline.commands import common
from pipeline.errors import UsageError


class LevelName(StrEnum):
    """The levels of `cleaning.LEVELS`, for the command line."""

    FRAMES = "frames"
    MEDIA = "media"
    REPLIES = "replies"


def clean(
    url: common.Url,
    level: Annotated[
        LevelName | None, typer.Option(help="What to delete; each takes those before it along.")
    ] = None,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
) -> None:
    """Free space. Without --level, says what each level frees and costs, and deletes nothing."""
    from pipeline import cleaning
    from pipeline.lecture_lock import locked

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    if not (folder / "work").is_dir():
        raise UsageError(
            f"clean: nothing was made of {url} yet", fix=f"there is nothing to delete in {folder}"
        )
    video = cleaning.read_video(folder)
    chosen = cleaning.levels(level.value) if level is not None else cleaning.LEVELS
    freed = 0
    with locked(folder):
        for one in chosen:
            size = cleaning.freed_bytes(one, folder)
            freed += size
            price = cleaning.cost(one, folder, video, options.openai)
            print(f"{one.name:8} {size / 1e6:10,.1f} MB  {one.what}\n{'':23}  to make again: {price}")
            if level is not None:
                cleaning.clean(one, folder)
    if level is None:
        print(
            f"Nothing was deleted. lecturebook clean URL --level {'|'.join(LevelName)}; edits/ is never touched."
        )
    else:
        print(
            f"{freed / 1e6:,.1f} MB freed. The site and edits/ are as they were; make article fills the gaps."
        )
