"""Every snippet runs and prints what is stored beside it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bpe_reference.errors import BpeError, UnknownNameError
from bpe_reference.snippets import Snippet, _read, all_snippets, get, run
from bpe_reference.snippets.__main__ import main

SHARED = Path(__file__).parents[3] / "shared" / "data"
SNIPPETS = all_snippets()


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.name)
def test_a_snippet_prints_its_output(snippet: Snippet) -> None:
    assert run(snippet) == snippet.output
    assert snippet.output.strip()


def test_a_snippet_runs_as_a_program_of_its_own() -> None:
    folder = Path(sys.modules["bpe_reference.snippets"].__file__ or "").parent
    root = folder.parents[1]
    for name in ("training_loop", "special_tokens"):
        ran = subprocess.run(
            [sys.executable, folder / f"{name}.py"],
            capture_output=True, text=True, check=True, env={"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert ran.stdout == get(name).output


def test_drift_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bpe_reference.snippets import __main__ as program

    head = "# title: t\n# moment: 00:00:01\n# keywords: k\n\n"
    (tmp_path / "good.py").write_text(head + "print(1)\n")
    (tmp_path / "good.out").write_text("1\n")
    (tmp_path / "bad.py").write_text(head + "print(2)\n")
    (tmp_path / "bad.out").write_text("1\n")
    monkeypatch.setattr(program, "__file__", str(tmp_path / "__main__.py"))
    assert main(write=False) == 1
    assert capsys.readouterr().out.startswith("bad: prints something else")
    assert main(write=True) == 0
    assert main(write=False) == 0
    assert (tmp_path / "bad.out").read_text() == "2\n"


def test_names_titles_and_moments_are_in_order() -> None:
    assert len({s.name for s in SNIPPETS}) == len({s.title for s in SNIPPETS}) == len(SNIPPETS)
    assert [s.moment_s for s in SNIPPETS] == sorted(s.moment_s for s in SNIPPETS if s.moment_s is not None)
    assert all(s.name.isidentifier() and s.keywords and s.version for s in SNIPPETS)
    assert all("noqa" not in s.code and "# title" not in s.code for s in SNIPPETS)


def test_every_chapter_of_the_lecture_has_a_snippet() -> None:
    path = SHARED / "lecture-zduSFxRajkE" / "chapters.txt"
    if not path.exists():
        pytest.skip("the measurement data is not here: shared/data/lecture-zduSFxRajkE/chapters.txt")
    starts = []
    for line in path.read_text().splitlines():
        hours, minutes, seconds = map(int, re.match(r"(\d+):(\d+):(\d+)", line).groups())
        starts.append(3600 * hours + 60 * minutes + seconds)
    without = [
        start
        for start, end in zip(starts, [*starts[1:], 1e9], strict=True)
        if not any(start <= s.moment_s < end for s in SNIPPETS)
    ]
    assert without == [starts[-1]]  # the bloopers at the end


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="no_such") as caught:
        get("no_such")
    assert "merge_pair" in str(caught.value)


def test_a_snippet_without_its_head_is_refused() -> None:
    for source in (
        "print(1)\n",
        "# title: x\n\nprint(1)\n",
        "# title: x\n# moment: soon\n# keywords: a\n\n1\n",
    ):
        with pytest.raises(BpeError, match="its head"):
            _read("x", source, "")
