"""Spaces restored from the picture of monospaced text."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline import code_grid
from pipeline.code_layout import Piece, lay_out
from pipeline.models import Box

LINES = ("def f(a, b):", "    return a  # both", "x = f(1, 22)", "print(x, x * 2, 33)")


def drawn(pitch: float, dark: bool, seen: tuple[int, ...] = ()) -> tuple[np.ndarray, list[Piece]]:
    """Each character in its own cell, and what a reader makes of it that sees the spaces of some rows only."""
    paper, ink = (30, 220) if dark else (250, 20)
    image = Image.new("L", (900, 260), paper)
    pen, face = ImageDraw.Draw(image), ImageFont.load_default(round(pitch * 1.4))
    pieces = []
    for row, line in enumerate(LINES):
        y = 20 + 50 * row
        for column, letter in enumerate(line):
            wide = pen.textlength(letter, face)
            pen.text((40 + column * pitch + (pitch - wide) / 2, y), letter, ink, face)
        indent = len(line) - len(line.lstrip())
        box = Box(x0=round(40 + indent * pitch), y0=y - 2, x1=round(40 + len(line) * pitch), y1=y + 40)
        text = line.strip() if row in seen else line.replace(" ", "")
        pieces.append(Piece(text, box, 0.99))
    return np.asarray(image), pieces


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("pitch", [11.0, 13.4, 18.0])
def test_spaces_come_back(pitch: float, dark: bool) -> None:
    grey, pieces = drawn(pitch, dark)
    left, right = 30, 700
    inks = [code_grid.ink_of(grey, piece.box, left, right) for piece in pieces]
    grid = code_grid.fit(inks, pitch * 1.03)
    assert grid.pitch == pytest.approx(pitch, rel=0.02)
    cells = [grid.taken(ink) for ink in inks]
    first = min(taken[0] for taken in cells)
    assert (
        tuple(code_grid.spaced(p.text, taken, first) for p, taken in zip(pieces, cells, strict=True)) == LINES
    )


def test_the_layout_uses_the_picture() -> None:
    grey, pieces = drawn(13.4, dark=False, seen=(1, 2))
    assert tuple(line.text for line in lay_out(pieces, grey)) == LINES


def test_a_text_that_does_not_fit_its_cells_is_left_alone() -> None:
    assert code_grid.spaced("abc", [0, 1], 0) is None
    assert code_grid.spaced("", [], 0) is None
    assert code_grid.spaced("a b", [2, 5], 0) == "  a  b"
