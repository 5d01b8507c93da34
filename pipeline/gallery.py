"""The distinct screens met so far, and whether a new one is among them.

A screen that returns is the same as its first showing if nothing but the cursor differs where both stood still.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import pictures
from pipeline.models import Screen
from pipeline.pictures import Change, Grid, Stretch, View

UNLIKE = 24
"""Cells with strokes in only one of two pictures, from which on they need not be compared closely."""


@dataclass(frozen=True)
class _Shown:
    """A distinct screen and what it is compared by; the grids are small, the picture stays packed."""

    screen: Screen
    picture: bytes
    known: Grid
    content: Grid


class Gallery:
    """The distinct screens so far."""

    def __init__(self) -> None:
        self._shown: list[_Shown] = []

    def find(self, stretch: Stretch) -> Screen | None:
        """The screen that this stretch shows again, the latest if several would do."""
        view = View.of(pictures.from_png(stretch.picture))
        content = view.content
        known = pictures.unpack(stretch.known, content.shape)
        for shown in reversed(self._shown):
            if shown.content.shape != content.shape:
                continue
            both = known & shown.known
            if both.mean() < 0.5 or ((content ^ shown.content) & both).sum() > UNLIKE:
                continue
            if same_content(view, View.of(pictures.from_png(shown.picture)), both):
                return shown.screen
        return None

    def add(self, screen: Screen, stretch: Stretch) -> None:
        """Remember a screen shown for the first time."""
        content = View.of(pictures.from_png(stretch.picture)).content
        known = pictures.unpack(stretch.known, content.shape)
        self._shown.append(_Shown(screen, stretch.picture, known, content))


def same_content(view: View, other: View, both: Grid) -> bool:
    """Whether two pictures show the same where both are known, the cursor aside."""
    change = Change.between(view, other)
    back = Change.between(other, view)
    differing = (change.changed | back.changed) & both
    if not differing.any():
        return True
    spots = pictures.blobs(differing)
    if any(pictures.is_larger_than_cursor(blob) for blob in spots) or len(spots) > 2:
        return False
    # Strokes that became other strokes are a number that changed, not the cursor that moved.
    return not ((change.replaced & back.replaced) & both).any()
