"""Comparing two pictures of a screen: what changed, what was added, and what is gone.

Pictures here are small and grey: `(height, width)` uint8, `WIDTH` pixels wide at the most, brightness only.
They are judged in cells of `CELL`×`CELL` pixels; a grid is a boolean `(rows, columns)` array of cells.

The rule all of it serves: **a screen lasts while its content only grows.** A slide building up and code being
typed are one screen, and its last state shows everything; when something that was there is replaced or
goes, that state has to be kept and a new screen begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Grid = npt.NDArray[np.bool_]

WIDTH = 640
"""Pixels that a picture is scaled down to. A digit of 20-pixel text in a 1280-pixel frame is 5 × 7 here."""
CELL = 8
STEP = 22
"""Levels of brightness by which a pixel of a flat region must differ to have changed (noise stays below 12)."""
EDGE_STEP = 0.3
"""Near edges codecs err in proportion to the contrast: this share of the local range comes on top."""
EDGE = 32
"""Levels between the brightest and the darkest of 3×3 pixels that make an edge."""


def shrink(grey: Grey, width: int = WIDTH) -> Grey:
    """The picture at most `width` pixels wide, each pixel the mean of those it stands for."""
    height, wide = grey.shape
    if wide <= width:
        return grey
    size = (width, max(CELL, round(height * width / wide)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def grid_of(mask: npt.NDArray[np.uint8], at_least: int = 1) -> Grid:
    """Cells in which at least so many pixels of a 0/1 mask are set."""
    return count_in_cells(mask) >= at_least


def count_in_cells(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """How many pixels of a 0/1 mask are set in each cell; cells at the rim may be cut off."""
    rows, columns = -(-mask.shape[0] // CELL), -(-mask.shape[1] // CELL)
    beyond = (0, rows * CELL - mask.shape[0], 0, columns * CELL - mask.shape[1])
    if any(beyond):
        mask = np.asarray(cv2.copyMakeBorder(mask, *beyond, cv2.BORDER_CONSTANT, value=0), np.uint8)
    # The mean over whole cells, in steps finer than one pixel: several times faster than summing.
    mean = cv2.resize(mask * np.uint8(255), (columns, rows), interpolation=cv2.INTER_AREA)
    counts: npt.NDArray[np.uint16] = np.rint(mean.astype(np.float32) * (CELL * CELL / 255)).astype(np.uint16)
    return counts


_NEAR = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class View:
    """A picture with what is computed from it once."""

    grey: Grey
    contrast: Grey
    """Per pixel, the range of brightness among its 3×3 neighbours."""
    edges: npt.NDArray[np.uint8]
    """0/1: where strokes of text and outlines are."""

    @classmethod
    def of(cls, grey: Grey) -> View:
        contrast = cv2.subtract(cv2.dilate(grey, _NEAR), cv2.erode(grey, _NEAR))
        return cls(grey, np.asarray(contrast, np.uint8), (contrast >= EDGE).astype(np.uint8))

    @property
    def content(self) -> Grid:
        """Cells with something in them."""
        return grid_of(self.edges, 3)


def changed_pixels(before: View, after: View) -> npt.NDArray[np.uint8]:
    """0/1: pixels that differ by more than noise and re-encoding explain."""
    difference = cv2.absdiff(before.grey, after.grey)
    allowed = cv2.addWeighted(cv2.min(before.contrast, after.contrast), EDGE_STEP, before.contrast, 0.0, STEP)
    return np.asarray(cv2.compare(difference, allowed, cv2.CMP_GT), np.uint8) & np.uint8(1)


OUTLINE_PIXELS = 24
"""Pixels of edges in a cell that a straight line through it has at most; letters have more."""
OUTLINE_STAYS = 0.8


@dataclass(frozen=True)
class Change:
    """How a later picture differs from an earlier one."""

    changed: Grid
    lost: Grid
    """Cells whose strokes are, in good part, no longer there."""
    added: Grid
    """Cells that changed without losing anything."""
    replaced: Grid
    """Lost cells in which other strokes stand now."""
    gone: npt.NDArray[np.uint16]
    """Per cell, how many pixels of strokes changed."""

    @classmethod
    def between(cls, before: View, after: View) -> Change:
        mask = changed_pixels(before, after)
        changed = grid_of(mask, 2)
        strokes = count_in_cells(before.edges)
        gone = count_in_cells(mask & before.edges)
        lost = changed & (gone >= 2) & (gone >= 0.3 * strokes)
        # A film darkens along the frame around it: the frame is there as before.
        stays = count_in_cells(before.edges & after.edges) >= OUTLINE_STAYS * strokes
        lost &= ~(stays & (strokes <= OUTLINE_PIXELS))
        return cls(changed, lost, changed & ~lost, lost & grid_of(after.edges, 3), gone)


@dataclass(frozen=True)
class Blob:
    """Neighbouring cells: how many, and their rectangle in cells."""

    cells: int
    x0: int
    y0: int
    x1: int
    y1: int

    def within(self, grid: Grid) -> Grid:
        """The cells of the grid in this rectangle, alone."""
        alone = np.zeros_like(grid)
        area = (slice(self.y0, self.y1), slice(self.x0, self.x1))
        alone[area] = grid[area]
        return alone


def blobs(grid: Grid) -> list[Blob]:
    """Connected groups of cells, corners count as connected."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(grid.astype(np.uint8), connectivity=8)
    return [
        Blob(int(area), int(x), int(y), int(x + wide), int(y + tall))
        for x, y, wide, tall, area in stats[1:count].tolist()
    ]


