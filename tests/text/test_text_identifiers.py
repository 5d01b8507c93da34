"""Names and identifiers, found and compared across spellings."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import identifiers


@given(st.text(max_size=200))
def test_any_text_holds_its_own_names(text: str) -> None:
    found = identifiers.named(text)
    assert all(text[item.start : item.end] == item.text for item in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("So the GPT-2 paper came.", [("acronym", "GPT-2")]),
        ("We use UTF-8 and BPE in LLMs.", [("acronym", "UTF-8"), ("acronym", "BPE"), ("acronym", "LLMs")]),
        ("This is by Alec Radford.", [("name", "Alec Radford")]),
        ("We go. Then Python runs.", [("name", "Python")]),
        ("Tokenization is hard.", []),
        ("I think Llama 2 is big", [("name", "Llama 2")]),
        ("call `get_stats(ids)` now", [("code", "get_stats(ids)")]),
        ("the string \"hello world\" here", [("quote", "hello world")]),
        ("see https://example.org/a?b=c.", [("url", "https://example.org/a?b=c")]),
        ("the <|endoftext|> token", [("code", "<|endoftext|>")]),
        ("use re.findall and cl100k_base", [("code", "re.findall"), ("code", "cl100k_base")]),
    ],
)  # fmt: skip
def test_what_has_a_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(item.kind, item.text) for item in identifiers.named(text)] == expected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("we switch to CL100K base", "We switch to `cl100k_base`."),
        ("open the byte pair thing, min BPE", "Open `minBPE`."),
        ("so the gpt two, GPT 2 paper", "The GPT-2 paper."),
        ("one LLM", "Many LLMs"),
        ("in GPT two, encoded as UTF eight", "In GPT-2, encoded as UTF-8."),
        ("the end of text token", "the <|endoftext|> token"),
    ],
)
def test_spellings_that_are_the_same(source: str, text: str) -> None:
    assert identifiers.unsupported(source, text) == []


def test_what_nobody_said_is_named() -> None:
    assert [
        item.text for item in identifiers.unsupported("the GPT-2 paper", "the GPT-4 paper by Radford")
    ] == [
        "GPT-4",
        "Radford",
    ]
    assert [item.text for item in identifiers.lost("we use `vocab_size` and BPE", "we use BPE")] == [
        "vocab_size"
    ]
