"""Code-point BPE against the sentencepiece library: its models read here, ours read there, the same ids."""

from __future__ import annotations

import io
import random
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bpe_reference.codepoints import SentencePieceTokenizer
from bpe_reference.errors import ModelFileError, TokenIdError, TrainingError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its bindings warn on import
    spm: ModuleType = pytest.importorskip("sentencepiece")

CHOICES: dict[str, dict[str, Any]] = {
    # As Llama 2's was trained, but for the size (options listed in the lecture at 1:31:00).
    "llama": {"byte_fallback": True, "remove_extra_whitespaces": False, "split_digits": True, "character_coverage": 0.99},
    "no-fallback": {"byte_fallback": False, "remove_extra_whitespaces": True, "character_coverage": 0.98},
    "user-defined": {
        "byte_fallback": True, "remove_extra_whitespaces": False, "user_defined_symbols": ["<sep>", "==", "▁the"],
    },
    "no-prefix": {"byte_fallback": True, "remove_extra_whitespaces": True, "add_dummy_prefix": False},
    "across-spaces": {"byte_fallback": True, "remove_extra_whitespaces": False, "split_by_whitespace": False},
}  # fmt: skip


def lines_of(corpus: str) -> list[str]:
    return [line for line in corpus.replace("\0", " ").splitlines() if line.strip()]


@pytest.fixture(scope="module", params=list(CHOICES))
def pair(
    request: pytest.FixtureRequest, corpus: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, Any]:
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(lines_of(corpus[:60_000])),
        model_writer=model,
        model_type="bpe",
        vocab_size=2500,
        normalization_rule_name="identity",
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        **CHOICES[request.param],
    )
    path = tmp_path_factory.mktemp("sp") / "library.model"
    path.write_bytes(model.getvalue())
    return SentencePieceTokenizer.load(path), spm.SentencePieceProcessor(model_file=str(path))


def assert_same(ours: SentencePieceTokenizer, theirs: Any, text: str) -> None:
    ids = ours.encode(text)
    assert ids == theirs.encode(text), repr(text)
    assert ours.decode(ids) == theirs.decode(ids), repr(text)


def test_the_corpus_encodes_and_decodes_as_in_the_library(
    pair: tuple[Any, Any], corpus: str, request: pytest.FixtureRequest
) -> None:
    ours, theirs = pair
    whole = "llama" in request.node.callspec.id  # the others take every fourth block, for the time it takes
    assert ours.vocab_size == theirs.vocab_size()
    for start in range(0, len(corpus), 4_000 if whole else 16_000):
        assert_same(ours, theirs, corpus[start : start + 4_000].replace("\0", " "))


TEXTS = st.text(
    st.sampled_from("ab the  ▁=\n\t1234안녕😀<sep>é") | st.characters(exclude_categories=["Cs"]), max_size=40
)


@example(text="▁")
@example(text="a ▁ ")
@given(text=TEXTS.filter(lambda t: "\0" not in t))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_encodes_and_decodes_as_in_the_library(pair: tuple[Any, Any], text: str) -> None:
    assert_same(*pair, text)


def test_any_ids_decode_as_in_the_library(pair: tuple[Any, Any]) -> None:
    ours, theirs = pair
    rng = random.Random(5)
    for _ in range(1_000):
        ids = [
            rng.choice([rng.randrange(300), rng.randrange(ours.vocab_size)])
            for _ in range(rng.randint(0, 12))
        ]
        assert ours.decode(ids) == theirs.decode(ids), ids


def test_runs_of_one_character(pair: tuple[Any, Any]) -> None:
    for ch in "=-. aA1~안":
        for length in range(1, 40):
            assert_same(*pair, ch * length)


# -- our own trainer -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(corpus: str) -> SentencePieceTokenizer:
    return SentencePieceTokenizer.train(corpus[:60_000], 1_500, character_coverage=0.99)


def test_a_model_of_ours_is_read_by_the_library(
    trained: SentencePieceTokenizer, corpus: str, tmp_path: Path
) -> None:
    trained.save(tmp_path / "ours")
    theirs = spm.SentencePieceProcessor(model_file=str(tmp_path / "ours.model"))
    again = SentencePieceTokenizer.load(tmp_path / "ours.model")
    assert again.pieces == trained.pieces
    for start in range(60_000, 200_000, 2_000):
        text = corpus[start : start + 2_000].replace("\0", " ")
        assert_same(trained, theirs, text)
        assert again.encode(text) == trained.encode(text)


def test_text_comes_back(trained: SentencePieceTokenizer, corpus: str) -> None:
    sample = corpus[300_000:320_000]
    assert trained.decode(trained.encode(sample)) == sample.replace("▁", " ")


def test_no_piece_crosses_a_space_or_joins_digits(trained: SentencePieceTokenizer) -> None:
    for piece in trained.pieces[259:]:
        assert "▁" not in piece.text[1:]
        assert len(piece.text) == 1 or not any(ch in "0123456789" for ch in piece.text)


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(TrainingError, match="no room for the 4 characters"):
        SentencePieceTokenizer.train("abc abc", 262)
    with pytest.raises(TrainingError, match="only 3"):
        SentencePieceTokenizer.train("abc abc", 300)


def test_an_id_outside_the_vocabulary_is_named(trained: SentencePieceTokenizer) -> None:
    with pytest.raises(TokenIdError, match="1500"):
        trained.decode([5, 1500])


def test_other_models_are_refused(tmp_path: Path, corpus: str) -> None:
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(lines_of(corpus[:30_000])), model_writer=model, model_type="unigram", vocab_size=500,
        hard_vocab_limit=False, minloglevel=2, character_coverage=0.98,
    )  # fmt: skip
    path = tmp_path / "unigram.model"
    path.write_bytes(model.getvalue())
    with pytest.raises(ModelFileError, match="model type is not BPE"):
        SentencePieceTokenizer.load(path)
    for damaged in (b"", b"\xff\xff\xff", model.getvalue()[:777], b"bpe_reference v1\n"):
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError) as caught:
            SentencePieceTokenizer.load(path)
        assert str(path) in str(caught.value)
