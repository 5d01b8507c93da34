"""Where somebody speaks: the Silero voice activity detector that comes with faster-whisper."""

from __future__ import annotations

__all__ = ["find_speech"]

from pipeline.interfaces import Samples
from pipeline.sound import SAMPLE_RATE


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
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=threshold,
        min_speech_duration_ms=100,
        min_silence_duration_ms=round(min_silence_s * 1000),
        speech_pad_ms=30,
    )
    found = get_speech_timestamps(audio, options)
    return [(part["start"] / SAMPLE_RATE, part["end"] / SAMPLE_RATE) for part in found]
