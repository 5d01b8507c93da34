"""What of a second hearing is taken: no word twice at the seams, none lost, nothing that was made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import Word
from pipeline.rehearing import believed, between, fresh, surety


def _words(text: str, start_s: float = 0.0, pace_s: float = 0.5, probability: float = 0.9) -> list[Word]:
    return [
        Word(
            text=word,
            start_s=round(start_s + number * pace_s, 3),
            end_s=round(start_s + (number + 1) * pace_s, 3),
            probability=probability,
        )
        for number, word in enumerate(text.split())
    ]


def _text(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


def test_a_known_word_at_the_seam_is_not_doubled() -> None:
    before = _words("install the package.", start_s=3.5)  # ends at 5.0, where the place begins
    # The aligner puts "package" half a second late, into the place.
    heard = _words("Package. It is on the web.", start_s=4.8)
    assert _text(between(heard, (5.0, 9.0), before, [])) == "It is on the web."


def test_a_known_word_after_the_place_is_not_doubled() -> None:
    after = _words("Now we go on.", start_s=9.0)
    heard = _words("It is on the web. Now", start_s=6.2)
    assert heard[-1].start_s < 9.0  # by its time it would stand in the place
    assert _text(between(heard, (6.0, 9.0), [], after)) == "It is on the web."


def test_what_a_cut_left_of_a_word_goes_too() -> None:
    before = _words("install the package.", start_s=3.5)
    heard = _words("uh the package. It is", start_s=4.0, pace_s=0.4)
    assert _text(between(heard, (5.0, 9.0), before, [])) == "It is"


def test_a_word_that_is_said_twice_stays() -> None:
    before = _words("and I said no.", start_s=3.0)
    # Once in the half second before the place, once in it.
    assert _text(between(_words("No. No, never.", start_s=4.5), (5.0, 9.0), before, [])) == "No, never."
    # The known one is not in the sound: what is heard a second later is another.
    assert _text(between(_words("No, never.", start_s=6.0), (5.9, 9.0), before, [])) == "No, never."


def test_a_word_beside_a_found_seam_is_not_lost_to_its_time() -> None:
    before = _words("the package.", start_s=4.0)
    heard = [*_words("package. It", start_s=4.4, pace_s=0.2), *_words("is there", start_s=5.0)]
    assert heard[1].end_s < 5.0
    assert _text(between(heard, (5.0, 9.0), before, [])) == "It is there"


@given(st.lists(st.sampled_from(["a", "b", "no", "the"]), min_size=1, max_size=12), st.data())
def test_a_right_hearing_restores_the_text_wherever_it_is_cut(said: list[str], data: st.DataObject) -> None:
    words = _words(" ".join(said), start_s=1.0)
    first = data.draw(st.integers(0, len(words)))
    last = data.draw(st.integers(first, len(words)))
    place = (1.0 + first * 0.5, 1.0 + last * 0.5)
    before, after = words[:first], words[last:]
    # What is in the sound: the place, and one whole word on either side.
    heard = words[max(first - 1, 0) : last + 1]
    assert [*before, *between(heard, place, before, after), *after] == words


def test_fresh_words_are_those_an_earlier_hearing_lacks() -> None:
    known = _words("we install the package")
    assert _text(fresh(_words("We install it from the web, the package."), known)) == "it from the web,"
    assert fresh(_words("We install"), known) == []


def test_what_is_heard_surely_or_twice_is_believed() -> None:
    sure, almost = _words("it is on the web"), _words("it is on the web", probability=0.5)
    assert surety(sure) == pytest.approx(0.9)
    assert surety([]) == 0.0
    assert believed(sure, [])
    assert not believed(almost, [])
    assert believed(almost, [[], _words("It is on a web.", probability=0.1)])
    assert not believed(almost, [_words("bye bye", probability=0.2), []])
    made_up = _words("thanks for watching", probability=0.2)
    assert not believed(made_up, [made_up])
    assert not believed([], [[]])
