"""From samples of a video to its screens: what stood still, since when, and when it was replaced.

A cell of the picture is *settled* once it has not changed for a while: a second at first, longer the longer it
has been moving, so that a talking head that rests for a moment, a blinking caret or a film stays unknown. The
*reference* holds the settled cells of the current screen. Settled cells that differ from it are either
growth, which it takes in, or a loss, which ends the screen (see `pipeline.pictures` for the rule).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline import pictures
from pipeline.pictures import Change, Grey, Grid, Stretch, View
from pipeline.restless import Restless

SETTLE_S = 1.0
"""Seconds without change until a cell that seldom moves counts."""
SETTLE_MOST_S = 30.0
"""The same for a cell that has been moving for a minute."""
AGE_S = 3.0
"""Seconds that a small thing must have stood for its replacement to count; younger ones are typing."""
LARGE = 30
"""Lost cells from which on even what stood for less than `AGE_S` counts: half a line of text."""
CONFIRM_S = 45.0
"""Seconds after which a cut is checked against what has turned out to move all the time."""
STRONG = 8
"""Pixels of strokes that must have changed in one spot for it to be a number: most of a digit."""
MOUSE_S = 10.0
"""Seconds before a change in which the cursor may have been seen somewhere else."""
NEAR_S = 0.35
"""Changes within so many seconds of another belong to the same act, such as moving the mouse."""
LINE_CELLS = 4
"""Cells along a line over which strokes must have gone for the line to be another: wider than a caret."""
MOVING_S = 0.8
"""Seconds of motion, and at most so many since the last, that make a part of the picture one that moves."""
FLAT_SHARE = 0.5
"""Share of the picture that must change colour for a change without strokes to count."""


@dataclass
class _Current:
    """The screen being shown."""

    start_s: float
    reference: View
    known: Grid
    since: npt.NDArray[np.float64]
    """Per cell, since when its content stands, in seconds."""
    grown_s: float
    """When content was last added."""


class Tracker:
    """Takes samples in order, tells where screens change, and holds the screens found.

    `see` returns the moments, in the past, at which a screen began; `finish` ends the last one. `stretches`
    then has every screen that had content. The work per sample is the same throughout; what is kept grows
    by one small picture a screen.
    """

    def __init__(self, settle_s: float = SETTLE_S) -> None:
        self.stretches: list[Stretch] = []
        self._settle_s = settle_s
        self._time_s = 0.0
        self._view: View | None = None
        self._current: _Current | None = None
        self._recent: deque[tuple[float, Grid, Grid]] = deque(maxlen=150)
        self._pending: deque[tuple[float, Grid, float]] = deque()
        self._seen: deque[tuple[float, View]] = deque(maxlen=16)

    # -------------------------------------------------------------------------------------------- samples

    def see(self, time_s: float, grey: Grey) -> list[float]:
        """Take the sample shown at `time_s`; returns the starts of screens that are certain by now."""
        view = View.of(grey)
        if self._view is None or self._view.grey.shape != grey.shape:
            self._begin(time_s, view)
            return []
        change = Change.between(self._view, view)
        self._note_motion(time_s, change)
        self._view, self._time_s = view, time_s
        self._seen.append((time_s, view))
        self._judge(time_s, view)
        return self._confirmed(time_s)

    def finish(self, end_s: float) -> list[float]:
        """The video ends: close the screen being shown."""
        if self._view is None or self._current is None:
            return []
        # What is on at the end has no time left to settle: whatever stands still now, stands.
        self._judge(end_s + self._settle_s, self._view)
        self._close(end_s, max(self._current.start_s, min(self._time_s, end_s)))
        return self._confirmed(float("inf"))

    def _begin(self, time_s: float, view: View) -> None:
        if self._current is not None:
            self._close(time_s, self._time_s)
        rows, columns = view.content.shape
        self._view, self._time_s = view, time_s
        self._last_change = np.full((rows, columns), time_s)
        self._run_start = np.full((rows, columns), time_s)
        self._old_s = np.full((rows, columns), time_s)
        self._activity = np.zeros((rows, columns))
        self._restless = Restless((rows, columns), time_s)
        self._known_shape = (rows, columns)
        self._recent.clear()
        self._seen.clear()
        self._current = self._fresh(time_s, view, np.zeros((rows, columns), np.bool_))

    def _fresh(self, start_s: float, view: View, known: Grid) -> _Current:
        return _Current(start_s, view, known, np.full(known.shape, start_s), start_s)

    def _note_motion(self, time_s: float, change: Change) -> None:
        changed = change.changed
        elapsed = time_s - self._time_s
        self._restless.note(time_s, changed)
        self._recent.append((time_s, changed, change.lost))
        was_settled = self._time_s - self._last_change >= self._needed()
        fresh = changed & was_settled
        self._run_start[fresh] = time_s
        self._old_s[fresh] = self._time_s
        self._last_change[changed] = time_s
        self._activity[changed] += min(elapsed, 1.0)
        self._activity[~changed] -= 0.2 * elapsed
        np.clip(self._activity, 0.0, 60.0, out=self._activity)

    def _needed(self) -> npt.NDArray[np.float64]:
        return np.clip(0.5 * self._activity, self._settle_s, SETTLE_MOST_S)

    # ----------------------------------------------------------------------------------------- judgement

    def _judge(self, time_s: float, view: View) -> None:
        current = self._current
        assert current is not None
        settled = (
            (time_s - self._last_change >= self._needed()) & ~self._restless.grid & ~self._in_motion(time_s)
        )
        if self._all_is_moving(current, time_s):
            self._replace(self._moving_since(current), view, np.zeros_like(settled))
            return
        if (current.reference.content & current.known).sum() <= 2:
            self._from_blank(view, settled)
            return
        change = Change.between(current.reference, view)
        both = settled & current.known
        lost = change.lost & both
        if self._is_cut(current, change, lost, both):
            cells = lost if lost.any() else change.changed & both
            self._replace(self._moment(cells), view, settled, cells)
        else:
            # What is small and replaced may yet turn out to be meant: the reference waits for it.
            self._grow(current, view, settled & ~(change.replaced & lost), change)

    def _in_motion(self, time_s: float) -> Grid:
        """What moves right now, as rectangles: spots that rest within a film or a face belong to it."""
        goes_on = (self._last_change - self._run_start >= MOVING_S) & (time_s - self._last_change <= MOVING_S)
        return pictures.filled(goes_on)

    def _all_is_moving(self, current: _Current, time_s: float) -> bool:
        """Most of what was there has been in motion for a while: a film or a camera took over."""
        content = current.reference.content & current.known
        moving = content & (self._last_change > self._run_start + 2.5) & (time_s - self._last_change < 1.0)
        return bool(content.sum() > 2 and moving.sum() > 0.6 * content.sum())

    def _moving_since(self, current: _Current) -> float:
        content = current.reference.content & current.known
        return float(np.median(self._run_start[content]))

    def _is_cut(self, current: _Current, change: Change, lost: Grid, both: Grid) -> bool:
        if (change.changed & both).sum() > FLAT_SHARE * both.size:
            return True
        if not lost.any():
            return False
        old = np.median(self._old_s[lost] - current.since[lost]) >= AGE_S
        if pictures.is_weighty(lost):
            return bool(old or lost.sum() >= LARGE)
        return bool(old and (_is_another_line(change, lost, both) or self._is_meant(change, lost)))

    def _is_meant(self, change: Change, lost: Grid) -> bool:
        """A number or a word was replaced by another, and it was not the cursor.

        The cursor, too, replaces what it moves over. But then another place changes at the same time; and
        it is not seen to leave other places both before and after.
        """
        replaced = change.replaced & lost
        spots = [spot.within(replaced) for spot in pictures.blobs(replaced)]
        # Letters typed beside others leave faint traces all over a line; a number is one strong spot or two.
        strong = [here for here in spots if change.gone[here].sum() >= STRONG]
        return any(self._is_no_cursor(here, strict=len(strong) > 2) for here in strong)

    def _is_no_cursor(self, here: Grid, strict: bool) -> bool:
        # A number that grows longer spreads along its line.
        elsewhere = ~pictures.widened(here, 1) & ~here.any(1, keepdims=True) & ~self._restless.grid
        begin_s = float(self._old_s[here].min())
        end_s = float(self._last_change[here].max())
        alone, left_before, left_after = not strict, False, False
        for time_s, changed, gone in self._recent:
            if begin_s - NEAR_S < time_s < end_s + NEAR_S:
                alone = alone and not (changed & elsewhere).any()
            elif begin_s - MOUSE_S < time_s <= begin_s:
                left_before = left_before or int((gone & elsewhere).sum()) >= 2
            elif time_s > end_s:
                left_after = left_after or int((gone & elsewhere).sum()) >= 2
        return alone or (left_before and left_after and int(here.sum()) >= 3)

    def _from_blank(self, view: View, settled: Grid) -> None:
        """Nothing is shown yet: the screen starts when something is."""
        current = self._current
        assert current is not None
        # Strokes reach a pixel into cells beside them that did not change.
        content = view.content & ~pictures.widened(~settled & ~self._restless.grid, 1) & settled
        if content.sum() <= 2:
            current.known |= settled
            current.reference = self._merge(current.reference, view, settled)
            return
        start_s = self._moment(content)
        if start_s > current.start_s + 1e-6:
            self._replace(start_s, view, settled, content)
        else:
            self._current = self._fresh(current.start_s, view, settled.copy())

    def _moment(self, cells: Grid) -> float:
        """When these cells changed: the middle of their transition."""
        last = self._last_change[cells]
        first = np.maximum(self._run_start[cells], last - 2.0)
        return float(np.median((first + last) / 2))

    def _grow(self, current: _Current, view: View, settled: Grid, change: Change) -> None:
        new = settled & (change.changed | ~current.known)
        if (new & view.content).any():
            current.grown_s = float(self._last_change[new].max())
        current.since[new] = self._last_change[new]
        current.reference = self._merge(current.reference, view, settled)
        current.known |= settled

    def _merge(self, reference: View, view: View, cells: Grid) -> View:
        if cells.all():
            return view
        height, width = view.grey.shape
        wide = np.repeat(np.repeat(cells, pictures.CELL, 0), pictures.CELL, 1)[:height, :width]
        merged = View.of(np.where(wide, view.grey, reference.grey))
        # Along the seam, where a letter's other half is not taken in yet, there is an edge that no picture had: it
        # would be missed as soon as the other half comes.
        true = np.where(wide, view.edges, reference.edges)
        return View(merged.grey, merged.contrast, merged.edges & true)

    # --------------------------------------------------------------------------------------------- screens

    def _replace(self, start_s: float, view: View, settled: Grid, cells: Grid | None = None) -> None:
        """End the current screen at `start_s`, when `cells` changed (None: all), and begin the next one."""
        current = self._current
        assert current is not None
        start_s = max(start_s, current.start_s)
        seen = self._old_s[cells] if cells is not None else self._old_s[current.known]
        best_s = float(np.percentile(seen, 10)) if seen.size else start_s
        # What was added last had no time to settle, but belongs to the completed state.
        if last := [seen_view for time_s, seen_view in self._seen if current.start_s < time_s <= best_s]:
            current.reference = self._merge(current.reference, last[-1], ~self._restless.grid)
        self._close(start_s, min(max(best_s, current.start_s), start_s))
        self._current = self._fresh(start_s, view, settled.copy())
        where = cells if cells is not None else np.ones_like(settled)
        self._pending.append((start_s, where, self._time_s))

    def _confirmed(self, time_s: float) -> list[float]:
        """Cuts old enough to be told; those that an inset explains are taken back."""
        told = []
        while self._pending and self._pending[0][2] <= time_s - CONFIRM_S:
            start_s, cells, _ = self._pending.popleft()
            calm = cells & ~self._restless.around(start_s) if cells.shape == self._known_shape else cells
            if calm.sum() < 0.15 * cells.sum() or not calm.any():
                self._take_back(start_s)
            else:
                told.append(start_s)
        return told

    def _take_back(self, start_s: float) -> None:
        """Join the screen that starts here to the one that ends here."""
        ends = [index for index, one in enumerate(self.stretches) if one.end_s == start_s]
        current = self._current
        if not ends:
            return
        before = self.stretches[ends[-1]]
        if ends[-1] + 1 < len(self.stretches):
            after = self.stretches.pop(ends[-1] + 1)
            self.stretches[ends[-1]] = replace(after, start_s=before.start_s)
        elif current is not None and current.start_s == start_s:
            self.stretches.pop(ends[-1])
            current.start_s = before.start_s

    def _close(self, end_s: float, frame_s: float) -> None:
        current = self._current
        assert current is not None
        content = current.reference.content & current.known
        moving = pictures.filled(self._activity >= 2.0) | self._restless.grid
        if end_s <= current.start_s or (content.sum() <= 2 and moving.mean() < 0.3):
            return
        self.stretches.append(
            Stretch(
                start_s=current.start_s,
                end_s=end_s,
                frame_s=frame_s,
                picture=pictures.to_png(current.reference.grey),
                known=pictures.pack(current.known & ~self._restless.grid),
                moving_share=float(moving.mean()),
            )
        )


def _is_another_line(change: Change, lost: Grid, both: Grid) -> bool:
    """A line of text gave way to another, which may stand further in or out and so replace few strokes."""
    for blob in pictures.blobs(pictures.joined(change.changed & both, 2 * LINE_CELLS)):
        gone = blob.within(lost)
        columns = np.flatnonzero(gone.any(0))
        if blob.x1 - blob.x0 > 2 * pictures.CURSOR_CELLS and columns.size:
            wide = columns[-1] - columns[0] + 1
            if wide >= LINE_CELLS and change.gone[gone].sum() >= 3 * STRONG:
                return True
    return False
