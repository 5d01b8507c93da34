"""Segment: chapters and chunks from what is said and what is on screen.

The author's chapter marks win. Without them, chapters begin where the lecture turns to another topic (see
`pipeline.topics`); where nothing tells topics apart, the lecture is one chapter, and says so. A chapter is
tiled by chunks that are cut before a sentence, preferably at a pause or a new screen. A sentence belongs to
the chunk in which it starts.
"""

from __future__ import annotations

__all__ = ["run"]

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pipeline.chapter_marks import AT_ZERO_S, OPENING
from pipeline.config import SegmentOptions
from pipeline.interfaces import Work
from pipeline.models import (
    TIME_TOLERANCE_S,
    Chapter,
    Chapters,
    Chunk,
    Degradation,
    Mark,
    Screen,
    Screens,
    Sentence,
    SourceVideo,
    Transcript,
)
from pipeline.topics import find_turns, key_phrase, slide_title

SNAP_S = 5.0
"""How far a mark may lie from the sentence that opens its chapter."""
LONG_CHAPTER_S = 1200.0
"""Derived chapters longer than this on average mean that boundaries were missed."""
PAUSE_S = 1.5
"""A pause that counts in full as a place to cut."""
SCREEN_NEAR_S = 2.0


@dataclass(frozen=True)
class _Start:
    """Where a chapter begins, and its title if it has one already."""

    at_s: float
    title: str | None
    boundary: Literal["author", "derived", "whole"]


def run(work: Work) -> Chapters:
    """Chapters that tile `[0, duration)`, their chunks, and each sentence in exactly one chunk."""
    video, transcript = work.read(SourceVideo), work.read(Transcript)
    screens, options = work.read(Screens).screens, work.config(SegmentOptions)
    starts = _of_author(video, transcript.sentences)
    note = None
    if not starts:
        starts = _derived(video, transcript, screens, options)
        note = _note(starts, video.duration_s, work)
    return _built(starts, video, transcript, screens, options, note)


# --------------------------------------------------------------------------------------------- boundaries


def _of_author(video: SourceVideo, sentences: Sequence[Sentence]) -> list[_Start]:
    """The author's chapters; none where no mark lies inside the lecture."""
    marks = _usable(video)
    if not marks:
        return []
    openings = [sentence.start_s for sentence in sentences]
    starts: list[_Start] = []
    if marks[0].start_s > AT_ZERO_S:
        starts.append(_Start(0.0, OPENING, "derived"))
    else:
        starts.append(_Start(0.0, marks[0].title.strip() or None, "author"))
        marks = marks[1:]
    ends = [mark.start_s for mark in marks] + [video.duration_s]
    for mark, end_s in zip(marks, ends[1:], strict=True):
        at_s = _snapped(mark.start_s, openings)
        if not starts[-1].at_s + TIME_TOLERANCE_S < at_s < end_s - TIME_TOLERANCE_S:
            at_s = mark.start_s
        starts.append(_Start(at_s, mark.title.strip() or None, "author"))
    return starts


def _usable(video: SourceVideo) -> list[Mark]:
    """Marks in order, inside the lecture, one a moment."""
    marks: list[Mark] = []
    for mark in sorted(video.marks, key=lambda mark: mark.start_s):
        inside = mark.start_s < video.duration_s - TIME_TOLERANCE_S or mark.start_s == 0
        if inside and (not marks or mark.start_s - marks[-1].start_s > 2 * TIME_TOLERANCE_S):
            marks.append(mark)
    return marks


def _snapped(at_s: float, openings: Sequence[float]) -> float:
    """The nearest start of a sentence within `SNAP_S`, else the time itself."""
    after = bisect_left(openings, at_s)
    near = [
        opening_s for opening_s in openings[max(after - 1, 0) : after + 1] if abs(opening_s - at_s) <= SNAP_S
    ]
    return min(near, key=lambda opening_s: abs(opening_s - at_s), default=at_s)


def _derived(
    video: SourceVideo, transcript: Transcript, screens: Sequence[Screen], options: SegmentOptions
) -> list[_Start]:
    turns = find_turns(
        transcript.sentences,
        screens,
        duration_s=video.duration_s,
        min_chapter_s=options.min_chapter_s,
        language=transcript.language,
    )
    if not turns:
        return [_Start(0.0, video.title.strip() or None, "whole")]
    times = [0.0, *(transcript.sentences[turn.index].start_s for turn in turns)]
    return [_Start(at_s, None, "derived") for at_s in times]


def _note(starts: Sequence[_Start], duration_s: float, work: Work) -> str:
    """What to tell readers of derived boundaries; records a degradation where they are too few to trust."""
    if len(starts) == 1:
        note = "The lecture has no chapter marks, and nothing in it tells parts apart: it is one chapter."
    else:
        note = (
            "The lecture has no chapter marks. Chapters begin where the words, screens and pauses suggest a new "
            "topic; their beginnings and titles are Lecturebook's, not the author's."
        )
    if duration_s / len(starts) > LONG_CHAPTER_S:
        work.degrade(
            Degradation(
                stage="segment",
                what="the lecture has no chapter marks, and little in it tells topics apart",
                consequence=f"{duration_s / 60:.0f} minutes make {len(starts)} chapter"
                + ("s" if len(starts) > 1 else ""),
                remedy="name a file of chapter marks as lecture.chapters",
            )
        )
    return note


# ----------------------------------------------------------------------------------------------- chapters


