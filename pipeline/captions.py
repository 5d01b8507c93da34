"""Reads captions and makes words of them: WebVTT, SRT, TTML, YouTube's json3, and what else pysubs2 reads.

Captions come from strangers and from many tools: out of order, overlapping, with negative times or without
hours, in any encoding, with tags, sound descriptions and NUL bytes. What comes out is words in order, each
with a time, nothing lost and nothing twice.

pysubs2 does the formats. Before it sees a file, cue times are put into one form and what it would take for
markup is put out of its reach: `{...}`, `<...>` and backslashes are code in a lecture.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.errors import CaptionsUnreadable
from pipeline.models import Word
from pipeline.old_encodings import decoded
from pipeline.spoken import RawWord

__all__ = ["Captions", "Cue", "read_captions", "to_words"]

LONGEST_FILE = 64_000_000
"""Bytes; a hundred thousand cues take a tenth of it."""


@dataclass(frozen=True)
class Cue:
    """A caption: lines shown from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    moments: tuple[tuple[str, float | None], ...] = ()
    """For captions with word times: each word with when it is said (None: not known)."""


@dataclass(frozen=True)
class Captions:
    """A caption file as it was read, cues in order of time."""

    cues: tuple[Cue, ...]

    @property
    def covered_s(self) -> float:
        """Seconds in which a caption is shown."""
        total = edge = 0.0
        for cue in self.cues:
            total += max(0.0, cue.end_s - max(cue.start_s, edge))
            edge = max(edge, cue.end_s)
        return total

    @property
    def end_s(self) -> float:
        """Where the last caption begins: its end may be anything."""
        return max((cue.start_s for cue in self.cues), default=0.0)


# -------------------------------------------------------------------------------------------------- reading


def read_captions(path: Path) -> Captions:
    """The captions in a file, its format found by its content.

    Raises:
        CaptionsUnreadable: not there, too big, in no known format, or without a single cue.
    """
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise _unreadable(path, f"it is larger than {LONGEST_FILE // 1_000_000} MB")
        text = decoded(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    try:
        cues = list(_cues(text))
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError, RecursionError) as error:
        # Whatever pysubs2 and the XML parser say of a file that is damaged.
        raise _unreadable(path, f"it is damaged: {str(error)[:120] or type(error).__name__}") from error
    cues = sorted((cue for cue in cues if any(cue.lines)), key=lambda cue: cue.start_s)
    if not cues:
        raise _unreadable(path, "there is not a single caption in it")
    return Captions(tuple(_without_overlap(cues)))


def _unreadable(path: Path, reason: str) -> CaptionsUnreadable:
    return CaptionsUnreadable(
        f"transcribe: the captions in {path.name} cannot be read: {reason}",
        kept="the file as it is",
        fix="name a file in WebVTT, SRT, TTML or json3, in UTF-8, or leave it out",
    )


def _cues(text: str) -> Iterator[Cue]:
    opening = text.lstrip("\ufeff \n\t")[:200]
    if opening.startswith("{") and '"events"' in text:
        return _json3(json.loads(text))
    if opening.startswith("<") and ("<tt" in text[:2000] or ":tt" in text[:2000]):
        return _through_pysubs2(_standard_ttml(text), "ttml")
    if _TIMING.search(text):
        return _through_pysubs2(_one_form(text), "vtt")
    return _through_pysubs2(text, None)


# WebVTT's and SRT's line of times: hours may be missing or many, "," or ".", spaces anywhere, even a sign.
_TIME = r"-?(?:(\d{1,4}):)?(-?\d{1,2}):(-?\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMING = re.compile(rf"^[^\S\n]*(-?){_TIME}[^\S\n]*--+>[^\S\n]*(-?){_TIME}([^\n]*)$", re.MULTILINE)
_BLOCK = re.compile(r"(?:^|(?<=\n\n))(?:NOTE|STYLE|REGION)\b(?:(?!\n\n|-->).)*(?=\n\n|\Z)", re.DOTALL)


def _one_form(text: str) -> str:
    """WebVTT with every time as HH:MM:SS.mmm and nothing that is not a cue."""
    text = _BLOCK.sub("", text)
    blocks = ["WEBVTT\n"]
    matches = list(_TIMING.finditer(text))
    for number, match in enumerate(matches):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(text)
        body = text[match.end() : end].strip("\n").split("\n")
        if number + 1 < len(matches) and len(body) > 1 and _is_identifier(body):
            body = body[:-1]
        start_ms, end_ms = _milliseconds(match.groups()[:5]), _milliseconds(match.groups()[5:10])
        shown = "\n".join(_shielded(line) for line in body if line.strip())
        blocks.append(f"{_stamp(start_ms)} --> {_stamp(max(end_ms, start_ms))}\n{shown}\n")
    return "\n".join(blocks)


