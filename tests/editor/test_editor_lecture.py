"""The limits that the editor promises, on the half of the tokenizer lecture that it was not tuned on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench(root: Path) -> ModuleType:
    """bench/editor.py as a module."""
    spec = importlib.util.spec_from_file_location("bench_editor", root / "bench" / "editor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures(bench: ModuleType, data: Path) -> dict[str, float]:
    """The figures over the held-out half."""
    folder = data / "lecture-zduSFxRajkE"
    if not folder.is_dir():
        pytest.skip("the tokenizer lecture's captions are absent")
    sentences = bench.sentences_of(folder / "whisper-large.vtt")
    chapters = bench.chapters_of(sentences, (folder / "chapters.txt").read_text(encoding="utf-8"))
    return dict(bench.edited(bench.half_of(chapters, "held-out")))


@pytest.mark.parametrize(("figure", "least"), [
    ("content words kept", 0.9),
    ("of these kept", 0.97),
    ("of these supported", 1.0),
])  # fmt: skip
def test_what_was_said_is_there(figures: dict[str, float], figure: str, least: float) -> None:
    assert figures[figure] >= least


def test_nothing_was_added(figures: dict[str, float]) -> None:
    assert figures["content words added"] == 0


def test_it_reads_as_writing_does(bench: ModuleType, figures: dict[str, float]) -> None:
    assert figures["fillers per 1,000 words, written"] <= bench.MAX_FILLERS
    assert figures["sentences over 40 words"] <= bench.MAX_LONG_SENTENCES * figures["sentences"]
    assert figures["paragraphs of 150 words or more"] == 0
    assert figures["windows copied (> 95 % identical)"] <= bench.MAX_COPIED
    assert figures["reading ease, written"] > figures["reading ease, spoken"]
