"""A lecture's sound through a recognizer: window by window, doubted, repaired, and kept as it is finished.

A window is about five minutes, cut at a pause, so memory does not grow with the lecture. What was heard in
it is written to `work/transcribe/` at once, under a name that holds everything it depends on: a run that was
killed finds its windows again and redoes the one it was in.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from pydantic import ValidationError

from pipeline.doubts import Stretch, holes, loops, over_silence, overlap_s, trim_to_speech
from pipeline.interfaces import Progress, Recognizer, Samples
from pipeline.models import Gap, Model, Word
from pipeline.rehearing import believed, between, fresh
from pipeline.sound import SAMPLE_RATE, windows
from pipeline.store import atomic_write

__all__ = ["FindSpeech", "Listened", "listen"]

TimedT = TypeVar("TimedT", Word, Gap)

CODE_VERSION = 3
"""Counts up when this module would hear something else in the same sound."""

LENIENT_THRESHOLD = 0.2
"""Where even a detector this lenient hears nobody, words are made up."""
MARGIN_S = 0.5
NEAR_S = 3.0
DETECT_AFTER_S = 3.0
"""Speech it takes to tell a language."""
QUIET_PEAK = 0.9


class FindSpeech(Protocol):
    """A voice activity detector."""

    def __call__(self, audio: Samples, *, threshold: float = 0.5) -> list[Stretch]:
        """Stretches with speech, `(start_s, end_s)`, in order."""


class Window(Model):
    """What was heard in a window; times are the lecture's."""

    words: tuple[Word, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass
class Listened:
    """What was heard in all."""

    language: str
    words: list[Word] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    length_s: float = 0.0
    """How long the sound is."""


def listen(
    blocks: Iterable[Samples],
    *,
    recognizer: Callable[[], Recognizer],
    find_speech: FindSpeech,
    language: str | None,
    prompt: Callable[[float, float, str], str],
    window_s: float,
    options: str,
    store: Path,
    progress: Progress,
    duration_s: float,
) -> Listened | None:
    """Words and gaps of all the sound; None where nobody speaks.

    Args:
        blocks: the sound from the video's beginning.
        recognizer: makes the recognizer; called at the first speech.
        language: the spoken language, or None to have it detected at the first speech.
        prompt: what to prime the recognizer with, for `(start_s, end_s, language)`.
        options: whatever else the recognizer's words depend on.
        store: folder for finished windows.
        duration_s: length of the lecture, for progress.
    """
    found: Listened | None = None
    engine: Recognizer | None = None
    kept = _Store(store)
    pace = _Pace(progress, duration_s)
    length_s = 0.0
    for start_s, audio in windows(blocks, window_s):
        length_s = start_s + len(audio) / SAMPLE_RATE
        pace.at(start_s, heard_s=0.0)
        if found is None and not _speaks(audio, find_speech, enough_s=0.0):
            continue
        engine = engine or recognizer()
        if found is None:
            found = Listened(language or engine.detect_language(audio))
        text = prompt(start_s, length_s, found.language)
        key = _key(audio, start_s, engine.engine, engine.model, found.language, text, options)
        window = kept.get(key)
        if window is None:
            window = _Window(audio, start_s, engine, find_speech, found.language, text).heard()
            kept.put(key, window)
            pace.at(length_s, heard_s=length_s - start_s)
        found.words += window.words
        found.gaps += window.gaps
        found.length_s = length_s
    kept.forget_others()
    return found


def _speaks(audio: Samples, find_speech: FindSpeech, enough_s: float) -> bool:
    return sum(end - start for start, end in find_speech(audio)) > enough_s


# ------------------------------------------------------------------------------------------- one window


@dataclass
class _Window:
    """One window on its way to words. Times inside are the window's own."""

    audio: Samples
    start_s: float
    recognizer: Recognizer
    find_speech: FindSpeech
    language: str
    prompt: str

    def __post_init__(self) -> None:
        self.speech = self.find_speech(self.audio)
        self.length_s = len(self.audio) / SAMPLE_RATE

    def heard(self) -> Window:
        words = list(self._transcribe(self.audio, thorough=False)) if self.speech else []
        words = self._repair(trim_to_speech(words, self.speech))
        gaps = [
            Gap(start_s=start, end_s=end, reason="somebody speaks here, but no words could be made out")
            for start, end in holes(words, self.speech)
        ]
        return Window(
            words=tuple(_shifted(word, self.start_s) for word in words),
            gaps=tuple(_shifted(gap, self.start_s) for gap in gaps),
        )

    def _transcribe(self, audio: Samples, *, thorough: bool, prompt: str | None = None) -> tuple[Word, ...]:
        prompt = self.prompt if prompt is None else prompt
        return self.recognizer.transcribe(
            audio, language=self.language, prompt=prompt, thorough=thorough
        ).words

    def _repair(self, words: list[Word]) -> list[Word]:
        """Hears doubtful places again; keeps of two hearings the one that leaves less in doubt."""
        lenient: list[Stretch] | None = None
        for start, end in _joined(loops(words) + holes(words, self.speech)):
            words = self._better(words, self._widened((start, end), words))
        if any(overlap_s((word.start_s, word.end_s), self.speech) <= 0 for word in words):
            lenient = self.find_speech(self.audio, threshold=LENIENT_THRESHOLD)
            made_up = over_silence(words, lenient)
            words = [
                word
                for word in words
                if not any(a <= word.start_s < b or word.start_s == a for a, b in made_up)
            ]
        return words

    def _widened(self, doubt: Stretch, words: Sequence[Word]) -> Stretch:
        """The doubtful place out to the pauses around it, if they are near, so that no word is halved; where
        speech goes on, out to the far ends of the words beside it. Their near ends are as doubtful as the
        place: an aligner stretches words over what it has no words for."""
        before = max((end for _, end in self.speech if end <= doubt[0] + MARGIN_S), default=0.0)
        after = min(
            (start for start, _ in self.speech if start >= doubt[1] - MARGIN_S), default=self.length_s
        )
        if doubt[0] - before > NEAR_S:
            before = max((word.start_s for word in words if word.start_s < doubt[0]), default=doubt[0])
        if after - doubt[1] > NEAR_S:
            after = min(
                (word.end_s for word in words if word.start_s >= doubt[1] - MARGIN_S), default=doubt[1]
            )
        # A word that straddles an edge belongs to the place.
        first = min([before, *(word.start_s for word in words if word.start_s < before < word.end_s)])
        return max(first - 0.01, 0.0), min(max(after, doubt[1]) + 0.01, self.length_s)

    def _better(self, words: list[Word], place: Stretch) -> list[Word]:
        before = [word for word in words if word.start_s < place[0]]
        inside = [word for word in words if place[0] <= word.start_s < place[1]]
        after = [word for word in words if word.start_s >= place[1]]
        best = inside
        attempts: list[list[Word]] = []
        new: list[list[Word]] = []
        for attempt in self._again(place, before, after):
            new.append(fresh(attempt, inside))
            # An attempt may be believed only once a later one hears the same.
            attempts.append(attempt)
            for number, one in enumerate(attempts):
                others = new[:number] + new[number + 1 :]
                if believed(new[number], others) and self._doubt_s(one, place) < self._doubt_s(best, place):
                    best = one
            if not self._doubt_s(best, place):
                break
        return before + best + after

    def _again(self, place: Stretch, before: Sequence[Word], after: Sequence[Word]) -> Iterator[list[Word]]:
        """Other hearings of the place: thorough and primed; thorough, unprimed and louder; fast and alone."""
        first = max(place[0] - MARGIN_S, 0.0)
        part = self.audio[round(first * SAMPLE_RATE) : round((place[1] + MARGIN_S) * SAMPLE_RATE)]
        settings = ((part, True, None), (_louder(part), True, ""), (_louder(part), False, ""))
        for sound, thorough, prompt in settings:
            heard = self._transcribe(sound, thorough=thorough, prompt=prompt)
            moved = [_shifted(word, first) for word in heard]
            yield trim_to_speech(between(moved, place, before, after), self.speech)

    def _doubt_s(self, words: Sequence[Word], place: Stretch) -> float:
        """Seconds of these words, or of the place's speech without any, that are not to be believed."""
        looped = loops(words)
        good = [word for word in words if overlap_s((word.start_s, word.end_s + 0.01), looped) <= 0]
        return sum(end - start for start, end in [*looped, *holes(good, self._speech_in(place))])

    def _speech_in(self, place: Stretch) -> list[Stretch]:
        return [
            (max(start, place[0]), min(end, place[1]))
            for start, end in self.speech
            if start < place[1] and end > place[0]
        ]


def _louder(audio: Samples) -> Samples:
    peak = float(np.max(np.abs(audio), initial=0.0))
    return audio * np.float32(QUIET_PEAK / peak) if 0 < peak < QUIET_PEAK else audio


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start - joined[-1][1] < 1.0:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _shifted(item: TimedT, by_s: float) -> TimedT:
    times = {"start_s": round(item.start_s + by_s, 3), "end_s": round(item.end_s + by_s, 3)}
    return item.model_copy(update=times)


# ---------------------------------------------------------------------------------------- finished windows


def _key(audio: Samples, start_s: float, *parts: str) -> str:
    digest = hashlib.sha256(repr((CODE_VERSION, round(start_s, 3), *parts)).encode())
    digest.update((audio * 32767).astype("<i2").tobytes())
    return digest.hexdigest()[:32]


class _Store:
    """Finished windows on disk, by what they depend on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()

    def get(self, key: str) -> Window | None:
        self._used.add(f"{key}.json")
        try:
            return Window.model_validate_json((self._folder / f"{key}.json").read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError):
            return None  # of another version, or damaged: it is heard again and written anew

    def put(self, key: str, window: Window) -> None:
        atomic_write(self._folder / f"{key}.json", window.model_dump_json().encode())

    def forget_others(self) -> None:
        """Deletes the windows of earlier settings."""
        with contextlib.suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if path.name not in self._used:
                    path.unlink()


class _Pace:
    """Tells how far the recognizer is, and how fast. Windows found on disk do not count for its speed."""

    def __init__(self, progress: Progress, duration_s: float) -> None:
        self._progress = progress
        self._duration_s = duration_s
        self._heard_s = 0.0
        self._began = time.monotonic()
        self._spent_s = 0.0

    def at(self, done_s: float, heard_s: float) -> None:
        now = time.monotonic()
        if heard_s:
            self._heard_s += heard_s
            self._spent_s += now - self._began
        self._began = now
        note = f"{done_s / 60:.0f} of {self._duration_s / 60:.0f} min"
        if self._spent_s:
            note += f", {self._heard_s / self._spent_s:.1f}× real time"
        self._progress(min(done_s, self._duration_s), self._duration_s, note)