def _is_identifier(body: Sequence[str]) -> bool:
    """Whether the last line before the next cue is that cue's number or name, not text of this one: it
    stands alone after an empty line, or is a number (in files that lost their empty lines). A line of spaces
    with nothing before it is how YouTube leaves the upper line free."""
    alone = not body[-2].strip() and (body[-2] == "" or any(line.strip() for line in body[:-2]))
    return alone or body[-1].strip().isdigit()


def _milliseconds(parts: Sequence[str | None]) -> int:
    sign, hours, minutes, seconds, fraction = parts
    if sign or any((part or "").startswith("-") for part in (minutes, seconds)):
        return 0
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{thousandths:03d}"


# Private-use characters that stand for what pysubs2 would take for markup, and for word times.
_SHIELD = str.maketrans({"{": "\ue000", "}": "\ue001", "\\": "\ue002", "<": "\ue003", ">": "\ue004"})
_UNSHIELD = str.maketrans(
    {"\ue000": "{", "\ue001": "}", "\ue002": "\\", "\ue003": "<", "\ue004": ">", "\ue006": None}
)
_MOMENT = "\ue005"
_NOT_A_NUMBER = "\ue006"
_TAG = re.compile(r"</?(?:c|i|b|u|s|v|lang|ruby|rt|font|span|br|p|em|strong)\b[^<>\n]*/?>", re.IGNORECASE)
_ASS_TAG = re.compile(r"\{\\[^{}\n]*\}")
_WORD_TIME = re.compile(r"<(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})>")


def _shielded(line: str) -> str:
    line = re.sub(r"[\ue000-\ue006]", "", line)
    line = _WORD_TIME.sub(
        lambda found: f" {_MOMENT}{_milliseconds((None, *found.groups()))}{_MOMENT} ", _ASS_TAG.sub("", line)
    )
    line = html.unescape(_TAG.sub("", line)).translate(_SHIELD)
    # pysubs2 takes a number that ends a cue for the number of the next.
    return line + _NOT_A_NUMBER if line.strip().isdigit() else line


def _through_pysubs2(text: str, form: str | None) -> Iterator[Cue]:
    import pysubs2

    try:
        events = pysubs2.SSAFile.from_string(text, format_=form)
    except (pysubs2.exceptions.Pysubs2Error, SyntaxError) as error:
        raise ValueError(str(error) or type(error).__name__) from error
    for event in events:
        if event.is_comment:
            continue
        lines = [line.translate(_UNSHIELD) for line in event.plaintext.split("\n")]
        yield _cue(max(event.start, 0) / 1000, max(event.end, 0) / 1000, lines)


def _standard_ttml(text: str) -> str:
    """TTML as pysubs2 knows it: the namespace of today, no document type (which could name entities)."""
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise ValueError("a document type is not accepted")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    return re.sub(r"http://www\.w3\.org/2006/(?:10|04)/ttaf1", "http://www.w3.org/ns/ttml", text)


def _cue(start_s: float, end_s: float, lines: Sequence[str]) -> Cue:
    """A cue from lines that may hold word times."""
    moments: list[tuple[str, float | None]] = []
    clean: list[str] = []
    at: float | None = start_s
    timed = False
    for line in lines:
        words: list[str] = []
        for piece in _spoken(line).split():
            if piece.startswith(_MOMENT):
                at, timed = int(piece.strip(_MOMENT)) / 1000, True
                continue
            words.append(piece)
            moments.append((piece, at))
            at = None
        if words:
            clean.append(" ".join(words))
    return Cue(start_s, max(end_s, start_s), tuple(clean), tuple(moments) if timed else ())


def _json3(data: Any) -> Iterator[Cue]:
    """YouTube's own format: events of segments, times in milliseconds; automatic captions have one
    segment a word. Events that only open a window or repeat a line break carry no words."""
    for event in data["events"]:
        segments = event.get("segs") or ()
        start_ms = max(float(event.get("tStartMs", 0)), 0.0)
        end_ms = start_ms + max(float(event.get("dDurationMs", 0)), 0.0)
        moments: list[tuple[str, float | None]] = []
        for segment in segments:
            at: float | None = (start_ms + float(segment.get("tOffsetMs", 0))) / 1000
            for word in _spoken(str(segment.get("utf8", ""))).split():
                moments.append((word, at))
                at = None
        if moments:
            text = " ".join(word for word, _ in moments)
            yield Cue(start_ms / 1000, end_ms / 1000, (text,), tuple(moments) if len(segments) > 1 else ())