def _built(
    starts: Sequence[_Start],
    video: SourceVideo,
    transcript: Transcript,
    screens: Sequence[Screen],
    options: SegmentOptions,
    note: str | None,
) -> Chapters:
    edges = [start.at_s for start in starts] + [video.duration_s]
    taken = {start.title for start in starts if start.title is not None}
    chapters: list[Chapter] = []
    for number, (start, (start_s, end_s)) in enumerate(zip(starts, pairwise(edges), strict=True), 1):
        is_last = number == len(starts)
        inside = [
            sentence
            for sentence in transcript.sentences
            if start_s <= sentence.start_s and (is_last or sentence.start_s < end_s)
        ]
        title = (
            start.title
            or slide_title(screens, start_s, end_s, frozenset(taken))
            or key_phrase(inside, transcript.sentences, transcript.language, frozenset(taken))
            or f"Part {number}"
        )
        taken.add(title)
        chapter_id = f"ch{number:02d}"
        chunks = _chunks(chapter_id, start_s, end_s, inside, screens, options, is_last)
        chapters.append(
            Chapter(
                id=chapter_id,
                title=title,
                boundary=start.boundary,
                start_s=start_s,
                end_s=end_s,
                chunks=chunks,
            )
        )
    return Chapters(
        duration_s=video.duration_s, chapters=tuple(chapters), note=note, language=transcript.language
    )


# ------------------------------------------------------------------------------------------------- chunks


@dataclass(frozen=True)
class _Cut:
    """A place where a chapter may be cut: before sentence number `index`, at `at_s`."""

    index: int
    at_s: float
    cost: float
    """0 at a long pause with a new screen, 1 where nothing speaks for a cut."""


def _chunks(
    chapter_id: str,
    start_s: float,
    end_s: float,
    sentences: Sequence[Sentence],
    screens: Sequence[Screen],
    options: SegmentOptions,
    is_last: bool,
) -> tuple[Chunk, ...]:
    cuts = [
        _Cut(0, start_s, 0.0),
        *_possible_cuts(start_s, end_s, sentences, screens),
        _Cut(len(sentences), end_s, 0.0),
    ]
    chosen = _best(cuts, options)
    chunks = []
    for number, (begin, end) in enumerate(pairwise(chosen), 1):
        until_s = float("inf") if is_last and end is cuts[-1] else end.at_s
        chunks.append(
            Chunk(
                id=f"{chapter_id}-{number:02d}",
                start_s=begin.at_s,
                end_s=end.at_s,
                sentences=tuple(sentences[begin.index : end.index]),
                screens=_shown(screens, begin.at_s, until_s),
            )
        )
    return tuple(chunks)


def _possible_cuts(
    start_s: float, end_s: float, sentences: Sequence[Sentence], screens: Sequence[Screen]
) -> list[_Cut]:
    """Cuts between sentences; where a new screen comes up in the pause, the cut is there."""
    begins = [screen.start_s for screen in screens]
    cuts: list[_Cut] = []
    spoken_until_s = start_s
    for index, (before, sentence) in enumerate(pairwise(sentences), 1):
        spoken_until_s = max(spoken_until_s, before.end_s)
        fresh = begins[bisect_left(begins, spoken_until_s) : bisect_left(begins, sentence.start_s)]
        at_s = fresh[-1] if fresh else sentence.start_s
        pause = min(max(sentence.start_s - spoken_until_s, 0.0) / PAUSE_S, 1.0)
        near = bisect_left(begins, at_s - SCREEN_NEAR_S) < bisect_left(begins, at_s + SCREEN_NEAR_S)
        if before.start_s < at_s < end_s and at_s > start_s:
            cuts.append(_Cut(index, at_s, max(1.0 - 0.6 * pause - 0.8 * near, 0.0)))
    return cuts


def _best(cuts: Sequence[_Cut], options: SegmentOptions) -> list[_Cut]:
    """The cheapest way from the first cut to the last (dynamic programming over the possible cuts)."""
    total = [0.0] + [float("inf")] * (len(cuts) - 1)
    came_from = [0] * len(cuts)
    for at in range(1, len(cuts)):
        for before in range(at - 1, -1, -1):
            length_s = cuts[at].at_s - cuts[before].at_s
            cost = total[before] + cuts[at].cost + _length_cost(length_s, options)
            if cost < total[at]:
                total[at], came_from[at] = cost, before
            if length_s > options.max_chunk_s:
                break
    path = [len(cuts) - 1]
    while path[-1] > 0:
        path.append(came_from[path[-1]])
    return [cuts[at] for at in reversed(path)]


def _length_cost(length_s: float, options: SegmentOptions) -> float:
    """Too long is worse than too short; inside the bounds, the middle is a little better."""
    shortest_s, longest_s = options.min_chunk_s, max(options.max_chunk_s, options.min_chunk_s)
    if length_s > longest_s:
        return 6.0 + 10.0 * (length_s - longest_s) / longest_s
    if length_s < shortest_s:
        return 2.0 + 2.0 * (shortest_s - length_s) / shortest_s
    middle_s = (shortest_s + longest_s) / 2
    return 0.3 + 0.5 * abs(length_s - middle_s) / middle_s


def _shown(screens: Sequence[Screen], start_s: float, until_s: float) -> tuple[Screen, ...]:
    """Screens that begin in `[start_s, until_s)`, and the one already up at `start_s`.

    A boundary lies at a sentence's start, hardly ever at the very moment of a new screen: one that reaches over it
    by less than `SCREEN_NEAR_S` belongs to the other side, if it stands there for longer.
    """

    def belongs(screen: Screen) -> bool:
        if start_s <= screen.start_s < until_s:
            comes_early = screen.start_s > until_s - SCREEN_NEAR_S and screen.end_s > until_s + SCREEN_NEAR_S
            return not comes_early
        stays_on = screen.end_s - start_s < SCREEN_NEAR_S and start_s - screen.start_s >= SCREEN_NEAR_S
        return screen.start_s < start_s < screen.end_s and not stays_on

    return tuple(screen for screen in screens if belongs(screen))
