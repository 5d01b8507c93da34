"""The columns of monospaced text, found in the picture itself.

Readers drop spaces (`returntokens`, `def__init__`) and cannot see how many there were. In a monospaced font every
character has a cell of the same width, so the picture tells: the widths and the offset of the cells are those at
which the lines between them cross the least ink, and an empty cell is a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.models import Box
from pipeline.pictures import Grey

INK = 0.4
"""Share of a line's greatest contrast from which on a pixel is ink."""
MARGIN = 0.16
"""Share of a cell on either side that does not count: neighbours reach into it."""
REACH = 0.06
"""How far, in shares, the width of a character may lie from the one that the boxes suggest."""

Ink = npt.NDArray[np.bool_]
"""Per column of the region, whether a line has ink there."""


@dataclass(frozen=True)
class Grid:
    """Cells of `pitch` pixels, the first beginning at `offset`; both in the region's own columns."""

    pitch: float
    offset: float

    def taken(self, ink: Ink) -> list[int]:
        """Indices of the cells with ink, from the left."""
        count = int((len(ink) - self.offset) / self.pitch) + 1
        cells = []
        for index in range(-1, count):
            begin = self.offset + (index + MARGIN) * self.pitch
            end = self.offset + (index + 1 - MARGIN) * self.pitch
            if ink[max(0, round(begin)) : max(0, round(end))].any():
                cells.append(index)
        return cells


def ink_of(grey: Grey, box: Box, left: int, right: int) -> Ink:
    """Columns `[left, right)` of a line of text in which there is ink."""
    strip = grey[box.y0 : box.y1, left:right].astype(np.int16)
    away = np.abs(strip - np.median(strip))
    return np.asarray((away > max(24.0, INK * float(away.max(initial=0)))).any(0), np.bool_)


def fit(inks: Sequence[Ink], width: float) -> Grid:
    """The grid whose lines cross the least ink, near a `width` in pixels that the boxes suggest."""
    crossed = np.sum(inks, axis=0).astype(np.float64)
    # Strokes are soft at their sides: a line may not pass close by either.
    crossed += 0.5 * (np.roll(crossed, 1) + np.roll(crossed, -1))
    best = (np.inf, width, 0.0)
    for pitch in width * np.arange(1 - REACH, 1 + REACH + 1e-9, 0.0025):
        lines = np.arange(0, (len(crossed) - 1) / pitch)
        for offset in np.arange(0, pitch, max(0.5, pitch / 24)):
            places = np.rint(offset + lines * pitch).astype(np.int64)
            places = places[places < len(crossed)]
            cost = float(crossed[places].mean())
            if cost < best[0] - 1e-9:
                best = (cost, float(pitch), float(offset))
    return Grid(best[1], best[2])


def spaced(text: str, cells: Sequence[int], first: int) -> str | None:
    """The text with its characters put into the cells, from column `first` on; None if they do not match."""
    letters = [letter for letter in text if not letter.isspace()]
    if len(letters) != len(cells) or not letters or cells[0] < first:
        return None
    line = [" "] * (cells[-1] - first + 1)
    for letter, cell in zip(letters, cells, strict=True):
        line[cell - first] = letter
    return "".join(line)
