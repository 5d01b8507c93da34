"""What was said, and where chapters begin, out of whatever file there is of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.captions import read_captions, to_words
from pipeline.chapter_marks import find
from pipeline.errors import CaptionsUnreadable, UsageError
from pipeline.models import Chapters, Screens, Sentence, Transcript, Word
from pipeline.sentences import to_sentences

__all__ = ["Spoken", "read_chapters", "read_transcript"]

_UNTOLD_LANGUAGE = "en"


@dataclass(frozen=True)
class Spoken:
    """A lecture's words."""

    sentences: tuple[Sentence, ...]
    language: str
    shown: str = ""
    """Text read off its screens, where that is known too."""

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


def read_transcript(path: Path, language: str | None = None) -> Spoken:
    """A transcript: ours (`work/transcript.json`, with `screens.json` beside it), captions (VTT, SRT, TTML, json3),
    or JSON of segments with `start`, `end` and `text`, as Whisper's programs write it.

    Raises:
        UsageError: it is none of these.
    """
    if path.suffix.lower() == ".json" and (found := _of_json(path)) is not None:
        sentences, told, shown = found
        spoken = Spoken(sentences, language or told or _UNTOLD_LANGUAGE, shown)
    else:
        try:
            words = to_words(read_captions(path))
        except CaptionsUnreadable as error:
            raise UsageError(
                f"{path}: is no transcript that can be read",
                fix="name a file in VTT, SRT, TTML or JSON, in UTF-8",
            ) from error
        told = language or _UNTOLD_LANGUAGE
        spoken = Spoken(tuple(to_sentences(words, told)), told)
    if not spoken.text.strip():
        raise UsageError(f"{path}: not a word is in this transcript", fix="name the lecture's transcript")
    return spoken


def _of_json(path: Path) -> tuple[tuple[Sentence, ...], str | None, str] | None:
    text = _text(path)
    try:
        ours = Transcript.model_validate_json(text)
    except ValidationError:
        return _of_segments(text)
    screens = path.with_name("screens.json")
    shown = ""
    if screens.is_file():
        try:
            shown = "\n".join(one.text for one in Screens.model_validate_json(_text(screens)).screens)
        except ValidationError:
            shown = ""
    return ours.sentences, ours.language, shown


def _of_segments(text: str) -> tuple[tuple[Sentence, ...], str | None, str] | None:
    """Segments of any program; None where there are none of this shape (json3 is captions)."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    segments = data.get("segments") if isinstance(data, dict) else data
    language = data.get("language") if isinstance(data, dict) else None
    if not isinstance(segments, list):
        return None
    words: list[Word] = []
    for one in segments:
        if not isinstance(one, dict) or not isinstance(one.get("text"), str):
            return None
        try:
            start_s = float(one["start"])
            end_s = float(one["end"]) if "end" in one else start_s + float(one.get("duration", 0))
        except (KeyError, TypeError, ValueError):
            return None
        words += _spread(one["text"].split(), max(start_s, 0.0), max(end_s, start_s, 0.0))
    told = language if isinstance(language, str) and 2 <= len(language) <= 3 else None
    return tuple(to_sentences(tuple(words), told or _UNTOLD_LANGUAGE)), told, ""


def _spread(texts: list[str], start_s: float, end_s: float) -> list[Word]:
    """Words of a segment over its time, by their number."""
    step = (end_s - start_s) / max(len(texts), 1)
    return [
        Word(text=text, start_s=start_s + step * place, end_s=start_s + step * (place + 1))
        for place, text in enumerate(texts)
    ]


def read_chapters(path: Path) -> tuple[float, ...]:
    """Where chapters begin, in seconds: ours (`work/chapters.json`), or lines such as "1:05 Merging".

    Raises:
        UsageError: no chapters are in the file.
    """
    text = _text(path)
    try:
        return tuple(one.start_s for one in Chapters.model_validate_json(text).chapters)
    except ValidationError:
        marks = find(text)
    if not marks:
        raise UsageError(
            f"{path}: no chapters are in it", fix='write a line a chapter, such as "1:05 Merging"'
        )
    return tuple(mark.start_s for mark in marks)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"{path}: cannot be read: {reason}", fix="name a file in UTF-8") from error
