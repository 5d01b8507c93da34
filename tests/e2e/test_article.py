"""The main job as a person runs it: the command, a real cut of the example lecture, real weights, no key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.adapters import media
from pipeline.models import CheckedChapter

CUT_S = 75.0


def lecturebook(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, without any key or endpoint of the person at the keyboard."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        capture_output=True, text=True, timeout=580, env={**inherited, "WRITER": "editor", **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory, example: Path) -> tuple[Path, Path]:
    """A cut of the example, and the folder that its article was made in."""
    folder = tmp_path_factory.mktemp("lecture")
    media.cut(example, folder / "short lecture.mp4", 0.0, CUT_S)
    done = lecturebook(
        "article", str(folder / "short lecture.mp4"), "--set", f"output.folder={folder / 'out'}"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    index = Path(done.stdout.strip())
    assert index.name == "index.html"
    assert index.is_file()
    assert "make serve URL=" in done.stderr
    assert f"{index.parent.parent.name}/site/index.html" in (folder / "out" / "index.html").read_text()
    return folder / "short lecture.mp4", index.parent.parent


@pytest.mark.weights
@pytest.mark.slow
class TestMadeArticle:
    def test_every_paragraph_links_to_its_moment(self, lecture: tuple[Path, Path]) -> None:
        _, folder = lecture
        checked = [
            CheckedChapter.model_validate_json(path.read_bytes())
            for path in sorted((folder / "work" / "checked").glob("ch??.json"))
        ]
        assert checked
        for chapter in checked:
            page = (folder / "site" / f"{chapter.draft.chapter}.html").read_text()
            paragraphs = [block for block in chapter.draft.blocks if block.kind == "paragraph"]
            assert paragraphs
            assert page.count("#t=") >= len(paragraphs)
            assert chapter.findings.kept_words >= 0.9 * chapter.findings.spoken_words

    def test_what_was_shown_is_there(self, lecture: tuple[Path, Path]) -> None:
        _, folder = lecture
        screens = json.loads((folder / "work" / "screens.json").read_text())["screens"]
        assert len(screens) >= 3
        assert list((folder / "site" / "figures").iterdir())

    def test_a_second_run_builds_nothing(self, lecture: tuple[Path, Path]) -> None:
        video, folder = lecture
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        out = f"output.folder={folder.parent}"
        done = lecturebook("article", str(video), "--set", out)
        assert done.returncode == 0
        assert done.stderr.count("(up to date)") == 8
        after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        changed = {path.name for path in {*before, *after} if before.get(path) != after.get(path)}
        # The one exception only saves the reading of large files; it is not part of what was made.
        assert changed <= {"hashes.json"}
        assert lecturebook("why", str(video), "--set", out).stdout == "Everything is up to date.\n"

    def test_why_names_a_changed_option(self, lecture: tuple[Path, Path]) -> None:
        video, folder = lecture
        said = lecturebook(
            "why",
            str(video),
            "--set",
            f"output.folder={folder.parent}",
            "--set",
            "screens.min_duration_s=2.0",
        )
        assert "screens is out of date: option screens.min_duration_s changed from 1.0 to 2.0." in said.stdout

    def test_a_damaged_artifact_is_made_again(self, lecture: tuple[Path, Path]) -> None:
        video, folder = lecture
        path = folder / "work" / "outline.json"
        before = path.read_bytes()
        path.write_bytes(before[:-20])
        done = lecturebook("article", str(video), "--set", f"output.folder={folder.parent}")
        assert done.returncode == 0, done.stderr
        assert path.read_bytes() == before

    def test_one_chapter_again_leaves_the_others(self, lecture: tuple[Path, Path]) -> None:
        video, folder = lecture
        drafts = sorted((folder / "work" / "drafts").glob("ch??.json"))
        before = [path.read_bytes() for path in drafts]
        done = lecturebook("chapter", str(video), "1", "--set", f"output.folder={folder.parent}")
        assert done.returncode == 0, done.stderr
        after = [path.read_bytes() for path in drafts]
        assert after[1:] == before[1:]
        assert json.loads(after[0])["sample"] == 1
        beyond = lecturebook("chapter", str(video), "99", "--set", f"output.folder={folder.parent}")
        assert beyond.returncode == 2
        assert "there is no chapter 99" in beyond.stderr


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("nothing.mp4", 3, "nothing.mp4"),
        ("text.mp4", 4, "text.mp4"),
        ("ftp://127.0.0.1/lecture.mp4", 3, "ftp"),
    ],
)
def test_bad_input_is_three_lines_and_an_exit_code(tmp_path: Path, name: str, code: int, says: str) -> None:
    (tmp_path / "text.mp4").write_text("this is no video\n" * 99)
    url = name if "://" in name else str(tmp_path / name)
    done = lecturebook("article", url, "--set", f"output.folder={tmp_path / 'out'}")
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert says in done.stderr
    tail = done.stderr.rstrip().splitlines()[-2:]
    assert tail[0].startswith("  kept: ")
    assert tail[1].startswith("  fix: ")


@pytest.mark.parametrize(
    ("name", "code"),
    [("opencast-no-streams.mp4", 4), ("opencast-silent.mp4", 4), ("opencast-slidechanges-28s.mov", 4)],
)
def test_media_that_cannot_be_an_article(tmp_path: Path, data: Path, name: str, code: int) -> None:
    done = lecturebook("article", str(data / "media" / name), "--set", f"output.folder={tmp_path / 'out'}",
                       "--set", "screens.ocr=none")  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "  fix: " in done.stderr


def test_a_config_mistake_stops_before_anything_is_done(tmp_path: Path) -> None:
    done = lecturebook(
        "article", "x.mp4", "--set", "write.wirter=editor", "--set", f"output.folder={tmp_path}/out"
    )
    assert done.returncode == 2
    assert "did you mean write.writer?" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop its rights")
def test_an_output_folder_that_cannot_be_written(tmp_path: Path, example: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    code = (
        "import os, sys\n"
        "import pipeline.display, pipeline.runner, pipeline.download\n"
        "from pipeline.adapters import llama, media, video_site\n"
        "from pipeline.cli import main\n"
        "os.setgid(65534); os.setuid(65534)\n"
        f"sys.argv = ['lecturebook', 'article', {str(example)!r}, '--set', 'output.folder={closed}/out']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 6, done.stderr
    assert "Traceback" not in done.stderr
    assert "fix: " in done.stderr


def test_claims_says_which_statements_are_false(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('GPT-2 encodes "hello world" as 31373, 318, 984.\n')
    done = lecturebook("claims", str(page))
    assert done.returncode == 1
    assert done.stdout.startswith("false")
    assert "31373, 995" in done.stdout
    page.write_text('GPT-2 encodes "hello world" as 31373, 995.\n')
    assert lecturebook("claims", str(page)).returncode == 0
