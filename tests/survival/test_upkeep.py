"""`clean`, `doctor` and `--debug`, and that no key ends up anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import runs
from chat_server import Answer
from lectures import Made, MakeRun, built

from pipeline.redact import MARK, public_url, redact

KEY = "sk-survival-0123456789abcdef"
PASSWORD = "hunter2-hunter2"


# --------------------------------------------------------------------------------------------------- clean


def test_clean_says_what_each_level_frees_and_costs(lecture: runs.Lecture) -> None:
    before = runs.snapshot(lecture.folder)
    said = lecture.run(None, "clean", str(lecture.video))
    assert said.code == 0, said.stderr
    for level in ("frames", "media", "replies"):
        assert level in said.stdout
    assert said.stdout.count("to make again:") == 3
    assert "Nothing was deleted" in said.stdout
    assert runs.snapshot(lecture.folder) == before


@pytest.mark.parametrize(
    ("level", "gone", "rebuilt"),
    [
        ("frames", ("work/frames",), {"screens": 1}),
        ("media", ("work/frames", "work/media", "work/captions"), {"download": 1, "screens": 1}),
        ("replies", ("work/frames", "work/media"), {"download": 1, "screens": 1}),
    ],
)
def test_what_clean_deletes_is_made_again(
    made: Made,
    lecture: runs.Lecture,
    make_run: MakeRun,
    level: str,
    gone: tuple[str, ...],
    rebuilt: dict[str, int],
) -> None:
    edits = lecture.folder / "edits" / "chapters" / "02.md.before-1"
    edits.parent.mkdir(parents=True)
    edits.write_text("mine")
    site = {path: path.read_bytes() for path in (lecture.folder / "site").rglob("*") if path.is_file()}
    said = lecture.run(None, "clean", str(lecture.video), "--level", level)
    assert said.code == 0, said.stderr
    assert "MB freed" in said.stdout
    assert not any((lecture.folder / name).exists() for name in gone)
    assert {path: path.read_bytes() for path in site} == site
    assert edits.read_text() == "mine"
    assert built(make_run(lecture).run()) == rebuilt
    wanted = {name: data for name, data in made.wanted.items() if not name.startswith("work/render/")}
    found = {
        name: data
        for name, data in runs.snapshot(lecture.folder).items()
        if not name.startswith("work/render/")
    }
    assert runs.differences(wanted, found) == []


def test_replies_are_priced(made: Made, tmp_path: Path) -> None:
    with runs.endpoint() as (server, named, settings):
        lecture = runs.Lecture(
            made.lecture.video, tmp_path / "out", (*made.lecture.settings, *settings), named
        )
        assert lecture.run().code == 0
        calls = len(server.requests)
    said = lecture.run(
        None, "clean", str(lecture.video), "--level", "replies", "--set", "openai.price_in=1000000",
        "--set", "openai.price_out=0",
    )  # fmt: skip
    assert f"{calls} calls of a model" in said.stdout
    assert "at your prices" in said.stdout
    assert not (lecture.folder / "work" / "llm").exists()


def test_nothing_to_clean_is_said(tmp_path: Path) -> None:
    ended = runs.Lecture(tmp_path / "no.mp4", tmp_path / "out").run(None, "clean", str(tmp_path / "no.mp4"))
    assert ended.code == 2
    assert "nothing was made" in ended.stderr


# -------------------------------------------------------------------------------------------------- doctor


def doctor(*settings: str, **environment: str) -> runs.Ended:
    return runs.Lecture(Path("none"), Path("/nonexistent"), settings, environment).run(None, "doctor")


def test_doctor_fits_one_screen_and_finds_what_is_needed(tmp_path: Path) -> None:
    said = doctor(f"output.folder={tmp_path}")
    assert said.code == 0, said.stdout
    lines = said.stdout.splitlines()
    assert len(lines) <= 24
    for what in (
        "Python",
        "packages",
        "ffmpeg",
        "speech model",
        "endpoint",
        "output folder",
        "weights cache",
    ):
        assert any(what in line for line in lines), what
    assert not list(tmp_path.iterdir())


def test_doctor_asks_the_endpoint_and_hides_the_key(tmp_path: Path) -> None:
    with runs.endpoint() as (server, named, _):
        named = {**named, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        reached = doctor(f"output.folder={tmp_path}", **named)
    assert "127.0.0.1, with a key" in reached.stdout
    gone = doctor(f"output.folder={tmp_path}", **named)
    assert gone.code == 8
    assert "cannot be reached" in gone.stdout
    assert KEY not in reached.stdout + gone.stdout + reached.stderr + gone.stderr


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (("output.folder=/proc/nothing",), "--set output.folder=DIR"),
        (("render.pdff=true",), "did you mean render.pdf?"),
    ],
)
def test_doctor_says_what_is_wrong(settings: tuple[str, ...], says: str) -> None:
    said = runs.Lecture(Path("none"), Path("/proc/nothing"), settings).run(None, "doctor")
    assert said.code == 8
    assert says in said.stdout
    assert "fix: " in said.stdout
    assert "WRONG" in said.stdout


def test_doctor_misses_a_program_that_an_option_needs(tmp_path: Path) -> None:
    said = doctor(f"output.folder={tmp_path}", "render.pdf=true", CHROMIUM="", PATH="/nonexistent")
    assert said.code == 8
    assert "Chromium" in said.stdout


# ------------------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {KEY}",
        f"{{'authorization': 'Bearer {KEY}', 'accept': '*/*'}}",
        f"Cookie: session={PASSWORD}",
        f"https://me:{PASSWORD}@example.org/talk.mp4",
        f"https://example.org/talk.mp4?X-Amz-Signature={PASSWORD}&v=1",
        f"https://example.org/talk.mp4?v=1&token={PASSWORD}",
        f"api_key={PASSWORD}",
        f'"password": "{PASSWORD}"',
        f"wrong API key provided: {KEY}",
        f"proxy http://me:{PASSWORD}@proxy:8080 refused",
    ],
)
def test_no_secret_gets_through(text: str) -> None:
    shown = redact(text, {})
    assert KEY not in shown
    assert PASSWORD not in shown
    assert MARK in shown


def test_values_of_the_environment_are_known() -> None:
    environment = {
        "OPENAI_API_KEY": "plain words",
        "HF_TOKEN": "another one",
        "PATH": "/usr/bin",
        "KEY_FILE": "/etc/k",
    }
    assert redact("plain words and another one in /usr/bin, /etc/k", environment) == (
        f"{MARK} and {MARK} in /usr/bin, /etc/k"
    )
    assert redact("a key by itself is none", {"API_KEY": "key"}) == "a key by itself is none"


def test_ordinary_text_stays() -> None:
    for text in (
        "Each token is a key to the merges: token 256 = (116, 104).",
        "https://www.youtube.com/watch?v=zduSFxRajkE&t=90s",
        "see https://example.org/a?b=c&page=2#t=10",
        "the secret of BPE: merge the pair",
    ):
        assert redact(text, {}) == text
    assert (
        public_url("https://example.org/watch?v=1&list=2#t=10") == "https://example.org/watch?v=1&list=2#t=10"
    )


def test_no_key_is_in_any_file_log_or_message(made: Made, tmp_path: Path) -> None:
    """An endpoint that throws the key back in its error, an address with a password: searched for in all there is."""
    with runs.endpoint() as (server, named, settings):
        named = {**named, "OPENAI_API_KEY": KEY, "HF_TOKEN": PASSWORD}
        lecture = runs.Lecture(
            made.lecture.video, tmp_path / "out", (*made.lecture.settings, *settings), named
        )
        good = lecture.run(None, "article", str(lecture.video), "--debug")
        assert good.code == 0, good.stderr
        assert any(KEY in headers.get("authorization", "") for headers in server.headers)
        server.respond = lambda body: Answer(status=401, error=f"Incorrect API key provided: {KEY}")
        bad = lecture.run(None, "chapter", str(lecture.video), "1", "--debug")
        assert bad.code == 7, bad.stderr
    log = (lecture.folder / "work" / "debug.log").read_text()
    assert "is out of date" in log
    assert "Traceback" in log
    assert "config: " in log
    everything = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    everything["shown"] = (good.stdout + good.stderr + bad.stdout + bad.stderr).encode()
    for name, data in everything.items():
        assert KEY.encode() not in data, name
        assert PASSWORD.encode() not in data, name


def test_a_password_in_an_address_is_neither_kept_nor_shown(tmp_path: Path) -> None:
    url = f"http://me:{PASSWORD}@127.0.0.1:9/talk.mp4?token={KEY}&v=1"
    lecture = runs.Lecture(Path("none"), tmp_path / "out")
    for more in ((), ("--set", "download.allow_private_addresses=true", "--set", "download.retries=0")):
        ended = lecture.run(None, "article", url, "--debug", *more)
        assert ended.code == 3, ended.stderr
        for text in (ended.stdout, ended.stderr, *(path.read_text() for path in tmp_path.rglob("*.log"))):
            assert PASSWORD not in text
            assert KEY not in text


def test_a_mistake_of_the_program_is_three_lines_and_a_trace_without_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tempfile

    from pipeline import cli

    def broken() -> None:
        raise RuntimeError(f"broken while sending Bearer {KEY}")

    monkeypatch.setattr(cli, "app", broken)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cli, "_stop_on_signals", lambda: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    [trace] = tmp_path.glob("lecturebook-*.log")
    assert "a mistake in the program itself: RuntimeError" in said
    assert str(trace.name) in said.replace("\n", "")
    assert "Traceback" in trace.read_text()
    assert KEY not in said + trace.read_text()
    assert os.stat(trace).st_mode & 0o077 == 0
