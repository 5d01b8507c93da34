from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import Word
from pipeline.sentences import LONGEST_S, LONGEST_WORDS, to_sentences
from pipeline.spoken import RawWord, join_pieces


def _raw(*texts: str) -> list[RawWord]:
    return [RawWord(text, float(place), place + 0.5, 0.9) for place, text in enumerate(texts)]


def _texts(*pieces: str, language: str = "en") -> list[str]:
    return [word.text for word in join_pieces(_raw(*pieces), language)]


def test_numbers_and_code_words_survive() -> None:
    assert _texts(" It", " is", " 3", ".14", ",") == ["It", "is", "3.14,"]
    assert _texts(" utf", "-8", " GPT", "-4", " C", "++") == ["utf-8", "GPT-4", "C++"]
    assert _texts(" “", "Hello", "”", " he") == ["“Hello”", "he"]
    assert _texts(" 50", ",257", " tokens") == ["50,257", "tokens"]


def test_languages_without_spaces_keep_their_words() -> None:
    assert _texts("今日", "は", "。", language="ja") == ["今日", "は。"]


@given(st.lists(st.tuples(st.text(max_size=6), st.floats(0, 100), st.floats(0, 100)), max_size=30))
def test_times_are_monotone_and_no_letter_is_lost(pieces: list[tuple[str, float, float]]) -> None:
    raw = [RawWord(text, start, end, 0.5) for text, start, end in pieces]
    words = join_pieces(raw, "en")
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
    assert "".join("".join(word.text.split()) for word in words) == "".join(
        "".join(text.split()) for text, _, _ in pieces
    )


def _words(text: str, pace_s: float = 0.4, pauses: dict[int, float] | None = None) -> list[Word]:
    words, now = [], 0.0
    for number, word in enumerate(text.split()):
        now += (pauses or {}).get(number, 0.0)
        words.append(Word(text=word, start_s=round(now, 3), end_s=round(now + pace_s, 3)))
        now += pace_s
    return words


def _cut(text: str, language: str = "en", pauses: dict[int, float] | None = None) -> list[str]:
    return [sentence.text for sentence in to_sentences(_words(text, pauses=pauses), language)]


def test_punctuation_ends_sentences() -> None:
    assert _cut("Hello there. What is it? A token! It is.") == [
        "Hello there.",
        "What is it?",
        "A token!",
        "It is.",
    ]


def test_periods_that_end_nothing() -> None:
    assert _cut("Ask Dr. Gage, i.e. the author of 3.5 papers. Fine.") == [
        "Ask Dr. Gage, i.e. the author of 3.5 papers.",
        "Fine.",
    ]
    assert _cut("By J. Smith. It was... well, good. Yes.") == [
        "By J. Smith.",
        "It was... well, good.",
        "Yes.",
    ]


def test_variables_end_sentences_and_initials_do_not() -> None:
    assert _cut("We get a plus b. That is it.") == ["We get a plus b.", "That is it."]
    assert _cut("Ask J. R. Smith. So am I. Then go.") == ["Ask J. R. Smith.", "So am I.", "Then go."]
    assert _cut("Das ist z. B. Unsinn. Ja.", "de") == ["Das ist z. B. Unsinn.", "Ja."]


def test_quotes_close_with_the_sentence() -> None:
    assert _cut('He said "go." Then he went.') == ['He said "go."', "Then he went."]


def test_other_scripts() -> None:
    assert _cut("今日は。 明日は？ はい。", "ja") == ["今日は。", "明日は？", "はい。"]
    assert _cut("Das ist z.B. gut. Ja.", "de") == ["Das ist z.B. gut.", "Ja."]


def test_unpunctuated_speech_is_cut_where_words_and_pauses_say_so() -> None:
    text = "hi everyone so in this video I'd like us to cover tokens now you see that I have a sad face"
    assert _cut(text) == [
        "hi everyone so in this video I'd like us to cover tokens",
        "now you see that I have a sad face",
    ] or (_cut(text)[-1] == "now you see that I have a sad face")
    assert _cut("red green blue white black brown pink grey", pauses={4: 1.0}) == [
        "red green blue white",
        "black brown pink grey",
    ]


@given(
    st.lists(
        st.sampled_from(["so", "and", "the", "model.", "a", "token", "3.14", "why?", "uh", "Now", "x,"]),
        min_size=1,
        max_size=200,
    ),
    st.floats(0.05, 3.0),
)
def test_sentences_hold_every_word_once(texts: list[str], pace_s: float) -> None:
    words = _words(" ".join(texts), pace_s=pace_s)
    sentences = to_sentences(words, "en")
    assert [word for sentence in sentences for word in sentence.words] == words
    assert [sentence.id for sentence in sentences] == [f"s{n:04d}" for n in range(1, len(sentences) + 1)]
    for sentence in sentences:
        assert len(sentence.words) <= LONGEST_WORDS
        assert sentence.end_s - sentence.start_s <= LONGEST_S or len(sentence.words) < 8


def test_nothing_said_makes_no_sentences() -> None:
    assert to_sentences([], "en") == ()
