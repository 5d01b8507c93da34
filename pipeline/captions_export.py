"""Writes a transcript out: WebVTT, SRT, JSON, plain text, and a copy of the video with soft subtitles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.models import Sentence, Transcript, Word
from pipeline.spoken import UNSPACED, join_text
from pipeline.store import temporary_name
from pipeline.times import clock

__all__ = ["FORMATS", "Line", "export", "lines", "to_json", "to_srt", "to_text", "to_vtt"]

# What subtitle guidelines agree on: two lines of 42 characters, not longer than 7 s, not shorter than 1.
WIDTH = 42
MOST_LINES = 2
LONGEST_S = 7.0
SHORTEST_S = 1.0
PAUSE_S = 1.0
"""A pause that ends a caption."""
PARAGRAPH_S = 2.0
"""A pause that ends a paragraph of the plain text."""
PARAGRAPH_SENTENCES = 8


@dataclass(frozen=True)
class Line:
    """A caption as it is shown."""

    start_s: float
    end_s: float
    text: str
    """One or two lines."""


def lines(transcript: Transcript) -> list[Line]:
    """The transcript in captions of readable length, in order, not overlapping.

    A caption never holds words of two sentences, and is cut after a comma or at a pause where there is one.
    """
    parts = [part for sentence in transcript.sentences for part in _captions(sentence, transcript.language)]
    shown: list[Line] = []
    for number, part in enumerate(parts):
        following_s = parts[number + 1][0].start_s if number + 1 < len(parts) else float("inf")
        start_s = max(part[0].start_s, shown[-1].end_s if shown else 0.0)
        spoken_s = max(word.end_s for word in part)
        end_s = min(max(spoken_s, start_s + SHORTEST_S), max(following_s, start_s))
        shown.append(Line(round(start_s, 3), round(end_s, 3), _wrapped(join_text(part, transcript.language))))
    return [line for line in shown if line.end_s > line.start_s]


def _captions(sentence: Sentence, language: str) -> Iterator[Sequence[Word]]:
    words = sentence.words or (Word(text=sentence.text, start_s=sentence.start_s, end_s=sentence.end_s),)
    width = WIDTH // (2 if language in UNSPACED else 1) * MOST_LINES
    first = 0
    while first < len(words):
        last = first + 1
        while last < len(words) and _fits(words[first : last + 1], language, width):
            last += 1
        if last < len(words):
            last = _good_end(words, first, last)
        yield words[first:last]
        first = last


def _fits(words: Sequence[Word], language: str, width: int) -> bool:
    return (
        len(join_text(words, language)) <= width - 6  # a line cannot be filled to the last letter
        and words[-1].end_s - words[0].start_s <= LONGEST_S
        and words[-1].start_s - words[-2].end_s < PAUSE_S
    )


def _good_end(words: Sequence[Word], first: int, last: int) -> int:
    """After the last comma of the caption's second half, if there is one."""
    for end in range(last, first + (last - first) // 2, -1):
        if words[end - 1].text.endswith((",", ";", ":", "—", "、", "，")):
            return end
    return last


def _wrapped(text: str) -> str:
    """In two lines, the upper one shorter or as long, if it is too long for one."""
    if len(text) <= WIDTH or " " not in text:
        return text
    spaces = [place for place, character in enumerate(text) if character == " "]
    middle = min(
        spaces, key=lambda place: (max(place, len(text) - place - 1) > WIDTH, abs(place - len(text) / 2))
    )
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def to_vtt(transcript: Transcript) -> str:
    """WebVTT. What could be taken for markup is escaped."""
    cues = [
        f"{_stamp(line.start_s, '.')} --> {_stamp(line.end_s, '.')}\n{_escaped(line.text)}\n"
        for line in lines(transcript)
    ]
    return "\n".join([f"WEBVTT\nLanguage: {transcript.language}\n", *cues])


def to_srt(transcript: Transcript) -> str:
    """SubRip."""
    return "\n".join(
        f"{number}\n{_stamp(line.start_s, ',')} --> {_stamp(line.end_s, ',')}\n{line.text}\n"
        for number, line in enumerate(lines(transcript), start=1)
    )


def to_json(transcript: Transcript) -> str:
    """The transcript as it is: sentences and words with times and probabilities, and gaps."""
    return json.dumps(transcript.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def to_text(transcript: Transcript) -> str:
    """Paragraphs, each with the time it begins; gaps are marked."""
    paragraphs: list[tuple[float, list[str]]] = []
    before_s = float("-inf")
    for sentence in transcript.sentences:
        if sentence.start_s - before_s > PARAGRAPH_S or len(paragraphs[-1][1]) >= PARAGRAPH_SENTENCES:
            paragraphs.append((sentence.start_s, []))
        paragraphs[-1][1].append(sentence.text)
        before_s = sentence.end_s
    told = [(start_s, " ".join(texts)) for start_s, texts in paragraphs]
    told += [(gap.start_s, f"[{gap.reason}, {gap.duration_s:.0f} s]") for gap in transcript.gaps]
    return "".join(f"[{clock(start_s)}] {text}\n\n" for start_s, text in sorted(told)).rstrip("\n") + "\n"


FORMATS = {"vtt": to_vtt, "srt": to_srt, "json": to_json, "txt": to_text}


def export(transcript: Transcript, folder: Path, name: str = "captions") -> list[Path]:
    """Writes `name`.vtt, .srt, .json and .txt into the folder; the paths, in that order."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for suffix, render in FORMATS.items():
        path = folder / f"{name}.{suffix}"
        partial = temporary_name(path)
        partial.write_text(render(transcript), encoding="utf-8", newline="\n")
        partial.replace(path)
        written.append(path)
    return written


def _stamp(time_s: float, point: str) -> str:
    seconds, thousandths = divmod(round(time_s * 1000), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{thousandths:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
