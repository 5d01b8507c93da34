"""One chapter of 25 written afresh: the other 24 stay to the byte, and it takes one chapter's calls."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import runs
from lectures import MakeRun, lay_lecture

from pipeline.chapter_requests import Requests

WORDS = ("bytes", "pairs", "merges", "tokens", "ranks", "scores", "models", "letters", "numbers", "tables")
COUNT = 25


def captions() -> str:
    cues = [
        f"00:{n:02d}.050 --> 00:{n:02d}.950\nNow we count the {WORDS[n % 10]} of row {n + 1} and write the {WORDS[(n + 3) % 10]} beside it."
        for n in range(COUNT)
    ]
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def test_one_chapter_of_25(
    tmp_path: Path, example: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecture = lay_lecture(tmp_path / "talk", example, "talk.mp3")
    lecture.video.with_name("talk.en.vtt").write_text(captions())
    marks = "\n".join(f"0:{n:02d} Row number {n + 1}" for n in range(COUNT))
    lecture.video.with_name("marks.txt").write_text(marks)
    with runs.endpoint() as (server, named, settings):
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        lecture = runs.Lecture(
            lecture.video, lecture.out, (*lecture.settings, *settings, "render.search=false"), named
        )
        make_run(lecture).run()
        folder = lecture.folder / "work" / "drafts"
        before = {path.name: path.read_bytes() for path in folder.glob("ch??.json")}
        assert len(before) == COUNT
        pages = {path.name: path.read_bytes() for path in (lecture.folder / "site").glob("ch??.html")}
        server.requests.clear()
        Requests(lecture.folder).ask_again("ch13", None)
        report = make_run(lecture).run()
        after = {path.name: path.read_bytes() for path in folder.glob("ch??.json")}
        assert {name for name in before if before[name] != after[name]} == {"ch13.json"}
        assert {result.stage.name: result.built for result in report.results if result.built} == {
            "write": 1, "verify": 1, "render": 1
        }  # fmt: skip
        asked = [runs.request_text(body) for body in server.requests]
        # Its stretch once, and no more than a repair of each of its blocks.
        assert len([text for text in asked if "<blocks>" not in text]) == 1
        assert all(re.search(r"\bs0013\b", text) for text in asked)
        again = {path.name: path.read_bytes() for path in (lecture.folder / "site").glob("ch??.html")}
        assert {name for name in pages if pages[name] != again[name]} <= {
            "ch13.html",
            "ch12.html",
            "ch14.html",
        }
