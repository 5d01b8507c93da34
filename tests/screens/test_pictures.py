"""Comparing pictures: growth, loss, replacement, noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline import pictures
from pipeline.models import ScreenKind
from pipeline.pictures import Change, View
from pipeline.screen_kind import kind_of

HEIGHT, WIDE = 360, 640


def page(*texts: tuple[str, int, int], paper: int = 250, ink: int = 20) -> pictures.Grey:
    """A grey page with text at places."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (WIDE, HEIGHT), paper)
    for text, x, y in texts:
        ImageDraw.Draw(image).text((x, y), text, ink, ImageFont.load_default(16))
    return np.asarray(image)


def change(before: pictures.Grey, after: pictures.Grey) -> Change:
    return Change.between(View.of(before), View.of(after))


def test_a_line_that_is_added_loses_nothing() -> None:
    grown = change(page(("first line", 40, 40)), page(("first line", 40, 40), ("second line", 40, 80)))
    assert grown.added.any()
    assert not grown.lost.any()


@pytest.mark.parametrize(("paper", "ink"), [(250, 20), (25, 210)], ids=["light", "dark"])
def test_a_line_that_goes_is_lost(paper: int, ink: int) -> None:
    both = page(("first line", 40, 40), ("second line", 40, 80), paper=paper, ink=ink)
    gone = change(both, page(("first line", 40, 40), paper=paper, ink=ink))
    assert gone.lost.any()
    assert not gone.replaced.any()
    assert gone.lost[: 70 // pictures.CELL].sum() == 0


def test_a_number_that_changes_is_replaced() -> None:
    changed = change(page(("result: 57", 40, 40)), page(("result: 93", 40, 40)))
    assert changed.replaced.any()
    assert len(pictures.blobs(changed.changed)) == 1


def test_noise_and_a_slight_blur_change_nothing() -> None:
    clean = page(("some text here", 40, 40), ("and more of it", 40, 90))
    generator = np.random.default_rng(1)
    noisy = np.clip(clean + generator.integers(-8, 9, clean.shape), 0, 255).astype(np.uint8)
    assert not change(clean, noisy).changed.any()


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 50), st.integers(1, 90))))
@settings(max_examples=40, deadline=None)
def test_a_packed_grid_comes_back(grid: np.ndarray) -> None:
    assert (pictures.unpack(pictures.pack(grid), grid.shape) == grid).all()


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)), elements=st.integers(0, 1)))
@settings(max_examples=60, deadline=None)
def test_cells_are_counted_exactly(mask: np.ndarray) -> None:
    counted = pictures.count_in_cells(mask)
    assert counted.sum() == mask.sum()
    assert counted[0, 0] == mask[: pictures.CELL, : pictures.CELL].sum()


def test_shrinking_keeps_small_pictures_and_the_shape_of_large_ones() -> None:
    small = np.zeros((240, 320), np.uint8)
    assert pictures.shrink(small) is small
    assert pictures.shrink(np.zeros((2160, 3840), np.uint8)).shape == (360, 640)


def test_a_png_comes_back_exactly() -> None:
    grey = page(("text", 10, 10))
    assert (pictures.from_png(pictures.to_png(grey)) == grey).all()


def test_a_frame_around_a_film_is_not_lost_when_the_film_darkens() -> None:
    bright, dark = np.full((64, 64), 250, np.uint8), np.full((64, 64), 250, np.uint8)
    bright[20:50, 20:50], dark[20:50, 20:50] = 190, 60
    assert Change.between(View.of(bright), View.of(dark)).changed.any()
    assert not Change.between(View.of(bright), View.of(dark)).lost.any()


def test_what_mostly_moves_is_a_person_however_flat_the_wall_behind() -> None:
    wall = np.full((360, 640, 3), 120, np.uint8)
    assert kind_of(wall, (), 0.5, was_read=True) is ScreenKind.PERSON
    assert kind_of(wall, (), 0.05, was_read=True) is not ScreenKind.PERSON
