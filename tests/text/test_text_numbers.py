"""Spoken and written numbers are the same numbers."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import numbers

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["", "", *["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]]


def spelled(number: int, conjunction: str = " and ", hyphen: str = " ") -> str:
    """British or American words for a number below 10**15: an oracle of its own, from large to small."""
    for scale, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if number >= scale:
            rest = number % scale
            joint = conjunction if rest and rest < 100 else " "
            tail = f"{joint}{spelled(rest, conjunction, hyphen)}" if rest else ""
            return f"{spelled(number // scale, conjunction, hyphen)} {word}{tail}"
    if number >= 100:
        rest = number % 100
        tail = f"{conjunction}{spelled(rest, conjunction, hyphen)}" if rest else ""
        return f"{ONES[number // 100]} hundred{tail}"
    if number >= 20:
        return TENS[number // 10] + (f"{hyphen}{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


@given(st.integers(0, 10**15 - 1), st.sampled_from([" and ", " "]), st.sampled_from([" ", "-"]))
def test_a_spelled_number_is_its_value(number: int, conjunction: str, hyphen: str) -> None:
    text = f"we have {spelled(number, conjunction, hyphen)} tokens"
    assert [found.value for found in numbers.numbers(text)] == [str(number)]


@given(st.integers(0, 10**12))
def test_grouped_and_plain_digits_are_the_same(number: int) -> None:
    assert numbers.values(f"with {number:,} tokens") == numbers.values(f"with {number} tokens")


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_decimal_is_read_digit_by_digit(whole: int, fraction: int) -> None:
    digits = f"{fraction:03d}"
    said = f"{spelled(whole)} point {' '.join(ONES[int(digit)] for digit in digits)} of them"
    [number] = numbers.numbers(said)
    assert Decimal(number.value) == Decimal(f"{whole}.{digits}")


@given(st.text(max_size=200))
def test_any_text_is_read_and_spans_are_true(text: str) -> None:
    found = numbers.numbers(text)
    assert all(text[number.start : number.end] == number.surface for number in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert numbers.lost(text, text) == [] == numbers.unsupported(text, text)


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh", "xx"])
@given(text=st.text(max_size=80))
def test_no_language_breaks(language: str, text: str) -> None:
    for number in numbers.numbers(text, language):
        assert text[number.start : number.end] == number.surface


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fifty thousand two hundred and fifty seven", ["50257"]),
        ("one oh one comma thirty two", ["101", "32"]),
        ("three zero six four two", ["30642"]),
        ("in nineteen eighty-four", ["1984"]),
        ("two fifty six", ["256"]),
        ("ten twenty four", ["1024"]),
        ("one two three four", ["1", "2", "3", "4"]),
        ("fifteen hundred", ["1500"]),
        ("a hundred thousand", ["100000"]),
        ("two trillion, or 2 trillion", ["2000000000000", "2000000000000"]),
        ("1.5 billion", ["1500000000"]),
        ("three point one four", ["3.14"]),
        ("minus five", ["-5"]),
        ("it returns negative one", ["-1"]),
        ("the positive label and the negative one", ["1"]),
        ("x = -5", ["-5"]),
        ("the twenty first", ["21"]),
        ("the 21st", ["21"]),
        ("100K or 100k", ["100000", "100000"]),
        ("GPT-2, UTF-8", ["2", "8"]),
        ("cl100k_base, s0042, b2b", []),
        ("31373,318,984", ["31373", "318984"]),
        ("version 3.10.1 at 1:05:23", ["3.10.1", "1:05:23"]),
        (".5 of it", ["0.5"]),
        ("several hundred of them", []),
        ("token 04", ["04"]),
        ("oh, that is it", []),
    ],
)
def test_what_is_said_has_this_value(text: str, expected: list[str]) -> None:
    assert [number.value for number in numbers.numbers(text)] == expected


def test_agrees_with_text2num_where_that_is_right() -> None:
    from text_to_num import text2num

    for number in [*range(0, 2000, 37), 50257, 32768, 100277, 1_000_001, 999_999_999]:
        assert text2num(spelled(number), "en") == number == int(numbers.values("x " + spelled(number) + " y")[0]
        if number != 1 else 1)  # fmt: skip


def test_other_languages_go_through_text2num() -> None:
    assert numbers.values("cinquante mille deux cent cinquante-sept jetons", "fr") == ["50257"]
    assert numbers.values("fünfzigtausend zweihundert Tokens", "de") == ["50200"]
    assert numbers.values("共有 50257 个词", "zh") == ["50257"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("fifty thousand two hundred and fifty seven tokens", "50,257 tokens"),
        ("token one oh one", "token 101"),
        ("in twenty nineteen", "in 2019"),
        ("like a million settings", "like a million settings"),
        ("two trillion tokens", "two trillion tokens"),
        ("two fifty six", "two fifty six"),
        ("sixty five rows", "sixty five rows"),
        ("one or two hundred", "one or 200"),
    ],
)
def test_words_become_digits_where_that_is_safe(before: str, after: str) -> None:
    assert numbers.to_digits(before) == after


@given(
    st.lists(
        st.one_of(
            st.integers(0, 10**7).map(spelled),
            st.sampled_from(["we", "a", "the", "of", "in", "token", "and", "oh"]),
        )
    )
)
def test_to_digits_changes_no_value(pieces: list[str]) -> None:
    text = " ".join(pieces)
    done = numbers.to_digits(text)
    assert not numbers.unsupported(text, done)
    assert not numbers.lost(text, done)


def test_lost_and_unsupported() -> None:
    source = "the tokens one oh one comma thirty two, fifty thousand two hundred and fifty seven in all, one by one"
    assert not numbers.lost(source, "101, 32 of 50,257")
    assert [number.value for number in numbers.lost(source, "101 of 50,257")] == ["32"]
    assert [number.value for number in numbers.unsupported(source, "101, 32 of 50,275")] == ["50275"]
    assert [number.value for number in numbers.unsupported("31373, 995", "31373, 318, 984")] == ["318", "984"]


@pytest.mark.parametrize("length", [30, 60, 5_000])
def test_numbers_of_any_length_are_read_exactly(length: int) -> None:
    """Found by `bench/guided.py`: fifty digits and a T ended in a trace of decimal."""
    long = "2" * length
    assert [number.value for number in numbers.numbers(f"{long}T and {long}.5k")] == [
        long + "0" * 12,
        f"{long}500",
    ]
    assert numbers.to_digits("one " * length)
    assert numbers.to_digits("oh one " * length + "minus two " * length)
