"""Every rule does what its examples say, and what goes in of numbers, names and content comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import identifiers, numbers, words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_clean import clean

ALL = [*rules.REWRITES, *rules.OPENERS]


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_rule_does_what_its_examples_say(rule: rules.Rewrite) -> None:
    assert rule.examples
    for spoken, written in rule.examples:
        assert " ".join(rule.compiled().sub(rule.replacement, spoken).split()) == written


def test_each_rule_has_its_own_name_and_changes_something() -> None:
    assert len({rule.name for rule in ALL}) == len(ALL)
    assert all(any(spoken != written for spoken, written in rule.examples) for rule in ALL)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_rule_drops_no_content_word_but_its_own_and_adds_none(rule: rules.Rewrite) -> None:
    own = {token.text for token in words.tokens(rule.pattern)}
    for spoken, written in rule.examples:
        assert set(words.lost(spoken, written)) <= own
        assert words.added(spoken, written) == []


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("So, um, what's a token?", "So what's a token?"),
        (
            "Language models don't, uh, language models don't read letters.",
            "Language models don't read letters.",
        ),
        ("the the model", "the model"),
        ("it it is fairly hairy", "it is fairly hairy"),
        (
            "The first time I, uh, the first time I wrote this, I forgot.",
            "The first time I wrote this, I forgot.",
        ),
        ("and it keeps, uh, it keeps growing", "and it keeps growing"),
        ("we can, uh, we want to merge", "we want to merge"),
        ("we have tokens, and you know, bytes", "we have tokens, and bytes"),
        ("coming from, you know, raw bytes", "coming from raw bytes"),
        ("It's slow, right? And big.", "It's slow. And big."),
        ("That is very very long.", "That is very long."),
        ("a vocabulary of fifty thousand two hundred and fifty seven", "a vocabulary of 50,257"),
        ("what we're going to do is we're going to merge", "we'll merge"),
        ("you can't, you can see it here", "you can see it here"),
        ("so we don't, uh, we do merge them", "so we do merge them"),
        ("we cannot, uh, we can merge", "we can merge"),
        # What must stay as it is:
        ("if you can't, you can ask", "if you can't, you can ask"),
        ("what we can't, we can learn", "what we can't, we can learn"),
        ("you can't, they can", "you can't, they can"),
        ("we read knock knock jokes", "we read knock knock jokes"),
        ("the pair 97, 97, which is A A", "the pair 97, 97, which is A A"),
        ("tokens 220 220 220", "tokens 220 220 220"),
        ("the token space is is token 318", "the token space is is token 318"),
        ("I know that that is wrong", "I know that that is wrong"),
        ("what it is is a tree", "what it is is a tree"),
        ("do you know what kind of text this is", "do you know what kind of text this is"),
        ("on the right we see it", "on the right we see it"),
        ("I like it", "I like it"),
        ("again and again", "again and again"),
        ("I get four, sorry, five bytes", "I get four, sorry, five bytes"),
        ("I get four, sorry, uh, five bytes", "I get four, sorry, five bytes"),
    ],
)
def test_cleaning(spoken: str, written: str) -> None:
    assert clean(spoken) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("Das ist, ähm, das ist der Text.", "Das ist der Text."),
        ("Er ist hier.", "Er ist hier."),
        ("Le texte, euh, est long.", "Le texte est long."),
    ],
)
def test_other_languages_lose_only_sounds_and_restarts(spoken: str, written: str) -> None:
    assert clean(spoken, "de") == written


# ------------------------------------------------------------------------------------------- properties

CONTENT = st.sampled_from(
    [
        "tokens",
        "merge",
        "bytes",
        "vocabulary",
        "GPT-2",
        "UTF-8",
        "embedding",
        "transformer",
        "table",
        "sequence",
        "`vocab_size`",
        "Llama",
        "Shakespeare",
        "50,257",
        "1024",
        "3.14",
        "677",
        "strawberry",
        "compress",
        "encode",
        "decode",
        "pair",
        "text2",
        "cl100k_base",
    ]
)
GLUE = st.sampled_from(
    [
        "the",
        "a",
        "of",
        "and",
        "so",
        "but",
        "we",
        "you",
        "they",
        "it",
        "is",
        "are",
        "can",
        "will",
        "this",
        "that",
        "in",
        "to",
        "from",
        "with",
        "for",
        "because",
        "if",
        "when",
        "which",
        "actually",
        "really",
        "just",
        "here",
        "going",
    ]
)
SOUNDS = st.sampled_from(
    ["um,", "uh", ", you know,", ", uh,", "sort of", "kind of", "basically", ", I mean,", "um"]
)
NUMBERS = st.sampled_from(
    ["two hundred and fifty six", "fifty thousand two hundred and fifty seven", "one oh one", "nineteen eighty four",
     "three", "97", "97", "1,000,000", "in twenty nineteen", "minus five", "two fifty six"]
)  # fmt: skip
SPEECH = st.lists(st.one_of(CONTENT, CONTENT, GLUE, GLUE, SOUNDS, NUMBERS), min_size=1, max_size=40).map(
    " ".join
)


@given(SPEECH)
def test_every_number_name_and_content_word_survives(text: str) -> None:
    written = clean(text)
    assert numbers.lost(text, written) == []
    assert numbers.unsupported(text, written) == []
    assert identifiers.lost(text, written) == []
    assert words.lost(text, written) == []
    assert words.added(text, written) == []


@given(SPEECH)
def test_no_filler_is_left(text: str) -> None:
    left = {phrase for *_, phrase in words.filler_spans(clean(text))}
    assert left <= {"you know", "I mean", "like,", "sort of"}
    assert "um" not in left
    assert "basically" not in left


@given(st.text(max_size=200))
def test_any_text_can_be_cleaned(text: str) -> None:
    for language in ("en", "de", "zh", "xx"):
        clean(text, language)


PLAIN = st.lists(st.sampled_from(["we", "take", "the", "text", "and", "merge", "all", "pairs", "into", "new", "tokens", "that", "were", "seen"]),
                 min_size=4, max_size=14, unique=True).map(" ".join)  # fmt: skip


@given(PLAIN, st.integers(0, 13), st.sampled_from(["um", "uh", "um,", "uh,"]))
def test_a_sound_anywhere_changes_nothing_else(text: str, at: int, sound: str) -> None:
    tokens = text.split()
    noisy = " ".join([*tokens[: at % len(tokens)], sound, *tokens[at % len(tokens) :]])
    assert clean(noisy) == clean(text)


@given(PLAIN, st.integers(0, 13), st.integers(2, 5))
def test_a_phrase_said_twice_with_a_sound_between_stands_once(text: str, at: int, length: int) -> None:
    tokens = text.split()
    first = at % max(len(tokens) - length, 1)
    phrase = tokens[first : first + length]
    noisy = " ".join([*tokens[:first], *phrase, "uh,", *tokens[first:]])
    if any(word in words.FUNCTION_WORDS for word in phrase) or len(phrase) > 3:
        assert clean(noisy) == clean(text)
