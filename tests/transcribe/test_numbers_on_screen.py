"""A number that was heard in two pieces is joined only where the screen agrees."""

from __future__ import annotations

import pytest

from pipeline.models import Box, OcrLine, Screen, ScreenKind, Word
from pipeline.numbers_on_screen import join_numbers


def _words(text: str, pause_s: float = 0.0) -> list[Word]:
    return [
        Word(text=word, start_s=n * (0.5 + pause_s), end_s=n * (0.5 + pause_s) + 0.5, probability=1 - n / 10)
        for n, word in enumerate(text.split())
    ]


def _screen(text: str, start_s: float = 0.0) -> Screen:
    box = Box(x0=0, y0=0, x1=100, y1=20)
    return Screen(
        id="f0001", start_s=start_s, end_s=start_s + 10, frame=None, frame_s=start_s, width=1280, height=720,
        kind=ScreenKind.SLIDE, lines=(OcrLine(text=text, box=box, confidence=0.9),),
    )  # fmt: skip


def _text(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize(
    ("heard", "shown", "written"),
    [
        ("the number 600, and 77 can", "677 is one piece, 6 77 are two", "the number 677 can"),
        ("the 600 and 77.", "677", "the 677."),
        ("that makes 50,200 and 57, so", "50,257 tokens", "that makes 50,257, so"),
    ],
)
def test_sound_and_screen_agree(heard: str, shown: str, written: str) -> None:
    words = join_numbers(_words(heard), [_screen(shown)], "en")
    assert _text(words) == written
    joined = next(word for word in words if word.text.strip(".,").replace(",", "").isdigit())
    assert joined.end_s - joined.start_s == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        ("600 and 77", "600 of these, 77 of those, 677 in all"),  # the screen has 600 as well
        ("600 and 77", "no number here"),
        ("650 and 77", "727 in all"),  # nobody says 727 so
        ("600 or 77", "677"),
        ("600 and 770", "1370"),
    ],
)
def test_otherwise_the_words_stay(heard: str, shown: str) -> None:
    assert _text(join_numbers(_words(heard), [_screen(shown)], "en")) == heard


def test_far_screens_pauses_and_other_languages_join_nothing() -> None:
    heard = "600 and 77"
    assert _text(join_numbers(_words(heard), [_screen("677", start_s=100.0)], "en")) == heard
    assert _text(join_numbers(_words(heard, pause_s=1.0), [_screen("677")], "en")) == heard
    assert _text(join_numbers(_words(heard), [_screen("677")], "de")) == heard
    assert join_numbers([], [], "en") == []
