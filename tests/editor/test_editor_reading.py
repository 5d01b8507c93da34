"""docs/reading.md shows what the editor writes today. `LECTUREBOOK_REGENERATE=1 pytest` (or `python
bench/reading.py`) writes it anew."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from types import ModuleType

import pytest

REGENERATE = "LECTUREBOOK_REGENERATE"


@pytest.fixture(scope="module")
def reading(root: Path) -> ModuleType:
    """bench/reading.py as a module."""
    import sys

    sys.path.insert(0, str(root / "bench"))  # as a script it finds its neighbour there
    spec = importlib.util.spec_from_file_location("bench_reading", root / "bench" / "reading.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.path.remove(str(root / "bench"))
    return module


def test_the_page_shows_what_the_editor_writes_today(reading: ModuleType) -> None:
    before = reading.PAGE.read_text(encoding="utf-8")
    page = reading.page(reading.kept(before))
    if os.environ.get(REGENERATE):
        reading.PAGE.write_text(page, encoding="utf-8")
        pytest.fail(f"{reading.PAGE.name} was written; look at it, then run without {REGENERATE}")
    assert before == page, "run python bench/reading.py"


def test_what_the_local_model_wrote_there_says_nothing_that_was_not_said(reading: ModuleType) -> None:
    import json

    from pipeline.text import numbers, words

    chapters = reading.chapters_of(json.loads(reading.TRUTH.read_text(encoding="utf-8")))
    local = reading.kept(reading.PAGE.read_text(encoding="utf-8"))
    changed = [
        (passage, text)
        for passage, text in zip(reading.PASSAGES, local, strict=True)
        if reading.SAME not in text
    ]
    for passage, text in changed:
        spoken = chapters[passage.chapter].sentences[passage.first : passage.last]
        said = " ".join(sentence.text for sentence in spoken)
        prose = re.sub(r"```.*?```|\*Figure.*?\*$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert numbers.unsupported(said, prose) == []
        assert numbers.lost(said, prose) == []
        assert words.added(said, prose) == []
        assert words.kept_share(said, prose) >= 0.9


def test_every_number_name_and_term_of_the_example_is_written(reading: ModuleType) -> None:
    """The whole example against its truth.json: what was said of weight stands on the page, in its chapter."""
    import json

    from pipeline.interfaces import Assignment
    from pipeline.text import identifiers, numbers, words
    from pipeline.writers.editor import EditorWriter

    truth = json.loads(reading.TRUTH.read_text(encoding="utf-8"))
    chapters = reading.chapters_of(truth)
    writer = EditorWriter()
    outline = writer.outline(reading.video(truth["duration_s"]), chapters, lambda *_: None)
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