def filled(grid: Grid, margin: int = 1) -> Grid:
    """The grid with every compact group of cells made a full rectangle, `margin` cells wider."""
    full = grid.copy()
    for blob in blobs(widened(grid, 1)):
        area = (blob.x1 - blob.x0) * (blob.y1 - blob.y0)
        if blob.cells >= 16 and blob.cells >= 0.4 * area:
            full[max(0, blob.y0 - margin) : blob.y1 + margin, max(0, blob.x0 - margin) : blob.x1 + margin] = (
                True
            )
    return full


@dataclass(frozen=True)
class Stretch:
    """A screen as it was found: what was shown from when to when, and when it is best seen."""

    start_s: float
    end_s: float
    frame_s: float
    """The moment of its completed state, before any transition."""
    picture: bytes
    """That state as a small grey PNG, to recognise it by."""
    known: bytes
    """Packed grid of the cells that stood still, hence may be compared."""
    moving_share: float
    """Share of the picture that moved throughout: a person, an inset, a film."""


def pack(grid: Grid) -> bytes:
    """A grid in few bytes; `unpack` is the way back."""
    return np.packbits(grid).tobytes()


def unpack(packed: bytes, shape: tuple[int, int]) -> Grid:
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=shape[0] * shape[1])
    return bits.reshape(shape).astype(np.bool_)


def to_png(grey: Grey) -> bytes:
    return bytes(cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 2])[1])


def from_png(picture: bytes) -> Grey:
    return np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


CURSOR_CELLS = 4
"""Cells on a side that a mouse cursor covers at most: 64 pixels of a 1280-pixel frame, to be generous."""


def is_larger_than_cursor(blob: Blob) -> bool:
    return blob.x1 - blob.x0 > CURSOR_CELLS or blob.y1 - blob.y0 > CURSOR_CELLS


def is_weighty(grid: Grid) -> bool:
    """Whether these cells are more than the cursor, here and where it was, could account for."""
    spots = blobs(grid)
    many = len(spots) > 3 and int(grid.sum()) >= 12
    return many or any(is_larger_than_cursor(blob) for blob in spots)


def joined(grid: Grid, gap: int) -> Grid:
    """The grid with gaps of up to `gap` cells along a row closed."""
    kernel = np.ones((1, gap + 1), np.uint8)
    return np.asarray(cv2.morphologyEx(grid.astype(np.uint8), cv2.MORPH_CLOSE, kernel), np.bool_)


def widened(grid: Grid, by: int) -> Grid:
    """The grid with all cells within `by` cells of a set one set."""
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return np.asarray(cv2.dilate(grid.astype(np.uint8), kernel), np.bool_)
