"""GPT-2's and GPT-4's tokenizers against tiktoken, fed the same ranks: exactly the same, everywhere."""

from __future__ import annotations

import random
import unicodedata

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer
from bpe_reference.errors import SpecialTokenError, TokenIdError
from bpe_reference.gpt2 import RankedTokenizer
from bpe_reference.gpt4 import GPT4_SPECIAL_TOKENS
from bpe_reference.textbook import get_stats, merge


@pytest.fixture(scope="module", params=["gpt2", "cl100k_base"])
def both(request: pytest.FixtureRequest) -> tuple[RankedTokenizer, tiktoken.Encoding]:
    if request.param == "gpt2":
        return GPT2Tokenizer(), request.getfixturevalue("tiktoken_gpt2")
    return GPT4Tokenizer(), request.getfixturevalue("tiktoken_gpt4")


Both = tuple[RankedTokenizer, tiktoken.Encoding]


def test_the_corpus_encodes_as_tiktoken_encodes_it(both: Both, corpus: str) -> None:
    ours, theirs = both
    # In blocks, so that a difference is shown where it is.
    for start in range(0, len(corpus), 5_000):
        block = corpus[start : start + 5_000]
        assert ours.encode(block, allowed_special="none") == theirs.encode(block, disallowed_special=())
    assert ours.encode_ordinary(corpus) == theirs.encode_ordinary(corpus)


def test_encyclopedia_text_encodes_as_tiktoken_encodes_it(both: Both, taylorswift: str) -> None:
    ours, theirs = both
    ids = ours.encode(taylorswift)
    assert ids == theirs.encode(taylorswift)
    assert ours.decode(ids) == taylorswift


def test_every_assigned_character_is_cut_as_tiktoken_cuts_it(both: Both) -> None:
    """Letters, digits and spaces are what Unicode says they are, in both regular expression engines."""
    ours, theirs = both
    skipped = {"Cn", "Co", "Cs"}
    chars = [chr(c) for c in range(0x30000) if unicodedata.category(chr(c)) not in skipped]
    ideographs = [
        ch for ch in chars if unicodedata.name(ch, "").startswith(("CJK UNIFIED", "HANGUL SYLL", "TANGUT"))
    ]
    chars = sorted(set(chars) - set(ideographs)) + ideographs[::100]
    assert len(chars) > 40_000
    for ch in chars:
        text = f"a{ch}b {ch}{ch} 1{ch}2 '{ch} {ch}\n {ch}"
        assert ours.encode_ordinary(text) == theirs.encode_ordinary(text), f"U+{ord(ch):04X}"


ASSIGNED = st.characters(exclude_categories=["Cn", "Cs"])
TEXTS = st.one_of(
    st.text(ASSIGNED),
    st.text(st.sampled_from("ab '\n\r\t 1.é한😀<|>sSdDlLeErRvVtTmM")),
    st.text(st.sampled_from(" \n\r\t\u00a0\u3000a")),
    st.binary().map(lambda b: b.decode("utf-8", "replace")),
    st.text(st.characters()).map(lambda t: "".join(ch for ch in t if unicodedata.category(ch) != "Cn")),
)


