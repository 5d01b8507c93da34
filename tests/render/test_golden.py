"""The test lecture's pages to the letter. LECTUREBOOK_REGENERATE=1 writes them anew; look at the diff then."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from fakes import FakeWork
from lecture_fixture import chips, make_lecture

from pipeline import render

GOLDEN = Path(__file__).parent / "golden"
FILES = (
    "index.html", "ch01.html", "ch02.html", "ch03.html", "glossary.html", "references.html", "checks.html",
    "markdown/README.md", "markdown/ch01.md", "markdown/ch02.md", "markdown/ch03.md", "media/captions.vtt", "lecture.json",
)  # fmt: skip
REGENERATE = os.environ.get("LECTUREBOOK_REGENERATE") == "1"


def readable(text: str) -> str:
    """The page without what has files of its own (style, scripts, their hashes), a block a line."""
    text = re.sub(r"<style>.*?</style>", "<style>…</style>", text, flags=re.DOTALL)
    text = re.sub(r"<script>.*?</script>", "<script>…</script>", text, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-…", text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> FakeWork:
    work = make_lecture(tmp_path_factory.mktemp("output") / "my-lecture")
    render.run(work, chips=chips)
    return work


@pytest.mark.parametrize("name", FILES)
def test_golden(built: FakeWork, name: str) -> None:
    made = readable((built.folder / "site" / name).read_text(encoding="utf-8"))
    golden = GOLDEN / name
    if REGENERATE:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(made, encoding="utf-8")
        pytest.skip(f"wrote {name} anew")
    assert made == golden.read_text(encoding="utf-8"), "LECTUREBOOK_REGENERATE=1 writes it anew"


def test_the_flag_to_regenerate_is_not_set_where_tests_count() -> None:
    assert not (REGENERATE and os.environ.get("CI")), "LECTUREBOOK_REGENERATE leaked into CI"
