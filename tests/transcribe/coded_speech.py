"""Speech for a fake recognizer: each word is a tone burst whose level says which word it is.

What the recognizer hears follows from the samples alone, wherever a window is cut, so a lost, doubled or
misplaced word shows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.doubts import Stretch
from pipeline.interfaces import Heard, Samples
from pipeline.models import Word
from pipeline.sound import SAMPLE_RATE

WORD_S = 0.4
PAUSE_S = 0.2
STEP = 1 / 4096


def say(words: int, pause_s: float = PAUSE_S, lead_s: float = 1.0) -> Samples:
    """Words w1, w2, ... with pauses between them."""
    size = round((lead_s + words * (WORD_S + pause_s)) * SAMPLE_RATE)
    audio = np.zeros(size, np.float32)
    for number in range(words):
        start = round((lead_s + number * (WORD_S + pause_s)) * SAMPLE_RATE)
        audio[start : start + round(WORD_S * SAMPLE_RATE)] = (number + 1) * STEP
        # As loud as can be at one sample, so that amplifying changes no level.
        audio[start] = 0.95
    return audio


def find_bursts(audio: Samples, *, threshold: float = 0.5) -> list[Stretch]:
    """Where bursts are: the voice activity detector of this little world."""
    loud = np.flatnonzero(np.diff(np.concatenate([[0], (audio > STEP / 2).astype(np.int8), [0]])))
    return [(start / SAMPLE_RATE, end / SAMPLE_RATE) for start, end in loud.reshape(-1, 2)]


class CodedRecognizer:
    """Hears every burst. `mishear` may change what it hears, to stand for what real ones get wrong."""

    engine = "coded 1.0"
    model = "coded"

    def __init__(
        self, mishear: Callable[[list[Word], bool], list[Word]] | None = None, language: str = "en"
    ) -> None:
        self.calls: list[tuple[float, bool, str, str]] = []
        self.mishear = mishear
        self.language = language

    def detect_language(self, audio: Samples) -> str:
        return self.language

    def transcribe(self, audio: Samples, *, language: str, prompt: str, thorough: bool = False) -> Heard:
        self.calls.append((len(audio) / SAMPLE_RATE, thorough, language, prompt))
        words = []
        for start, end in find_bursts(audio):
            middle = audio[round((start + end) / 2 * SAMPLE_RATE)]
            number = round(float(middle) / STEP)
            words.append(Word(text=f"W{number}.", start_s=round(start, 3), end_s=round(end, 3)))
        if self.mishear:
            words = self.mishear(words, thorough)
        return Heard(tuple(words), language)


def blocks(audio: Samples, size: int = 16_000) -> list[Samples]:
    return [audio[start : start + size] for start in range(0, len(audio), size)]