@given(text=TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_encodes_as_tiktoken_encodes_it(both: Both, text: str) -> None:
    ours, theirs = both
    ids = ours.encode(text, allowed_special="none")
    assert ids == theirs.encode(text, disallowed_special=())
    assert ours.decode(ids) == theirs.decode(ids)
    if not any("\ud800" <= ch <= "\udfff" for ch in text):
        assert ours.decode(ids) == text


@pytest.mark.parametrize("text", ["\ud83d\ude00", "a\ud800", "\udc00\ud800b", "\ud83d", "한\udfff글"])
def test_lone_surrogates_are_handled_as_tiktoken_handles_them(both: Both, text: str) -> None:
    ours, theirs = both
    assert ours.encode(text) == theirs.encode(text)


@pytest.mark.parametrize(
    "text", ["a" * 3_000, "ab" * 2_000, " " * 2_000, "\n" * 999 + "x", "한" * 1_000, "=" * 1_500]
)
def test_long_pieces_encode_as_tiktoken_encodes_them(both: Both, text: str) -> None:
    ours, theirs = both
    assert ours.encode(text) == theirs.encode(text)


def test_random_letters_in_one_long_piece(both: Both) -> None:
    ours, theirs = both
    rng = random.Random(3)
    text = "".join(rng.choices("etaoinshrdlucmfwygpbvkxqjz", k=20_000))
    assert ours.encode(text) == theirs.encode(text)


@given(ids=st.lists(st.integers(0, 50255)))
def test_any_ids_decode_as_tiktoken_decodes_them(both: Both, ids: list[int]) -> None:
    ours, theirs = both
    assert ours.decode_bytes(ids) == theirs.decode_bytes(ids)
    assert ours.decode(ids) == theirs.decode(ids)


def test_every_token_decodes_to_tiktokens_bytes(both: Both) -> None:
    ours, theirs = both
    for idx in list(ours.vocab):
        assert ours.decode_bytes([idx]) == theirs.decode_single_token_bytes(idx)


def test_recovered_merges_encode_as_the_ranks_do(both: Both, corpus: str) -> None:
    """The merges are an independent route to the same ids: apply them by the textbook."""
    ours, theirs = both
    merges = ours.merges
    assert len(merges) == len(ours.vocab) - 256
    pieces = dict.fromkeys(piece for piece in ours._split(corpus[:400_000]) if len(piece) < 40)
    for piece in list(pieces)[:3_000]:
        ids = [ours.byte_shuffle[byte] for byte in piece.encode()]
        while len(ids) > 1:
            pair = min(get_stats(ids), key=lambda p: merges.get(p, len(ours.vocab)))
            if pair not in merges:
                break
            ids = merge(ids, pair, merges[pair])
        assert ids == theirs.encode_ordinary(piece)


# -- special tokens ------------------------------------------------------------------------------------------

SPECIAL_PARTS = st.lists(
    st.sampled_from([*GPT4_SPECIAL_TOKENS, "hello", " world", "<|", "|>", "<|endof", "text|>", "\n", "한글"])
).map("".join)


@given(text=SPECIAL_PARTS, allowed=st.sets(st.sampled_from(sorted(GPT4_SPECIAL_TOKENS))))
@settings(max_examples=300, deadline=None)
def test_special_tokens_mean_what_they_mean_to_tiktoken(both: Both, text: str, allowed: set[str]) -> None:
    ours, theirs = both
    assert ours.encode(text, allowed_special="all") == theirs.encode(text, allowed_special="all")
    assert ours.encode(text, allowed_special="none") == theirs.encode(text, disallowed_special=())
    allowed &= set(ours.special_tokens)
    for mode, wanted in (("none_raise", set()), (allowed, allowed)):
        try:
            expected = theirs.encode(text, allowed_special=wanted)
        except ValueError:
            with pytest.raises(SpecialTokenError, match="special token"):
                ours.encode(text, allowed_special=mode)
        else:
            assert ours.encode(text, allowed_special=mode) == expected


def test_special_tokens_decode(both: Both) -> None:
    ours, theirs = both
    for text, idx in ours.special_tokens.items():
        assert ours.decode([idx]) == theirs.decode([idx]) == text


def test_invalid_ids_are_named(both: Both) -> None:
    ours, _ = both
    with pytest.raises(TokenIdError, match="999999 at place 1, -1 at place 2"):
        ours.decode([1, 999999, -1])


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("hello world", [31373, 995]),
        ("Tokenization", [30642, 1634]),
        (" 6", [718]),
        (" 6773", [718, 46871]),
        (" at", [379]),
        ("127", [16799]),
    ],
)
def test_ids_that_published_articles_get_wrong(text: str, ids: list[int]) -> None:
    assert GPT2Tokenizer().encode(text) == ids
