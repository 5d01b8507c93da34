"""The tracker on samples drawn by hand: what ends a screen and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.pictures import Grey, View
from pipeline.tracker import Tracker

Draw = Callable[[ImageDraw.ImageDraw, float], None]
STEP_S = 0.2


def text(pen: ImageDraw.ImageDraw, words: str, x: int, y: int) -> None:
    pen.text((x, y), words, 20, ImageFont.load_default(16))


def watch(duration_s: float, *draws: Draw, step_s: float = STEP_S) -> Tracker:
    """Run a tracker over pictures drawn for each moment."""
    tracker = Tracker()
    for number in range(round(duration_s / step_s)):
        tracker.see(number * step_s, picture(number * step_s, draws))
    tracker.finish(duration_s)
    return tracker


def picture(time_s: float, draws: Iterable[Draw]) -> Grey:
    image = Image.new("L", (640, 360), 250)
    pen = ImageDraw.Draw(image)
    for draw in draws:
        draw(pen, time_s)
    return np.asarray(image)


def starts(tracker: Tracker) -> list[float]:
    return [round(one.start_s, 1) for one in tracker.stretches]


def two_slides(pen: ImageDraw.ImageDraw, time_s: float) -> None:
    words = "the first slide of the talk" if time_s < 10 else "another one follows here"
    for row in range(4):
        text(pen, words, 40, 40 + 40 * row)


def inset(pen: ImageDraw.ImageDraw, time_s: float) -> None:
    """Something round that sways in a box with a frame."""
    pen.rectangle((500, 250, 620, 340), fill=90)
    x, y = 560 + 18 * np.sin(2.1 * time_s), 295 + 9 * np.sin(3.3 * time_s)
    pen.ellipse((x - 25, y - 30, x + 25, y + 30), fill=190)
    pen.ellipse((x - 8, y + 10, x + 8, y + 12 + 8 * abs(np.sin(9 * time_s))), fill=30)


def test_a_slide_that_replaces_another_is_a_screen() -> None:
    assert starts(watch(20, two_slides)) == [0.0, 10.0]


def test_a_slide_building_up_is_one_screen_with_its_last_state() -> None:
    def bullets(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        for row in range(1 + int(time_s // 3)):
            text(pen, f"bullet number {row}", 40, 40 + 40 * row)

    tracker = watch(18, bullets)
    assert starts(tracker) == [0.0]
    assert tracker.stretches[0].frame_s > 15.5


def test_the_frame_is_taken_before_the_change() -> None:
    first = watch(20, two_slides).stretches[0]
    assert 9.0 <= first.frame_s < 10.0
    assert first.end_s == watch(20, two_slides).stretches[1].start_s


def test_an_inset_that_sways_is_passed_over() -> None:
    assert starts(watch(90, lambda pen, t: two_slides(pen, t / 4), inset)) == [0.0, 40.0]


def test_a_number_that_changes_is_a_new_screen() -> None:
    def number(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        text(pen, "the loss is now", 40, 40)
        text(pen, "3.21" if time_s < 8 else "1.87", 40, 80)

    assert starts(watch(16, number)) == [0.0, 8.0]


def test_a_cursor_that_rests_and_moves_over_text_is_passed_over() -> None:
    def cursor(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        leg, part = divmod(time_s / 4, 1.0)
        x = 60 + 90 * (leg + max(0.0, (part - 0.6) / 0.4))
        pen.polygon([(x, 48), (x, 60), (x + 8, 56)], fill=0, outline=255)

    assert starts(watch(20, lambda pen, t: two_slides(pen, 0), cursor)) == [0.0]


def test_a_caret_that_blinks_is_passed_over() -> None:
    def caret(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        if time_s % 1.0 < 0.5:
            pen.line((300, 40, 300, 58), fill=0, width=2)

    assert starts(watch(20, lambda pen, t: two_slides(pen, 0), caret)) == [0.0]


def test_a_blank_start_is_no_screen() -> None:
    def late(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        if time_s >= 5:
            two_slides(pen, 0)

    assert starts(watch(12, late)) == [5.0]


def test_what_is_shown_for_less_than_a_second_is_no_screen() -> None:
    def flash(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        two_slides(pen, 11 if 6.0 <= time_s < 6.6 else 0)

    assert starts(watch(12, flash)) == [0.0]


def test_rare_samples_find_the_change_too() -> None:
    assert starts(watch(40, lambda pen, t: two_slides(pen, t / 2), step_s=4.0)) == [0.0, 20.0]


def test_a_change_of_picture_size_begins_a_new_screen() -> None:
    tracker = Tracker()
    for number in range(20):
        size = (640, 360) if number < 10 else (480, 360)
        image = Image.new("L", size, 250)
        text(ImageDraw.Draw(image), "a line of text", 40, 40)
        tracker.see(number * 0.5, np.asarray(image))
    tracker.finish(10.0)
    assert starts(tracker) == [0.0, 5.0]


def test_an_empty_video_has_no_screen() -> None:
    tracker = Tracker()
    assert tracker.finish(0.0) == []
    assert tracker.stretches == []


def test_letters_taken_in_by_halves_are_not_lost_when_the_other_half_comes() -> None:
    """Typed letters cross the borders of cells, whose two sides come to rest at different times."""

    def code(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        typed = ("def pair_counts(ids): counts = {} " * 4)[: int(time_s * 8)]
        for row in range(0, len(typed), 34):
            line = typed[row : row + 34]
            for column, letter in enumerate(line):
                pen.text((40 + column * 8.4, 40 + 26 * (row // 34)), letter, 20, ImageFont.load_default(16))
        pen.line((40 + len(typed) % 34 * 8.4, 40, 40 + len(typed) % 34 * 8.4, 58), fill=0, width=2)

    assert starts(watch(20, code)) == [0.0]


def test_edges_that_no_picture_had_are_not_missed() -> None:
    tracker = Tracker()
    blank, letter = np.full((16, 16), 250, np.uint8), np.full((16, 16), 250, np.uint8)
    letter[4:12, 4:12] = 20
    left = np.zeros((2, 2), np.bool_)
    left[:, 0] = True
    merged = tracker._merge(View.of(blank), View.of(letter), left)
    assert merged.edges[:, :8].any()
    assert not merged.edges[:, 8:].any()


def test_a_line_that_gives_way_to_one_further_in_is_a_new_screen_although_the_mouse_moves() -> None:
    def code(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        text(pen, "for pair in zip(ids, ids[1:]):", 40, 40)
        if time_s < 8:
            text(pen, "i = 0", 40, 80)
        else:
            text(pen, "counts[pair] = counts.get(pair, 0) + 1", 120, 80)
        x = 300 + 20 * time_s
        pen.polygon([(x, 248), (x, 260), (x + 8, 256)], fill=0, outline=255)

    assert starts(watch(16, code)) == [0.0, 8.0]


def test_numbers_that_change_are_seen_by_samples_a_second_apart() -> None:
    def number(pen: ImageDraw.ImageDraw, time_s: float) -> None:
        text(pen, "the loss is now", 40, 40)
        text(pen, ("3.21", "1.87", "0.64", "0.35", "0.12")[int(time_s // 5)], 40, 80)

    assert starts(watch(25, number, step_s=1.0)) == [0.0, 5.0, 10.0, 15.0, 20.0]