# Descriptions of sounds and marks of who speaks are not words that were said.
_SOUND = re.compile(
    r"[\[(（【][^\])）】]{0,40}?\b(?:music|applause|laugh(?:s|ing|ter)?|cough(?:s|ing)?|silence|inaudible|"
    r"cheer(?:s|ing)|noise|sighs?|clears? throat|clapping|musik|applaus|gelächter|musique|applaudissements|"
    r"rires|música|aplausos|risas)\b[^\])）】]{0,40}?[\])）】]|\[\s*__\s*\]",
    re.IGNORECASE,
)
# A line that is nothing but a few words in brackets is a sound too ("(air whooshing)").
_ONLY_BRACKETS = re.compile(r"^\s*(?:\[[^\]\d]{0,40}\]|\([a-z][^)\d]{0,40}\))\s*$")
_SPEAKER = re.compile(r"^\s*(?:>>+|-(?=\s))\s*(?:[A-Z][A-Z .'-]{1,30}:\s)?|^\s*[A-Z][A-Z .'-]{2,30}:\s")


def _spoken(line: str) -> str:
    line = _SOUND.sub(" ", line.replace("♪", " ").replace("♫", " ").replace("\u200b", ""))
    return _SPEAKER.sub("", _ONLY_BRACKETS.sub("", line), count=1)


def _without_overlap(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Cues that end where the next begins: a caption that stays up longer does not mean longer speech."""
    for number, cue in enumerate(cues):
        following = cues[number + 1].start_s if number + 1 < len(cues) else None
        if following is not None and cue.start_s < following < cue.end_s:
            cue = replace(cue, end_s=following)
        yield cue


# ----------------------------------------------------------------------------------------------------- words

TOUCH_S = 0.3
"""A caption that rolls follows the one it repeats at once."""
ROLLING_SHARE = 0.2
LONGEST_WORD_S = 1.2


def to_words(captions: Captions) -> tuple[Word, ...]:
    """Every word once, in order, with its time.

    Rolling captions show each line two or three times while it scrolls up; what a cue repeats of the one
    before it is taken off, if the file is of that kind, so that "that that" in ordinary captions stays. Words
    without times of their own share their cue's by length.
    """
    cues = _unrolled(captions.cues) if _rolls(captions.cues) else captions.cues
    words: list[Word] = []
    edge = 0.0
    for cue in cues:
        for raw in _timed_words(cue):
            start = max(raw.start_s, edge)
            edge = start
            words.append(Word(text=raw.text, start_s=round(start, 3), end_s=round(max(raw.end_s, start), 3)))
    return tuple(words)


def _rolls(cues: Sequence[Cue]) -> bool:
    repeats = sum(_repeated(before, cue) > 0 for before, cue in pairwise(cues))
    return repeats > len(cues) * ROLLING_SHARE


def _repeated(before: Cue, cue: Cue) -> int:
    """How many words at the cue's beginning are whole lines, or all, of what the one before it ends with."""
    if cue.start_s - before.end_s > TOUCH_S:
        return 0
    shown = " ".join(before.lines).split()
    shows = " ".join(cue.lines).split()
    whole = {len(shown)}
    for lines, forwards in ((cue.lines, True), (before.lines, False)):
        count = 0
        for line in lines if forwards else reversed(lines):
            count += len(line.split())
            whole.add(count)
    for size in sorted(whole, reverse=True):
        if 0 < size <= min(len(shown), len(shows)) and shown[-size:] == shows[:size]:
            return size
    return 0


def _unrolled(cues: Sequence[Cue]) -> Iterator[Cue]:
    before: Cue | None = None
    for cue in cues:
        taken = _repeated(before, cue) if before else 0
        before = cue
        words = " ".join(cue.lines).split()[taken:]
        if words:
            yield replace(cue, lines=(" ".join(words),), moments=cue.moments[taken:])


def _timed_words(cue: Cue) -> Iterator[RawWord]:
    """The cue's words; between words with a known time, the others by length."""
    moments = cue.moments or tuple((word, None) for word in " ".join(cue.lines).split())
    known = [number for number, (_, at) in enumerate(moments) if number and at is not None]
    edges = [0, *known, len(moments)]
    times = [moments[0][1] or cue.start_s, *(moments[number][1] or 0.0 for number in known), cue.end_s]
    for first, last, start, end in zip(edges, edges[1:], times, times[1:], strict=False):
        yield from _spread([word for word, _ in moments[first:last]], start, max(start, end))


def _spread(words: Sequence[str], start: float, end: float) -> Iterator[RawWord]:
    if not words:
        return
    weights = [len(word) + 1 for word in words]
    total = sum(weights)
    # A caption that stays up over a pause does not mean that its last words are drawn out over it.
    length = min(end - start, LONGEST_WORD_S * len(words))
    passed = 0
    for word, weight in zip(words, weights, strict=True):
        yield RawWord(word, start + length * passed / total, start + length * (passed + weight) / total, 1.0)
        passed += weight
