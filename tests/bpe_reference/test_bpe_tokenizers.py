"""The trainable tokenizers: the textbook's merges, nothing lost in a file, clear refusals."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bpe_reference import BasicTokenizer, GPT2Tokenizer, GPT4Tokenizer, RegexTokenizer, textbook
from bpe_reference.base import Tokenizer
from bpe_reference.errors import BpeError, ModelFileError, SpecialTokenError, TokenIdError, TrainingError
from bpe_reference.merging import learn_merges, merge_tokens
from bpe_reference.split import GPT2_SPLIT_PATTERN, GPT4_SPLIT_PATTERN

SPECIALS = {"<|endoftext|>": 100257, "<|fim_prefix|>": 100258, "a b\nc": 100300}

# -- the fast way and the textbook -------------------------------------------------------------------------

FEW_LETTERS = st.text(st.sampled_from("ab"), max_size=60) | st.text(st.sampled_from("abcd é"), max_size=80)
PIECES = st.lists(FEW_LETTERS.map(str.encode), max_size=8)


def fast_merges(pieces: list[bytes], wanted: int) -> dict[textbook.Pair, int]:
    weights: dict[str, int] = {}
    for piece in pieces:
        weights[piece.decode("latin-1")] = weights.get(piece.decode("latin-1"), 0) + 1
    return {(ord(m.pair[0]), ord(m.pair[1])): m.idx for m in islice(learn_merges(weights), wanted)}


@given(pieces=PIECES, wanted=st.integers(0, 60))
@settings(max_examples=500, deadline=None)
def test_fast_training_learns_the_textbooks_merges(pieces: list[bytes], wanted: int) -> None:
    assert list(fast_merges(pieces, wanted).items()) == list(textbook.train(pieces, wanted).items())


@given(pieces=PIECES, text=st.lists(FEW_LETTERS, max_size=6).map("".join).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_fast_encoding_gives_the_textbooks_ids(pieces: list[bytes], text: bytes) -> None:
    merges = textbook.train(pieces, 40)
    id_of = {chr(a) + chr(b): idx for (a, b), idx in merges.items()}.get
    assert [ord(t) for t in merge_tokens(text.decode("latin-1"), id_of)] == textbook.encode(text, merges)


def test_real_text_gives_the_textbooks_merges_and_ids(corpus: str) -> None:
    text = corpus[:12_000]
    pieces = regex.findall(GPT4_SPLIT_PATTERN, text)
    split, basic = RegexTokenizer(), BasicTokenizer()
    split.train(text, 256 + 80)
    basic.train(text, 256 + 80)
    assert list(split.merges.items()) == list(textbook.train([p.encode() for p in pieces], 80).items())
    assert list(basic.merges.items()) == list(textbook.train([text.encode()], 80).items())
    sample = corpus[20_000:24_000]
    expected = [
        i
        for p in regex.findall(GPT4_SPLIT_PATTERN, sample)
        for i in textbook.encode(p.encode(), split.merges)
    ]
    assert split.encode(sample) == expected
    assert basic.encode(sample) == textbook.encode(sample.encode(), basic.merges)


def test_counts_reported_while_training_are_the_textbooks(capsys: pytest.CaptureFixture[str]) -> None:
    BasicTokenizer().train("aaabdaaabac", 259, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "merge 1/3: (97, 97) -> 256 (b'aa') had 4 occurrences",
        "merge 2/3: (256, 97) -> 257 (b'aaa') had 2 occurrences",
        "merge 3/3: (257, 98) -> 258 (b'aaab') had 2 occurrences",
    ]


# -- what a user of minbpe expects --------------------------------------------------------------------------

FACTORIES: list[Callable[[], Tokenizer]] = [BasicTokenizer, RegexTokenizer, GPT2Tokenizer, GPT4Tokenizer]
TRAINABLE: list[Callable[[], Tokenizer]] = [BasicTokenizer, RegexTokenizer]


@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("text", ["", "?", "hello world!!!? (안녕하세요!) lol123 😉"])
def test_decoding_gives_the_text_back(factory: Callable[[], Tokenizer], text: str) -> None:
    tokenizer = factory()
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("factory", TRAINABLE)
def test_the_encyclopedias_worked_example(factory: Callable[[], Tokenizer]) -> None:
    tokenizer = factory()
    tokenizer.train("aaabdaaabac", 256 + 3)
    assert tokenizer.encode("aaabdaaabac") == [258, 100, 258, 97, 99]
    assert tokenizer.decode([258, 100, 258, 97, 99]) == "aaabdaaabac"


@given(train_text=st.text(max_size=80), text=st.text(max_size=80))
@settings(deadline=None)
def test_any_text_comes_back(train_text: str, text: str) -> None:
    tokenizer = RegexTokenizer()
    wanted = 0
    while wanted < 8:
        try:
            tokenizer.train(train_text, 256 + wanted)
        except TrainingError:
            break
        wanted += 1
    assert tokenizer.decode(tokenizer.encode(text)) == text


# -- saved is loaded ----------------------------------------------------------------------------------------

TEXT = (
    "llamas and alpacas: 12345 llamas, 'S and l'eau <|endoftext|> The llama (Lama glama) is a camelid.\n" * 4
)
PATTERNS = [None, GPT2_SPLIT_PATTERN, r"\w+|\W+", r"(l+)|[^l]+", r"a(?=l)", "x\ny|z \\| ☃", r"\p{L}+"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_loaded_tokenizer_encodes_as_the_saved_one(pattern: str | None, tmp_path: Path) -> None:
    saved = RegexTokenizer(pattern)
    saved.train(TEXT, 256 + 40)
    saved.register_special_tokens(SPECIALS)
    saved.save(tmp_path / "tokenizer")
    loaded = RegexTokenizer()
    loaded.load(tmp_path / "tokenizer.model")
    sample = TEXT + "a b\nc <|fim_prefix|> new words, ll x\ny"
    assert loaded.encode(sample, "all") == saved.encode(sample, "all")
    assert loaded.encode(sample, "none") == saved.encode(sample, "none")
    assert loaded.decode(loaded.encode(sample, "all")) == sample
    assert (loaded.pattern, loaded.merges, loaded.vocab) == (saved.pattern, saved.merges, saved.vocab)
    assert loaded.special_tokens == SPECIALS
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again.model").read_bytes() == (tmp_path / "tokenizer.model").read_bytes()


def test_loading_forgets_what_was_there_before(tmp_path: Path) -> None:
    """Ids remembered from before, special tokens from before: gone."""
    saved = RegexTokenizer(GPT2_SPLIT_PATTERN)
    saved.train(TEXT, 300)
    saved.save(tmp_path / "t")
    other = RegexTokenizer()
    other.train("the other text, the other tokens", 270)
    other.register_special_tokens({"llama": 5000})
    other.encode(TEXT, "all")
    other.load(tmp_path / "t.model")
    assert other.encode(TEXT) == saved.encode(TEXT)
    assert other.special_tokens == {}


def test_basic_tokenizer_comes_back(tmp_path: Path) -> None:
    saved = BasicTokenizer()
    saved.train(TEXT, 300)
    saved.save(tmp_path / "basic")
    loaded = BasicTokenizer()
    loaded.load(tmp_path / "basic.model")
    assert loaded.encode(TEXT + "x") == saved.encode(TEXT + "x")
    assert "[a][m] -> [am]" in (tmp_path / "basic.vocab").read_text()


def test_minbpes_own_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "m.model").write_text(
        "minbpe v1\n" + GPT4_SPLIT_PATTERN + "\n1\n<|endoftext|> 100257\n108 108\n104 101\n257 256\n"
    )
    tokenizer = RegexTokenizer()
    tokenizer.load(tmp_path / "m.model")
    assert tokenizer.encode("hello<|endoftext|>", "all") == [258, 111, 100257]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "first line"),
        ("bpe_reference v9\n", "first line"),
        ("bpe_reference v1\nRegexTokenizer\n", "head is damaged"),
        ("bpe_reference v1\nRegexTokenizer\n[]\n", "head is damaged"),
        ('bpe_reference v1\nRegexTokenizer\n{"pattern": "(", "special_tokens": {}}\n', "split pattern"),
        ('bpe_reference v1\nRegexTokenizer\n{"pattern": "a", "special_tokens": {"x": 3}}\n', "ids taken"),
        ('bpe_reference v1\nRegexTokenizer\n{"pattern": "a", "special_tokens": {}}\n1 2\n1 2\n', "same pair"),
        (
            'bpe_reference v1\nRegexTokenizer\n{"pattern": "a", "special_tokens": {}}\n1 256\n',
            "two earlier ids",
        ),
        ('bpe_reference v1\nRegexTokenizer\n{"pattern": "a", "special_tokens": {}}\n1 2', "middle of a line"),
        (
            'bpe_reference v1\nRegexTokenizer\n{"pattern": "a", "special_tokens": {}}\n1 -2\n',
            "two earlier ids",
        ),
        (
            'bpe_reference v1\nBasicTokenizer\n{"pattern": "", "special_tokens": {}}\n1 2\n',
            "not of a RegexTokenizer",
        ),
    ],
)
def test_a_damaged_file_is_refused_and_changes_nothing(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.model"
    path.write_text(content)
    tokenizer = RegexTokenizer()
    tokenizer.train(TEXT, 300)
    before = tokenizer.encode(TEXT)
    with pytest.raises(ModelFileError, match=why) as caught:
        tokenizer.load(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 3
    assert tokenizer.encode(TEXT) == before


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.model").write_bytes(b"\xff\xfe")
    (tmp_path / "b.vocab").write_text("")
    with pytest.raises(ModelFileError, match="UTF-8"):
        RegexTokenizer().load(tmp_path / "b.model")
    with pytest.raises(ModelFileError, match=r"does not end in \.model"):
        RegexTokenizer().load(tmp_path / "b.vocab")


# -- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factory", TRAINABLE)
@pytest.mark.parametrize(
    ("size", "why"), [(255, "256 bytes come first"), (-1, "256 bytes"), (400, "only 10")]
)
def test_impossible_vocabularies_are_refused(factory: Callable[[], Tokenizer], size: int, why: str) -> None:
    tokenizer = factory()
    with pytest.raises(TrainingError, match=why):
        tokenizer.train("abcdefghijk", size)
    assert tokenizer.encode("abc") == [97, 98, 99]


def test_special_tokens_must_not_take_ids() -> None:
    tokenizer = RegexTokenizer()
    tokenizer.train(TEXT, 300)
    for bad in ({"x": 299}, {"x": 5}, {"x": -1}, {"x": 900, "y": 900}, {"": 900}):
        with pytest.raises(SpecialTokenError):
            tokenizer.register_special_tokens(bad)
    tokenizer.register_special_tokens({"<|x|>": 300})
    with pytest.raises(TrainingError, match="special token ids"):
        tokenizer.train(TEXT, 301)


def test_invalid_ids_are_named() -> None:
    tokenizer = BasicTokenizer()
    with pytest.raises(TokenIdError, match="256 at place 1") as caught:
        tokenizer.decode([104, 256])
    assert "0 to 255" in str(caught.value)


def test_invalid_bytes_decode_to_the_replacement_character() -> None:
    assert BasicTokenizer().decode([128, 97]) == "\N{REPLACEMENT CHARACTER}a"
    assert BasicTokenizer().decode_bytes([128]) == b"\x80"


def test_a_wrong_choice_or_pattern_is_refused() -> None:
    tokenizer = RegexTokenizer()
    with pytest.raises(SpecialTokenError, match="not a choice"):
        tokenizer.encode("x", allowed_special="al")
    with pytest.raises(BpeError, match="split pattern"):
        RegexTokenizer("(")


@pytest.mark.parametrize("name", ["train", "save", "load"])
def test_fixed_tokenizers_say_so(name: str, tmp_path: Path) -> None:
    arguments = {"train": ("text", 300), "save": (tmp_path / "x",), "load": (tmp_path / "x.model",)}[name]
    with pytest.raises(BpeError, match="GPT2Tokenizer is fixed"):
        getattr(GPT2Tokenizer(), name)(*arguments)


def test_a_damaged_rank_table_is_never_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import gzip

    from bpe_reference import ranks

    (tmp_path / "data").mkdir()
    monkeypatch.setattr(ranks, "files", lambda _: tmp_path)
    for content in (gzip.compress(b"AA== 0\n"), b"not gzip", gzip.compress(b"AA== 0\n" * 99)[:-9]):
        (tmp_path / "data" / "gpt2.tiktoken.gz").write_bytes(content)
        ranks.load_ranks.cache_clear()
        with pytest.raises(ranks.RankTableError, match="gpt2"):
            ranks.load_ranks("gpt2")
    ranks.load_ranks.cache_clear()


def test_encoding_does_not_depend_on_what_was_encoded_before() -> None:
    tokenizer = RegexTokenizer()
    tokenizer.train(TEXT, 300)
    rng = random.Random(1)
    texts = ["".join(rng.choices("lama s", k=9)) for _ in range(200)]
    first = [tokenizer.encode(t) for t in texts]
    tokenizer._cache.clear()
    assert [tokenizer.encode(t) for t in reversed(texts)] == first[::-1]
    tokenizer.train("lama lama", 258)
    assert tokenizer.encode("lama") != first[0]
