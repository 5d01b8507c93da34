"""Tokens, content words, fillers and what one text keeps of another."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import words


@given(st.text(max_size=200))
def test_tokens_are_where_they_say(text: str) -> None:
    found = words.tokens(text)
    assert all(text[token.start : token.end] == token.text for token in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@given(st.text(max_size=200))
def test_a_text_keeps_all_of_itself(text: str) -> None:
    assert words.kept_share(text, text) == 1.0
    assert words.lost(text, text) == [] == words.added(text, text)


@pytest.mark.parametrize("filler", words.FILLERS, ids=lambda filler: filler.phrase)
def test_fillers_do_what_their_examples_say(filler: words.Filler) -> None:
    for example in filler.examples:
        assert filler.phrase in [phrase for *_, phrase in words.filler_spans(example)], example
    for example in filler.counterexamples:
        assert words.filler_spans(example) == [], example


def test_filler_patterns_are_each_exercised() -> None:
    assert all(filler.examples for filler in words.FILLERS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fifty thousand two hundred and fifty seven tokens", "50,257 token"),
        ("the byte level tokenizer", "byte-level tokenizers"),
        ("vocab size", "vocab_size"),
        ("um, the, you know, merge", "merge"),
    ],
)
def test_the_same_content(one: str, other: str) -> None:
    assert words.content(one) == words.content(other)


def test_repeats_in_a_row_need_to_be_kept_once() -> None:
    assert (
        words.kept_share("if we take the text, if we take the text and split it", "Take the text; split it.")
        == 1
    )
    assert words.kept_share("text, split, text", "text split") == pytest.approx(2 / 3)
    assert words.kept_share("text, split, text", "text split", distinct=True) == 1


def test_lost_and_added_name_the_words() -> None:
    source = "The white space is merged into 1,024 tokens"
    assert words.lost(source, "White space is merged.") == ["1,024", "tokens"]
    assert words.added(source, "Whitespace is merged into one thousand and twenty four tokens.") == []
    assert words.added(source, "The magic space is merged.") == ["magic"]


def test_other_languages_have_function_words_and_no_english_rules() -> None:
    assert words.content("die Tokens sind ähm nicht das Problem", "de") == ["tok", "probl"]
    assert words.filler_spans("you know, sort of", "de") == []
    assert words.content("我们训练分词器", "zh")
    assert words.content("abc def", "xx") == ["abc", "def"]


def test_threads_do_not_share_a_stemmer() -> None:
    wanted = {word: words.stem(word) for word in ("tokenizers", "merging", "encodings", "vocabularies")}
    words._stem.cache_clear()
    wrong: list[str] = []

    def work() -> None:
        for _ in range(300):
            wrong.extend(word for word, stem in wanted.items() if words._stem.__wrapped__(word, "en") != stem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_reading_ease_prefers_short_words_and_sentences() -> None:
    easy = words.reading_ease("We take the text. We cut it up. It is fun.")
    hard = words.reading_ease(
        "Tokenization necessitates considerable algorithmic sophistication notwithstanding."
    )
    assert easy > 90 > 0 > hard


def test_identical_share() -> None:
    assert words.identical_share("The cat sat.", "the cat, sat") == 1
    assert words.identical_share("a b c d", "a b") == pytest.approx(2 / 3)
