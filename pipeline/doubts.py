"""Where a recognizer's words are not to be believed: speech without words, loops, words over silence.

Whisper drops speech without a sign, gets stuck repeating a phrase, and hears "thank you for watching" in
silence. Each leaves a trace that needs no second transcript to see: the voice activity detector's stretches
of speech that no word covers, runs of the same words, words where nobody speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.models import Word

__all__ = ["Stretch", "holes", "loops", "over_silence", "overlap_s", "trim_to_speech"]

Stretch = tuple[float, float]
"""`(start_s, end_s)`, half-open."""

HOLE_S = 2.0
"""Speech without words that is longer is a hole."""
SLACK_S = 0.35
"""Word times are this exact; a word covers as much around it."""
SLOWEST_S = 0.9
SLOWEST_CHARACTER_S = 0.16
LOOP_LENGTHS = range(1, 13)
_REPEATS = {1: 6, 2: 5, 3: 4}
"""Runs of so many equal n-grams are a loop; three of any longer one."""


def plausible_end_s(word: Word) -> float:
    """The end of a word, if nobody draws it out: an aligner stretches the last word before a hole over it."""
    return min(word.end_s, word.start_s + max(SLOWEST_S, SLOWEST_CHARACTER_S * len(word.text)))


def holes(words: Sequence[Word], speech: Iterable[Stretch]) -> list[Stretch]:
    """Speech, longer than two seconds, that no word covers."""
    covered = [(word.start_s - SLACK_S, plausible_end_s(word) + SLACK_S) for word in words]
    return [hole for stretch in speech for hole in _minus(stretch, covered) if hole[1] - hole[0] >= HOLE_S]


def _minus(stretch: Stretch, covered: Sequence[Stretch]) -> Iterable[Stretch]:
    start, end = stretch
    for covered_start, covered_end in covered:
        if covered_end <= start:
            continue
        if covered_start >= end:
            break
        if covered_start > start:
            yield start, covered_start
        start = max(start, covered_end)
    if start < end:
        yield start, end


def loops(words: Sequence[Word]) -> list[Stretch]:
    """Stretches in which the same words come again and again."""
    bare = [word.text.lower().strip(".,;:!?…\"'-") for word in words]
    found: list[tuple[int, int]] = []
    for length in LOOP_LENGTHS:
        needed = _REPEATS.get(length, 3)
        run = 0
        for place in range(length, len(bare) + 1):
            if place < len(bare) and bare[place] == bare[place - length]:
                run += 1
                continue
            if run >= length * (needed - 1):
                found.append((place - run - length, place))
            run = 0
    return _union([(words[first].start_s, words[last - 1].end_s) for first, last in found])


def over_silence(words: Sequence[Word], speech: Sequence[Stretch]) -> list[Stretch]:
    """Stretches of words where nobody speaks.

    Args:
        speech: what even a lenient detector takes for speech.
    """
    suspects = [
        (word.start_s, plausible_end_s(word))
        for word in words
        if overlap_s((word.start_s - SLACK_S, plausible_end_s(word) + SLACK_S), speech) <= 0
    ]
    return _union(suspects, join_s=1.0)


def overlap_s(stretch: Stretch, others: Iterable[Stretch]) -> float:
    """Seconds of the stretch that lie in any of the others, which do not overlap one another."""
    return sum(max(0.0, min(stretch[1], end) - max(stretch[0], start)) for start, end in others)


def trim_to_speech(words: Iterable[Word], speech: Sequence[Stretch]) -> list[Word]:
    """The words without the silence that an aligner adds: a word beside a pause starts and ends where the
    speech does. A word that touches no speech stays as it is."""
    trimmed: list[Word] = []
    first = 0
    for word in words:
        while first < len(speech) and speech[first][1] <= word.start_s:
            first += 1
        inside = [part for part in speech[first : first + 8] if part[0] < word.end_s]
        if not inside:
            trimmed.append(word)
            continue
        longest = max(inside, key=lambda part: overlap_s((word.start_s, word.end_s), [part]))
        start = max(word.start_s, round(longest[0], 3))
        end = min(word.end_s, round(longest[1], 3))
        trimmed.append(word.model_copy(update={"start_s": start, "end_s": max(end, start)}))
    return trimmed


def _union(stretches: Iterable[Stretch], join_s: float = 0.0) -> list[Stretch]:
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1] + join_s:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
