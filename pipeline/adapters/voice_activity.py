"""Where somebody speaks: the Silero voice activity detector that comes with faster-whisper."""

from __future__ import annotations

__all__ = ["PIECE_S", "find_speech", "speech_pieces"]

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from pipeline.interfaces import Samples
from pipeline.sound import SAMPLE_RATE, quietest

PIECE_S = 29.0
"""A piece may not be longer: Whisper hears 30 s, and the last second is left for the pads."""
BREAK_S = 1.5
"""A pause at least this long ends a piece, so that the model is not left alone with silence."""
PAD_S = 0.2
CUT_WITHIN_S = 6.0
BREATH_S = 0.12
"""Speech without a pause for a whole piece is cut at the quietest moment of this length in its last seconds."""


def find_speech(
    audio: Samples, *, threshold: float = 0.5, min_silence_s: float = 0.3
) -> list[tuple[float, float]]:
    """Stretches with speech as `(start_s, end_s)`, half-open, in order, not overlapping.

    Args:
        audio: the sound.
        threshold: how sure the detector has to be, in [0, 1]; lower finds speech under music.
        min_silence_s: shorter pauses do not end a stretch.
    """
    if len(audio) < SAMPLE_RATE // 10:
        return []
    key = (hashlib.blake2b(audio.tobytes(), digest_size=16).digest(), threshold, min_silence_s)
    if key not in _remembered:
        _remembered[key] = _find_speech(audio, threshold, min_silence_s)
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return list(_remembered[key])


# The stage and the engine both ask of the same window, and an answer takes a second.
REMEMBERED = 8
_remembered: OrderedDict[tuple[bytes, float, float], list[tuple[float, float]]] = OrderedDict()


def _find_speech(audio: Samples, threshold: float, min_silence_s: float) -> list[tuple[float, float]]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=threshold,
        min_speech_duration_ms=100,
        min_silence_duration_ms=round(min_silence_s * 1000),
        speech_pad_ms=30,
    )
    found = get_speech_timestamps(audio, options)
    return [(part["start"] / SAMPLE_RATE, part["end"] / SAMPLE_RATE) for part in found]


def speech_pieces(audio: Samples, speech: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches of speech joined into pieces of at most `PIECE_S`, cut at pauses, a little wider than
    the speech; speech without a pause for so long is cut where it is quietest.

    Every word is in exactly one piece. A recognizer hears a piece as a whole, with the pauses in it.
    """
    length_s = len(audio) / SAMPLE_RATE
    pieces: list[tuple[float, float]] = []
    for start, end in (part for stretch in speech for part in _cut(audio, *stretch)):
        if pieces and end - pieces[-1][0] <= PIECE_S and start - pieces[-1][1] < BREAK_S:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    padded = []
    for number, (start, end) in enumerate(pieces):
        earliest = (pieces[number - 1][1] + start) / 2 if number else 0.0
        latest = (end + pieces[number + 1][0]) / 2 if number + 1 < len(pieces) else length_s
        padded.append((max(start - PAD_S, earliest), min(end + PAD_S, latest)))
    return padded


def _cut(audio: Samples, start: float, end: float) -> Iterator[tuple[float, float]]:
    while end - start > PIECE_S:
        longest = audio[round(start * SAMPLE_RATE) : round((start + PIECE_S) * SAMPLE_RATE)]
        cut = start + quietest(longest, CUT_WITHIN_S, BREATH_S) / SAMPLE_RATE
        if cut <= start:  # beyond the end of the sound
            break
        yield start, cut
        start = cut
    yield start, end
