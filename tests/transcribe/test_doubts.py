from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.doubts import HOLE_S, Stretch, holes, loops, over_silence, trim_to_speech
from pipeline.models import Word


def _words(text: str, start_s: float = 0.0, pace_s: float = 0.4) -> list[Word]:
    return [
        Word(
            text=word,
            start_s=round(start_s + number * pace_s, 3),
            end_s=round(start_s + (number + 1) * pace_s, 3),
        )
        for number, word in enumerate(text.split())
    ]


def test_speech_without_words_is_a_hole() -> None:
    words = _words("one two three") + _words("four five", start_s=8.0)
    assert holes(words, [(0.0, 9.0)]) == [(pytest.approx(1.55), pytest.approx(7.65))]
    assert holes(words, [(0.0, 1.2), (8.0, 8.8)]) == []
    assert holes([], [(1.0, 2.9)]) == []
    assert holes([], [(1.0, 3.1)]) == [(1.0, 3.1)]


def test_a_word_stretched_over_a_hole_does_not_hide_it() -> None:
    stretched = [Word(text="including", start_s=1.0, end_s=9.0)]
    assert holes(stretched, [(1.0, 9.0)])


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 3)), max_size=20), st.floats(0, 40), st.floats(0, 20)
)
def test_holes_lie_in_speech_and_touch_no_word(
    spans: list[tuple[float, float]], start: float, length: float
) -> None:
    words = [Word(text="x", start_s=a, end_s=a + b) for a, b in sorted(spans)]
    for hole_start, hole_end in holes(words, [(start, start + length)]):
        assert hole_end - hole_start >= HOLE_S
        assert start <= hole_start < hole_end <= start + length
        assert not any(hole_start < word.start_s < hole_end for word in words)


@pytest.mark.parametrize(
    "text",
    [
        "no no no no no no no",
        "thank you " * 6,
        "and then we go " * 4,
        "so we take the next number in the list and " * 3,
    ],
)
def test_loops_are_found(text: str) -> None:
    words = _words("this is fine " + text + " and on it goes")
    (found,) = loops(words)
    said = text.split()
    assert found[0] <= words[3].start_s
    assert found[1] >= words[2 + len(said)].end_s - 0.5


@pytest.mark.parametrize(
    "text",
    [
        "no no no that is not it",
        "it is very very very good",
        "zero one zero one one zero one",
        "we merge a pair and then we merge a pair and it is done",
    ],
)
def test_ordinary_repetition_is_no_loop(text: str) -> None:
    assert loops(_words(text)) == []


def test_words_over_silence() -> None:
    words = _words("real words here") + _words("thank you for watching", start_s=20.0)
    assert over_silence(words, [(0.0, 1.2)]) == [(20.0, pytest.approx(21.6))]
    assert over_silence(words, [(0.0, 1.2), (20.0, 21.6)]) == []


def test_words_are_trimmed_to_speech() -> None:
    speech: list[Stretch] = [(1.0, 2.0), (5.0, 6.0)]
    words = [
        Word(text="a", start_s=0.2, end_s=1.5),
        Word(text="b", start_s=1.5, end_s=4.0),
        Word(text="c", start_s=4.0, end_s=5.5),
        Word(text="d", start_s=8.0, end_s=9.0),
    ]
    assert [(word.start_s, word.end_s) for word in trim_to_speech(words, speech)] == [
        (1.0, 1.5),
        (1.5, 2.0),
        (5.0, 5.5),
        (8.0, 9.0),
    ]
