"""The whole example through the command with the `openai` writer: a chapter fails, and the next run continues the book.

The endpoint is a real server on this machine, streaming as the default config asks for. What is said comes from captions
made of the example's truth: recognizers have tests of their own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "llm"))
from chat_server import Answer, ChatServer, asked_text
from faithful import faithful


def is_about_chapter_4(body: dict[str, object]) -> bool:
    asked = asked_text(body)
    return "<transcript>" in asked and "## ch" not in asked and "crashed on the very last" in asked


def captions(truth: Path, to: Path) -> Path:
    """The example's sentences as WebVTT."""
    said = json.loads(truth.read_text(encoding="utf-8"))["sentences"]
    cues = [f"{stamp(one['start_s'])} --> {stamp(one['end_s'])}\n{one['text']}\n" for one in said]
    to.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    return to


def stamp(at_s: float) -> str:
    return f"{int(at_s // 3600):02d}:{int(at_s // 60) % 60:02d}:{at_s % 60:06.3f}"


@pytest.mark.slow
def test_a_book_goes_on_behind_a_failing_chapter(tmp_path: Path, example: Path) -> None:
    vtt = captions(example.parent / "truth.json", tmp_path / "said.vtt")
    broken = [True]

    def respond(body: dict[str, object]) -> Answer:
        if broken[0] and is_about_chapter_4(body):
            return Answer(status=403, error="you may not")
        return faithful(body)

    with ChatServer(respond) as server:

        def article() -> subprocess.CompletedProcess[str]:
            environment = {
                name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")
            }
            environment |= {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
            settings = [
                f"output.folder={tmp_path / 'out'}",
                f"transcribe.captions={vtt}",
                "screens.ocr=none",
                "render.search=false",
            ]
            return subprocess.run(
                [sys.executable, "-m", "pipeline.cli", "article", str(example),
                 *(part for one in settings for part in ("--set", one))],
                capture_output=True, text=True, timeout=580, env=environment,
            )  # fmt: skip

        first = article()
        assert first.returncode == 7, first.stderr
        assert "ch04" in first.stderr
        assert all(body.get("stream") for body in server.requests), "the default is to stream"
        [folder] = [path for path in (tmp_path / "out").iterdir() if path.is_dir()]
        drafts = {path.name for path in (folder / "work" / "drafts").glob("ch??.json")}
        assert "ch04.json" not in drafts
        assert len(drafts) == 6, "the rest of the book is there"

        asked = len(server.requests)
        broken[0] = False
        second = article()
        assert second.returncode == 0, second.stderr
        again = server.requests[asked:]
        assert [is_about_chapter_4(body) for body in again if "<blocks>" not in asked_text(body)] == [True]
        assert len(again) <= 2, "what failed is asked for, and a block of it that fails its check"

    index = Path(second.stdout.strip())
    for number in range(1, 8):
        page = (index.parent / f"ch{number:02d}.html").read_text(encoding="utf-8")
        draft = json.loads((folder / "work" / "drafts" / f"ch{number:02d}.json").read_text())
        assert draft["writer"] == "openai"
        assert "<h1" in page
        assert re.search(r'href="[^"]*#t=\d+', page), "paragraphs lead to their moments"
    assert not any(b"sk-test" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
