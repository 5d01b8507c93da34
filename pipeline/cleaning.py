"""What of a lecture's folder can be deleted to free space, by level, and what each costs to make again.

Levels build on each other: `media` takes `frames` along, `replies` both. The site, the artifacts and everything
under `edits/` stay, so that what was made is read as before, and nothing that a person wrote is ever touched.
"""

from __future__ import annotations

__all__ = ["LEVELS", "Level", "clean", "freed_bytes", "levels"]

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import OpenAIOptions
from pipeline.models import SourceVideo
from pipeline.replies import Replies
from pipeline.store import storage_errors
from pipeline.times import spell

SECONDS_OF_SCREENS = 0.2
SECONDS_OF_LISTENING = 0.3
"""Seconds of work a second of lecture, on two cores: measured by `make bench`, rounded up."""


@dataclass(frozen=True)
class Level:
    """A step of cleaning."""

    name: str
    folders: tuple[str, ...]
    """Relative to the lecture's folder, all of them in `work/`."""
    what: str


LEVELS = (
    Level(
        "frames", ("work/frames", "work/render"), "pictures of the screens, encoded figures, the search index"
    ),
    Level(
        "media", ("work/media", "work/captions", "work/transcribe"), "the recording, captions, windows heard"
    ),
    Level("replies", ("work/llm",), "replies of language models"),
)


def levels(name: str) -> tuple[Level, ...]:
    """The level of that name and those it takes along.

    >>> [level.name for level in levels("media")]
    ['frames', 'media']
    """
    names = [level.name for level in LEVELS]
    return LEVELS[: names.index(name) + 1]


def cost(level: Level, folder: Path, video: SourceVideo | None, prices: OpenAIOptions) -> str:
    """What it takes to make again what `level` deletes."""
    costs: dict[str, Callable[[], str]] = {
        "frames": lambda: f"about {_about(video, SECONDS_OF_SCREENS)} of computing, no network",
        "media": lambda: f"{_fetching(video)}, and about {_about(video, SECONDS_OF_LISTENING)} of listening",
        "replies": lambda: _replies(folder, prices),
    }
    return costs[level.name]()


def freed_bytes(level: Level, folder: Path) -> int:
    """What deleting gives back: a file that the site or the user's own folder has too gives back nothing."""
    return sum(status.st_size for path in _files(level, folder) if (status := path.lstat()).st_nlink == 1)


def clean(level: Level, folder: Path) -> None:
    """Delete what belongs to one level; to be called while holding the lecture's lock.

    Raises:
        StorageError: the folder cannot be written.
    """
    with storage_errors(folder):
        for name in level.folders:
            place = folder / name
            if place.is_symlink():
                # Somebody put it on another disk: what is there is theirs.
                place.unlink()
            elif place.exists():
                shutil.rmtree(place)


def _files(level: Level, folder: Path) -> Iterator[Path]:
    for name in level.folders:
        if not (folder / name).is_symlink():
            yield from (
                path for path in (folder / name).rglob("*") if path.is_file() and not path.is_symlink()
            )


def _about(video: SourceVideo | None, pace: float) -> str:
    return spell(video.duration_s * pace) if video is not None else "a share of the lecture's length"


def _fetching(video: SourceVideo | None) -> str:
    if video is None:
        return "having the recording again"
    if video.url is None:
        return "the file that the lecture was made from, which has to be where it was"
    return "a download from the lecture's address, if it is still there"


def _replies(folder: Path, prices: OpenAIOptions) -> str:
    kept = list(Replies(folder / "work" / "llm").usage())
    if not kept:
        return "nothing"
    tokens_in, tokens_out = sum(one.tokens_in for one in kept), sum(one.tokens_out for one in kept)
    text = f"{len(kept)} calls of a model ({tokens_in:,} tokens in, {tokens_out:,} out"
    if prices.price_in is not None and prices.price_out is not None:
        text += f"; {(tokens_in * prices.price_in + tokens_out * prices.price_out) / 1e6:,.2f} at your prices"
    return text + "), and the text comes out in other words"


def read_video(folder: Path) -> SourceVideo | None:
    """What is known of the lecture; None where that is missing or damaged."""
    try:
        return SourceVideo.model_validate(json.loads((folder / "work" / "video.json").read_bytes()))
    except (OSError, ValueError):
        return None
