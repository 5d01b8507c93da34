"""What kind of thing a screen is: a slide, code, a person, or something else.

Explained, so that it can be argued with:

- What was drawn by a computer has large areas of exactly one colour; a camera's picture has grain. `flatness`
  is the share of pixels that equal both their right and their lower neighbour, within 2 levels.
- A *person* is a picture with hardly any text of which a good part moves, and most of it where the rest is flat.
  It gives no figure.
- *Code* is a screen with at least three lines of code that hold a third of its characters.
- A *slide* is a flat picture with text (or, unread, with strokes); *other* is the rest: photographs, diagrams
  without text, films.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.interfaces import Pixels
from pipeline.models import OcrLine, ScreenKind

FLAT = 0.5
"""Flatness from which on a picture was drawn by a computer."""
MOVING = 0.12
"""Share of the picture that moves where a person fills it; insets are smaller, or the rest is flat."""
MOSTLY_MOVING = 0.4
"""Share from which on it is a person or a film, be the rest as flat as it may: walls and blurred rooms are."""
FEW_CHARACTERS = 40


def flatness(pixels: Pixels) -> float:
    """Share of pixels, in [0, 1], whose right and lower neighbours have the same colour within 2 levels."""
    small = pixels[::2, ::2].astype(np.int16)
    right = np.abs(small[:-1, 1:] - small[:-1, :-1]).max(-1) <= 2
    below = np.abs(small[1:, :-1] - small[:-1, :-1]).max(-1) <= 2
    return float((right & below).mean())


def kind_of(pixels: Pixels, lines: Sequence[OcrLine], moving_share: float, *, was_read: bool) -> ScreenKind:
    """Judge a screen by its picture, its text (where `was_read`) and how much of it moved."""
    flat = flatness(pixels)
    characters = sum(len(line.text.strip()) for line in lines)
    # Unread, a noisy slide looks the same as a blurred room, and a slide must not be lost.
    moves = moving_share > (MOVING if flat < FLAT else MOSTLY_MOVING if was_read else 1.0)
    if moves and characters < FEW_CHARACTERS:
        return ScreenKind.PERSON
    code = [line for line in lines if line.is_code]
    if len(code) >= 3 and 3 * sum(len(line.text.strip()) for line in code) >= characters:
        return ScreenKind.CODE
    if flat >= FLAT and (characters >= 3 or not was_read):
        return ScreenKind.SLIDE
    if characters >= FEW_CHARACTERS:
        return ScreenKind.SLIDE
    return ScreenKind.OTHER
