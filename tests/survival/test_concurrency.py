"""Two runs at once: on one lecture the second is told who holds it, on two lectures they never mix."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import runs
from lectures import Made

from pipeline.errors import LectureBusy
from pipeline.lecture_lock import locked

HOLD = """
import sys, time
from pathlib import Path
from pipeline.lecture_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True, cwd=runs.ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


@pytest.mark.parametrize(
    "command", [("article",), ("chapter", "1"), ("edit", "1"), ("clean", "--level", "replies")]
)
def test_the_second_run_says_who_holds_the_lecture(lecture: runs.Lecture, command: tuple[str, ...]) -> None:
    before = runs.snapshot(lecture.folder)
    holder = hold(lecture.folder)
    try:
        ended = lecture.run(None, command[0], str(lecture.video), *command[1:])
    finally:
        end(holder)
    assert ended.code == 6, ended.stderr
    assert f"another run (process {holder.pid} on " in ended.stderr
    assert "kept: that run goes on undisturbed" in ended.stderr
    assert runs.snapshot(lecture.folder) == before


def test_a_lock_whose_holder_was_killed_is_none(tmp_path: Path) -> None:
    end(hold(tmp_path))
    assert (tmp_path / ".lock").exists()
    assert (tmp_path / ".lock-holder").exists()
    with locked(tmp_path), pytest.raises(LectureBusy, match=f"process {os.getpid()} on "), locked(tmp_path):
        pass
    assert not (tmp_path / ".lock-holder").exists()


def test_a_holder_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    (tmp_path / ".lock-holder").write_bytes(b"\0\0")
    try:
        with pytest.raises(LectureBusy, match=r"^another run is working on"), locked(tmp_path):
            pass
    finally:
        end(holder)


def test_two_runs_at_once_make_one_article(made: Made, tmp_path: Path) -> None:
    lecture = made.lecture.in_folder(tmp_path / "out")
    ends: list[runs.Ended] = []
    threads = [threading.Thread(target=lambda: ends.append(lecture.run())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=200)
    assert sorted(ended.code for ended in ends) in ([0, 6], [0, 0])
    assert runs.differences(made.wanted, runs.snapshot(lecture.folder)) == []
    assert runs.temporary_files(lecture.out) == []


def test_two_lectures_at_once_never_mix(made: Made, tmp_path: Path) -> None:
    """The same name in two folders, one output folder, the same moment."""
    both = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copyfile(made.lecture.video, folder / "talk.mp4")
        text = runs.CAPTIONS if name == "a" else runs.CAPTIONS.replace("byte", "token")
        (folder / "talk.en.vtt").write_text(text)
        both.append(runs.Lecture(folder / "talk.mp4", tmp_path / "out", ("screens.ocr=none",)))
    ends: list[runs.Ended] = []
    threads = [threading.Thread(target=lambda one=one: ends.append(one.run())) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=200)
    assert [ended.code for ended in ends] == [0, 0], ends
    assert both[0].folder != both[1].folder
    texts = ["".join(page.read_text() for page in (one.folder / "site").glob("*.html")) for one in both]
    assert "A byte is a number" in texts[0]
    assert "A token is a number" not in texts[0]
    assert "A token is a number" in texts[1]
    library = (tmp_path / "out" / "index.html").read_text()
    assert all(one.folder.name in library for one in both)
    assert runs.temporary_files(tmp_path / "out") == []


def test_first_runs_at_once_share_one_fetch_of_weights(tmp_path: Path) -> None:
    """Two processes want weights that are in no cache: one fetches, the other waits for it, both have them."""
    import hashlib
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    content = bytes(range(256)) * 4096
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()

        def do_GET(self) -> None:
            asked.append(self.path)
            time.sleep(0.5)
            self.do_HEAD()
            self.wfile.write(content)

    code = (
        "import sys; from pathlib import Path; from pipeline import weights\n"
        "from pipeline.config import WeightsOptions\n"
        f"file = weights.WeightsFile('model.bin', {len(content)}, '{hashlib.sha256(content).hexdigest()}', ())\n"
        "model = weights.Model('little', 'Little', 'be tested', 'MIT', 'a/b', 'main', 'folder', (file,))\n"
        "weights.MODELS['little'] = model\n"
        "options = WeightsOptions(hub=sys.argv[1], cache=sys.argv[2])\n"
        "print(weights.fetch('little', options, tell=print, progress=lambda *_: None))\n"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hub = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        both = [
            subprocess.Popen(
                [sys.executable, "-c", code, hub, str(tmp_path)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=runs.ROOT,
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=60)[0] for process in both]
    finally:
        server.shutdown()
        server.server_close()
    assert [process.returncode for process in both] == [0, 0], said
    assert len(asked) == 1
    assert (tmp_path / "little" / "model.bin").read_bytes() == content
    assert all(text.splitlines()[-1] == str(tmp_path / "little") for text in said)


def test_environments_made_at_once_are_one(tmp_path: Path, root: Path) -> None:
    """`make setup` twice at the same time, with a stand-in for Python that says when pip is at work."""
    for name in ("tools", "pyproject.toml"):
        (shutil.copytree if (root / name).is_dir() else shutil.copyfile)(root / name, tmp_path / name)
    (tmp_path / "requirements.lock").write_text("")
    python = tmp_path / "python3"
    python.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        '*"-m venv "*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; sleep 0.3;;\n'
        '*"pip --version"*) exit 0;;\n'
        '*"pip install"*) echo begin >>log; sleep 0.3; echo end >>log;;\n'
        "esac\n"
    )
    python.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    environment.pop("LECTUREBOOK_SETUP_LOCKED", None)
    both = [
        subprocess.Popen(
            ["sh", "tools/setup.sh", "requirements.lock", ".venv/.ready"], cwd=tmp_path, env=environment,
            stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert (tmp_path / "log").read_text() == "begin\nend\nbegin\nend\n"
    assert sum("installing" in text for text in said) == 1


def test_sigterm_ends_a_run_in_order_and_frees_the_lecture(made: Made, tmp_path: Path) -> None:
    lecture = made.lecture.in_folder(tmp_path / "out")
    arguments = ["article", str(lecture.video)]
    for setting in (f"output.folder={lecture.out}", *lecture.settings):
        arguments += ["--set", setting]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *arguments], cwd=runs.ROOT, env=runs.environment({}),
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("screens: looking"):
            break
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert re.search(r"interrupted\n  kept: .*\n  fix: ", said)
    assert runs.temporary_files(lecture.out) == []
    with locked(lecture.folder):
        pass
