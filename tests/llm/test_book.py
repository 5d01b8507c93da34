"""Whole books through an endpoint: a chapter that fails, one written afresh, one written by a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from book import bytes_of, lay, make
from chat_server import Answer, ChatServer, asked_text, request_text
from faithful import faithful

from pipeline.chapter_requests import Requests
from pipeline.models import Draft
from pipeline.stages import STAGES
from pipeline.store import Store

TO_VERIFIED = STAGES[4:7]
DRAFTS = "drafts/ch??.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay(tmp_path / "tokens")


def is_for(body: dict[str, Any], sentence: str) -> bool:
    asked = asked_text(body)
    return "The chapter is" in asked and f"\n{sentence} " in asked


def other_chapters(body: dict[str, Any]) -> Answer:
    """The second chapter's request is answered with the third's text."""
    moved = json.loads(faithful(body).text or "")
    for block in moved["blocks"]:
        block["text"] = (
            "GPT-4 splits the text with a regular expression, and a leading space matters very much there."
        )
        block["text"] += (
            " Frequent words have their own tokens in its vocabulary of some hundred thousand entries."
        )
    return Answer(text=json.dumps(moved))


FAULTS: dict[str, Any] = {
    "500": lambda body: Answer(status=500, error="broken"),
    "403": lambda body: Answer(status=403, error="not yours"),
    "reset": lambda body: Answer(reset=True),
    "refusal": lambda body: Answer(text=None, refusal="I will not write that"),
    "empty": lambda body: Answer(text=""),
    "no JSON": lambda body: Answer(text="Here is your chapter!"),
    "wrong shape": lambda body: Answer(text='{"blocks": {"kind": "paragraph"}}'),
    "another chapter": other_chapters,
    "cut": lambda body: Answer(text='{"blocks": [', finish="length"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_chapter_that_fails_is_not_done_and_the_rest_is(
    server: ChatServer, folder: Path, fault: str
) -> None:
    server.respond = lambda body: FAULTS[fault](body) if is_for(body, "s0006") else faithful(body)
    report = make(folder, server.base_url, TO_VERIFIED)
    assert [error.exit_code for error in report.failures] == [7]
    assert "missing from the book" in next(
        one.consequence for one in report.degradations if one.stage == "write"
    )
    assert sorted(bytes_of(folder, DRAFTS)) == ["ch01.json", "ch03.json"]
    assert Store(folder).key(Draft, "ch02") is None
    before, calls = bytes_of(folder, DRAFTS), len(server.requests)
    server.respond = faithful
    report = make(folder, server.base_url, TO_VERIFIED)
    assert not report.failures
    # Cut at every length, the chapter goes on from its halves: the first sentence, the second, the last three.
    missing = 3 if fault == "cut" else 1
    assert len(server.requests) == calls + missing, "only what was missing is paid for"
    after = bytes_of(folder, DRAFTS)
    assert {name: after[name] for name in before} == before
    assert "ch02.json" in after


def test_the_site_is_made_around_a_chapter_that_fails(server: ChatServer, folder: Path) -> None:
    server.respond = lambda body: (
        Answer(status=500, error="broken") if is_for(body, "s0006") else faithful(body)
    )
    report = make(folder, server.base_url)
    assert report.index is not None
    assert (folder / "site" / "ch03.html").is_file()
    assert not (folder / "site" / "ch02.html").exists()
    assert "missing from the book" in report.index.read_text()


def test_a_chapter_afresh_is_another_sample_with_its_notes(server: ChatServer, folder: Path) -> None:
    server.respond = faithful
    make(folder, server.base_url, TO_VERIFIED)
    before, calls = bytes_of(folder, DRAFTS), len(server.requests)
    Requests(folder).ask_again("ch02", "shorter, keep the joke")
    make(folder, server.base_url, TO_VERIFIED)
    (body,) = server.requests[calls:]
    assert body["seed"] == 1
    assert "shorter, keep the joke" in request_text(body)
    after = bytes_of(folder, DRAFTS)
    assert [name for name in after if after[name] != before[name]] == ["ch02.json"]
    # The next run does not take it back, and the notes stay until others replace them.
    make(folder, server.base_url, TO_VERIFIED)
    assert bytes_of(folder, DRAFTS) == after
    assert Requests(folder).ask_again("ch02", None).notes == "shorter, keep the joke"


@pytest.mark.parametrize("name", ["02.md", "2.md", "ch02.md"])
def test_a_persons_chapter_is_kept_and_nobody_is_asked(server: ChatServer, folder: Path, name: str) -> None:
    server.respond = faithful
    (folder / "edits" / "chapters").mkdir(parents=True)
    (folder / "edits" / "chapters" / name).write_text("# Mine\n\nWe count the pairs of bytes by hand.\n")
    make(folder, server.base_url, TO_VERIFIED)
    assert not any(is_for(body, "s0006") for body in server.requests)
    draft = Store(folder).read(Draft, "ch02")
    assert (draft.writer, draft.title) == ("person", "Mine")


def test_a_changed_prompt_writes_anew_what_it_is_for(server: ChatServer, folder: Path) -> None:
    """Its hash is in the key of what it makes, so that an edited prompt is used and nothing older is."""
    server.respond = faithful
    make(folder, server.base_url, TO_VERIFIED)
    parts = Store(folder).key(Draft, "ch01")
    assert parts is not None
    assert "prompt write.md" in parts.parts
