"""Which parts of the picture move all the time: the lecturer's inset, a film, a clock.

Time is cut into slots of some seconds. In a slot a cell was *busy* if it changed several times, spread over two
seconds or more: a slide change, a fade, a typed letter are over sooner. Cells busy in a good part of the last
slots are restless; compact groups are filled to rectangles, since parts of a face stay still for long.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from pipeline import pictures
from pipeline.pictures import Grid

SLOT_S = 6.0
SLOTS = 12
"""Slots remembered: a bit more than a minute."""
BUSY_SHARE = 0.4
BUSY_LEAST = 2
SPREAD_S = 2.0
SPARSE_S = 1.0
"""Where samples lie this far apart or further, changes from one to the next count for themselves."""
SPARSE_SHARE = 0.3
"""Share of such samples of a slot that must differ from the one before: a slide changes once, a face each time."""
CHANGES = 3


class Restless:
    """Learns from the samples' changes, in order of time."""

    def __init__(self, shape: tuple[int, int], time_s: float) -> None:
        self._slots: deque[tuple[float, float, Grid]] = deque(maxlen=SLOTS)
        self._shape = shape
        self.grid: Grid = np.zeros(shape, np.bool_)
        """Cells that move all the time, as known by now."""
        self._time_s = time_s
        self._open(time_s)

    def note(self, time_s: float, changed: Grid) -> None:
        """These cells changed from the sample before to the one at `time_s`."""
        fresh = changed & (self._count == 0)
        self._first[fresh] = time_s
        self._last[changed] = time_s
        self._count += changed
        if time_s - self._time_s >= SPARSE_S:
            self._sparse += changed
            self._sparse_samples += 1
        self._time_s = time_s
        if time_s - self._start_s >= SLOT_S:
            self._shut(time_s)

    def _open(self, time_s: float) -> None:
        self._start_s = time_s
        self._sparse = np.zeros(self._shape, np.int32)
        self._sparse_samples = 0
        self._count = np.zeros(self._shape, np.int32)
        self._first = np.zeros(self._shape)
        self._last = np.zeros(self._shape)

    def _shut(self, time_s: float) -> None:
        often_sparse = self._sparse >= max(1.0, SPARSE_SHARE * self._sparse_samples)
        busy = often_sparse | ((self._count >= CHANGES) & (self._last - self._first >= SPREAD_S))
        self._slots.append((self._start_s, time_s, busy))
        often = np.sum([grid for _, _, grid in self._slots], axis=0)
        self.grid = pictures.filled(often >= max(BUSY_LEAST, BUSY_SHARE * len(self._slots)))
        self._open(time_s)

    def around(self, time_s: float) -> Grid:
        """Cells that were busy both up to a moment in the past and in the seconds after it."""
        before, after = np.zeros(self._shape, np.bool_), np.zeros(self._shape, np.bool_)
        for start_s, end_s, busy in self._slots:
            if time_s - SLOT_S < end_s and start_s <= time_s:
                before |= busy
            elif time_s < start_s < time_s + 2.5 * SLOT_S:
                after |= busy
        return pictures.filled(before & after) | self.grid
