"""Sound as numbers: cutting a stream of samples into windows at quiet places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.interfaces import Samples

__all__ = ["SAMPLE_RATE", "level", "quietest", "windows"]

SAMPLE_RATE = 16_000
"""Samples a second, what every recognizer here wants."""

# A cut is looked for in the last part of a window: long enough to hold a pause between sentences.
CUT_WITHIN_S = 30.0
PAUSE_S = 0.4
FRAME_S = 0.02


def windows(blocks: Iterable[Samples], window_s: float) -> Iterator[tuple[float, Samples]]:
    """Joins blocks of sound into windows of at most `window_s`, cut where it is quietest.

    A cut at a fixed time would halve a word, so it is made in the middle of the quietest 0.4 s among the
    window's last 30. The same sound always gives the same windows, whatever the blocks: that is what lets a
    killed run find again what it had finished. Holds one window and one block at a time.

    Yields:
        When the window starts (seconds), and its samples.
    """
    limit = round(window_s * SAMPLE_RATE)
    held: list[Samples] = []
    size = start = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        while size >= limit:
            joined = np.concatenate(held)
            cut = quietest(joined[:limit])
            yield start / SAMPLE_RATE, joined[:cut]
            start += cut
            held, size = [joined[cut:].copy()], size - cut
    if size:
        yield start / SAMPLE_RATE, np.concatenate(held)


def level(samples: Samples, frame_s: float = FRAME_S) -> Samples:
    """Root mean square of each whole frame of `frame_s`, `(n,)`."""
    frame = round(frame_s * SAMPLE_RATE)
    whole = samples[: len(samples) // frame * frame].reshape(-1, frame)
    result: Samples = np.sqrt(np.mean(np.square(whole), axis=1)).astype(np.float32)
    return result


def quietest(window: Samples, within_s: float = CUT_WITHIN_S, pause_s: float = PAUSE_S) -> int:
    """Sample number in the middle of the quietest `pause_s` among the last `within_s`, at most the second half."""
    first = max(len(window) - round(min(within_s, len(window) / SAMPLE_RATE / 2) * SAMPLE_RATE), 1)
    loudness = level(window[first:])
    pause = round(pause_s / FRAME_S)
    if len(loudness) <= pause:
        return len(window)
    sums = np.convolve(loudness, np.ones(pause, np.float32), mode="valid")
    # The last of equally quiet places: windows are then as long as they can be.
    best = len(sums) - 1 - int(np.argmin(sums[::-1]))
    return first + round((best + pause / 2) * FRAME_S * SAMPLE_RATE)
