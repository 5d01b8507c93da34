"""What lies beside a lecture's file: its captions and its description."""

from __future__ import annotations

__all__ = ["Beside", "captions_beside", "description_beside", "read_text", "title_from_name"]

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

MAX_DESCRIPTION_BYTES = 1_000_000
MAX_CAPTIONS_BYTES = 100_000_000
MAX_CAPTIONS = 12
_CAPTION_SUFFIXES = {".vtt", ".srt", ".ttml", ".json3"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
# Words between the stem and the suffix that say what the captions are, and no language.
_KINDS = {"forced", "sdh", "cc", "hi", "captions", "subtitles", "subs", "default", "orig"}
# Names that say nothing: the folder's is used in their place.
_NAMELESS = {"lecture", "video", "movie", "media", "recording", "index", "main", "output", "talk"}


@dataclass(frozen=True)
class Beside:
    """A caption file that belongs to a media file."""

    path: Path
    language: str | None
    ending: str
    """What follows the stem, in letters that any disk takes (".en.forced.vtt")."""


def captions_beside(media: Path) -> list[Beside]:
    """`talk.vtt`, `talk.en.srt`, `talk.de-AT.forced.vtt` beside `talk.mp4`, in the order of their names.

    `talk.part2.vtt` is another file's; so is one larger than 100 MB, which is no captions.
    """
    found: dict[str, Beside] = {}
    for path in sorted(media.parent.iterdir()):
        rest = path.name.removeprefix(media.stem)
        if rest == path.name or not rest.startswith(".") or path.suffix.lower() not in _CAPTION_SUFFIXES:
            continue
        words = rest.split(".")[1:-1]
        languages = [word for word in words if _LANGUAGE.fullmatch(word) and word.lower() not in _KINDS]
        kinds = [word for word in words if word.lower() in _KINDS]
        if len(languages) > 1 or len(languages) + len(kinds) < len(words):
            continue
        if not path.is_file() or path.stat().st_size > MAX_CAPTIONS_BYTES:
            continue
        language = languages[0].replace("_", "-") if languages else None
        ending = rest.lower()
        found.setdefault(ending, Beside(path, language, ending))
    return list(found.values())[:MAX_CAPTIONS]


def description_beside(media: Path) -> str | None:
    """The text of `talk.description`, `talk.description.txt` or `description.txt`, whichever is there first."""
    names = (f"{media.stem}.description", f"{media.stem}.description.txt", "description.txt")
    for name in names:
        path = media.with_name(name)
        if path.is_file():
            return read_text(path)
    return None


def read_text(path: Path) -> str:
    """The first megabyte of a text file in UTF-8, UTF-16 with its mark, or else Windows-1252.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_DESCRIPTION_BYTES)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        # Cut at a megabyte, the last character may be half there.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def title_from_name(media: Path) -> str:
    """A title where none is written anywhere: the file's name, or its folder's if that says nothing.

    >>> title_from_name(Path("/lectures/byte_pair-encoding.mp4")), title_from_name(Path("/bpe/lecture.mp4"))
    ('byte pair-encoding', 'bpe')
    """
    nameless = media.stem.lower() in _NAMELESS and media.parent.name
    return (media.parent.name if nameless else media.stem).replace("_", " ").strip()
