"""docs/reading.md shows what the editor writes today. `LECTUREBOOK_REGENERATE=1 pytest` (or `python
bench/reading.py`) writes it anew."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

REGENERATE = "LECTUREBOOK_REGENERATE"


@pytest.fixture(scope="module")
def reading(root: Path) -> ModuleType:
    """bench/reading.py as a module."""
    import sys

    spec = importlib.util.spec_from_file_location("bench_reading", root / "bench" / "reading.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_the_editor_writes_today(reading: ModuleType) -> None:
    page = reading.page()
    if os.environ.get(REGENERATE):
        reading.PAGE.write_text(page, encoding="utf-8")
        pytest.fail(f"{reading.PAGE.name} was written; look at it, then run without {REGENERATE}")
    assert reading.PAGE.read_text(encoding="utf-8") == page, "run python bench/reading.py"


def test_every_number_name_and_term_of_the_example_is_written(reading: ModuleType) -> None:
    """The whole example against its truth.json: what was said of weight stands on the page, in its chapter."""
    import json

    from pipeline.interfaces import Assignment
    from pipeline.text import identifiers, numbers, words
    from pipeline.writers.editor import EditorWriter

    truth = json.loads(reading.TRUTH.read_text(encoding="utf-8"))
    chapters = reading.chapters_of(truth)
    writer = EditorWriter()
    video = reading.SourceVideo(
        id="example", url=None, moment_url=None, title="t", duration_s=truth["duration_s"], media="m.mp4",
        sha256="0" * 64, has_video=True, has_audio=True, language="en",
    )  # fmt: skip
    outline = writer.outline(video, chapters, lambda *_: None)
    written = ""
    for chapter in chapters:
        part = reading._part(outline, chapter)
        for block in writer.write(Assignment(chapter, part, Path()), lambda *_: None).blocks:
            if block.kind in {"paragraph", "list", "exercise"}:
                written += reading._shown(block) + "\n"
    values = {value for number in numbers.numbers(written) for value in number.any_value}
    missing = {n["spoken"] for n in truth["numbers"] if str(n["value"]) not in values}
    assert missing == set()
    assert all(identifiers.bare(name["value"]) in identifiers.bare(written) for name in truth["names"])
    assert all(term["value"] in written.casefold() for term in truth["terms"])
    clean = " ".join(sentence["clean"] for sentence in truth["sentences"])
    assert words.kept_share(clean, written) >= 0.97
    assert words.fillers_per_thousand(written) == 0
    assert numbers.unsupported(" ".join(sentence["text"] for sentence in truth["sentences"]), written) == []
