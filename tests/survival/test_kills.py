"""A run can be killed anywhere: the next one goes on, to the same bytes, and buys nothing twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import runs
from lectures import Made

from pipeline.adapters import media


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_step_it_goes_on(made: Made, tmp_path: Path, seed: int) -> None:
    outcomes = runs.points(random.Random(seed), made.steps, 4)
    chain = runs.chain(made.lecture.in_folder(tmp_path / "out"), made.wanted, outcomes)
    assert chain.failures == []
    assert chain.kills >= 3, chain.places


def test_killed_while_an_endpoint_writes_nothing_is_bought_twice(made: Made, tmp_path: Path) -> None:
    with runs.endpoint() as (server, named, settings):
        lecture = runs.Lecture(
            made.lecture.video, tmp_path / "out", (*made.lecture.settings, *settings), named
        )
        wanted, total = runs.reference(lecture)
        calls = len(server.requests)
        assert calls >= 6, "several calls a chapter"
        server.requests.clear()
        bought = runs.Bought(server, lecture.folder)
        outcomes = runs.points(random.Random(3), total, 4)
        chain = runs.chain(lecture, wanted, outcomes, bought)
    assert chain.failures == []
    assert chain.kills >= 3, chain.places
    assert bought.twice == []
    assert len(server.requests) == calls + bought.in_flight


def test_a_program_killed_under_the_run_is_no_loss(example: Path, tmp_path: Path) -> None:
    """ffmpeg (this is no format that browsers play), then pagefind; a failure is told, and not remembered as done."""
    video = tmp_path / "talk.mkv"
    media.cut(example, video, 0.0, 10.0)
    video.with_name("talk.en.vtt").write_text(runs.CAPTIONS.split("\n\n00:11")[0])
    lecture = runs.Lecture(video, tmp_path / "out", ("screens.ocr=none",))
    wanted, _ = runs.reference(lecture)
    other = lecture.in_folder(tmp_path / "other")
    for number in (1, 2):
        ended = other.run(f"child:{number}")
        assert other.count_file.exists(), f"program {number} was not started"
        other.count_file.unlink()
        assert "Traceback" not in ended.stderr
        assert "mistake in the program" not in ended.stderr
        assert ended.code == 0 or "run the same command again" in ended.stderr
    assert other.run().code == 0
    assert runs.differences(wanted, runs.snapshot(other.folder)) == []
    assert runs.temporary_files(other.out) == []
