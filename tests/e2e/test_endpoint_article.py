"""The main job with the `openai` writer, as a person runs it: the command, a real cut, a real server on this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "llm"))
from chat_server import ChatServer
from faithful import faithful

from pipeline.adapters import media

CUT_S = 40.0


@pytest.mark.weights
@pytest.mark.slow
def test_plan_article_chapter_through_an_endpoint(tmp_path: Path, example: Path) -> None:
    media.cut(example, tmp_path / "cut.mp4", 0.0, CUT_S)
    with ChatServer(faithful) as server:

        def lecturebook(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
            settings = (
                f"output.folder={tmp_path / 'out'}",
                "openai.price_in=2",
                "openai.price_out=8",
                "screens.ocr=none",
            )
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")},
                "WRITER": "openai",
                "OPENAI_BASE_URL": server.base_url,
                "OPENAI_API_KEY": "sk-test-0123456789",
            }
            done = subprocess.run(
                [sys.executable, "-m", "pipeline.cli", command, str(tmp_path / "cut.mp4"), *arguments,
                 *(part for one in settings for part in ("--set", one))],
                capture_output=True, text=True, timeout=580, env=environment,
            )  # fmt: skip
            assert "sk-test" not in done.stdout + done.stderr
            return done

        planned = lecturebook("plan")
        assert planned.returncode == 0, planned.stderr
        assert server.requests == [], "a plan calls nobody"
        (calls,) = re.findall(r"^  calls +(\d+)", planned.stdout, re.MULTILINE)
        assert re.search(r"^  price +0\.\d+", planned.stdout, re.MULTILINE)

        made = lecturebook("article")
        assert made.returncode == 0, made.stderr
        index = Path(made.stdout.strip())
        folder = index.parent.parent
        assert f"calls{calls:>23}" in made.stderr
        assert any("image_url" in json.dumps(body["messages"][-1]) for body in server.requests)
        drafts = {path.name: path.read_bytes() for path in (folder / "work" / "drafts").glob("ch??.json")}
        assert json.loads(drafts["ch01.json"])["writer"] == "openai"
        assert "The outline was made by gpt-4o-mini" in index.read_text()
        assert not any(b"sk-test" in path.read_bytes() for path in folder.rglob("*") if path.is_file())

        before = len(server.requests)
        fresh = lecturebook("chapter", "1", "--notes", "shorter, keep the joke")
        assert fresh.returncode == 0, fresh.stderr
        assert any("keep the joke" in json.dumps(body) for body in server.requests[before:])
        after = {path.name: path.read_bytes() for path in (folder / "work" / "drafts").glob("ch??.json")}
        assert [name for name in after if after[name] != drafts[name]] == ["ch01.json"]

        mine = folder / "edits" / "chapters" / "01.md"
        mine.parent.mkdir(exist_ok=True)
        mine_text = "# Mine\n\nLanguage models do not read letters.\n"
        mine.write_text(mine_text)
        refused = lecturebook("chapter", "1")
        assert refused.returncode == 2
        assert "--overwrite" in refused.stderr
        assert lecturebook("chapter", "1", "--overwrite").returncode == 0
        assert not mine.exists()
        assert [path.read_text() for path in mine.parent.glob("01.md.before*")] == [mine_text]
