"""Token examples: everything escaped, nothing lost, in three forms."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import markdown as render_markdown

from bpe_reference.base import well_formed
from bpe_reference.chips import COLOURS, example, html, markdown, plain, show
from bpe_reference.errors import UnknownNameError

NAMES = ["gpt2", "cl100k_base"]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "span":
            self.ids.append(dict(attrs).get("title") or "")


@given(text=st.text(max_size=60) | st.text(st.sampled_from("<>&\"'`|\n\t é👋")), name=st.sampled_from(NAMES))
@settings(max_examples=200, deadline=None)
def test_any_text_is_shown_whole_and_harmless(text: str, name: str) -> None:
    shown = example(text, name)
    assert b"".join(chip.data for chip in shown.chips) == well_formed(text).encode()
    reader = Reader()
    reader.feed(html(text, name))
    assert {tag for tag, _ in reader.tags} <= {"figure", "div", "span", "sub", "figcaption", "br"}
    assert {key for _, attrs in reader.tags for key in attrs} <= {"class", "title", "data-tokenizer"}
    assert reader.ids == [str(chip.idx) for chip in shown.chips]
    assert plain(text, name).split("\n")[-1].split() == reader.ids
    page = render_markdown(markdown(text, name), extensions=["tables"])
    ids = [cell for cell in re.findall(r"<td>(.*?)</td>", page) if cell.isdigit()]
    assert ids == reader.ids


def test_colours_take_turns() -> None:
    chips = example("the cat sat on the mat and then it left", "gpt2").chips
    assert [chip.colour for chip in chips] == [place % COLOURS for place in range(len(chips))]
    assert 'class="tok tok-4"' in html("the cat sat on the mat", "gpt2")


def test_white_space_and_half_characters_are_visible() -> None:
    assert [show(chip) for chip in example(" a\n\t한", "gpt2").chips] == ["·a", "⏎", "⇥", "ed 95", "9c"]
    assert show(example("\N{REPLACEMENT CHARACTER}", "cl100k_base").chips[0]) == "\N{REPLACEMENT CHARACTER}"
    assert "tok-bytes" in html("안", "gpt2")


def test_counts_are_beside() -> None:
    for form in (html, markdown, plain):
        assert "gpt2: 11 characters, 11 bytes, 2 tokens" in form("hello world", "GPT-2")


def test_special_tokens_are_one_chip() -> None:
    assert [chip.idx for chip in example("a<|endoftext|>", "cl100k_base").chips] == [64, 100257]


def test_an_unknown_tokenizer_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="o200k_base"):
        html("x", "o200k_base")
