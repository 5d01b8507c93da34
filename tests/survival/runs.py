"""Runs of the command over a short lecture that end badly, and what is left of them."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "llm"))

from chat_server import Answer, ChatServer, request_text  # noqa: E402
from faithful import faithful  # noqa: E402

MARKS = "0:00 Bytes\n0:11 Pairs\n0:21 Merges\n"
CAPTIONS = """WEBVTT

00:00.500 --> 00:05.000
Text has to become numbers before a model can read it.

00:05.500 --> 00:10.500
A byte is a number from 0 to 255, so that is where we begin.

00:11.200 --> 00:15.500
We count which two neighbours stand together most often.

00:16.000 --> 00:20.500
The pair that we see most often gets a number of its own, 256.

00:21.200 --> 00:25.000
Then we merge it everywhere, and count the pairs again.

00:25.500 --> 00:29.500
Each merge makes the text shorter and the vocabulary larger.
"""
ENOUGH_CALLS = 12
"""Words a call: several calls a chapter, so that there is something to kill between."""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def killed(self) -> bool:
        return self.code == -9


@dataclass
class Lecture:
    """A short lecture and where its article is made."""

    video: Path
    out: Path
    settings: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        from pipeline.lecture_id import lecture_id

        return self.out / lecture_id(str(self.video))

    def in_folder(self, out: Path) -> Lecture:
        return Lecture(self.video, out, self.settings, self.environment)

    def run(self, outcome: str | None = None, *command: str, timeout_s: float = 300) -> Ended:
        """Run `command` (`article` if none is given); `outcome` is `kill_at.py`'s."""
        arguments = [*(command or ("article", str(self.video)))]
        for setting in (f"output.folder={self.out}", *self.settings):
            arguments += ["--set", setting]
        start = [sys.executable, "-m", "pipeline.cli"]
        if outcome is not None:
            start = [
                sys.executable,
                str(HERE / "kill_at.py"),
                outcome,
                str(self.out),
                str(self.count_file),
                "--",
            ]
        done = subprocess.run(
            [*start, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=timeout_s, check=False,
            env=environment(self.environment),
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    @property
    def count_file(self) -> Path:
        return self.out.with_name(f"{self.out.name}.count")

    @property
    def writes_file(self) -> Path:
        """Numbers of the steps that a full disk would not allow, after a run that counted."""
        return self.out.with_name(f"{self.out.name}.count.writes")


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The environment without any key or endpoint of the person at the keyboard."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return {**inherited, "WRITER": "editor", "PYTHONPATH": str(ROOT), **own}


# --------------------------------------------------------------------------------------------- what is left


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of `work/` and `site/` but one: `hashes.json` holds inodes, which only save reading."""
    return {
        path.relative_to(folder).as_posix(): _reply(path) if path.parent.name == "llm" else path.read_bytes()
        for part in ("work", "site")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file() and path.name != "hashes.json"
    }


def _reply(path: Path) -> bytes:
    """A kept reply but for the tokens that the endpoint had in its cache: those depend on what it served before."""
    return re.sub(rb'"tokens_cached": \d+', b'"tokens_cached": 0', path.read_bytes())


def differences(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """Names of files that are missing, too many, or of other bytes."""
    return sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))


def every_file(lecture: Lecture) -> list[Path]:
    """Everything that was made and holds anything."""
    return [
        path
        for part in ("work", "site")
        for path in sorted((lecture.folder / part).rglob("*"))
        if path.is_file() and path.stat().st_size > 1
    ]


def damage(path: Path, harm: str) -> None:
    """Damage a file as a power cut does. A hard link's other name is not touched: another file takes its place."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[: len(data) // 2] if harm == "truncated" else bytes(len(data)))


def full_disk_fault(ended: Ended, at: int) -> str:
    """What is wrong with how a run ended for which there was no room from its step `at` on, or nothing."""
    said = ended.stderr.rstrip().splitlines()
    if "Traceback" in ended.stderr or "mistake in the program" in ended.stderr:
        return f"full at {at}: a traceback: {ended.stderr[-300:]}"
    if ended.code == 0 and "fell short" in ended.stderr:
        return ""
    if ended.code != 6 or not ("disk" in ended.stderr.lower() or "No space" in ended.stderr):
        return f"full at {at}: exit {ended.code}: {ended.stderr[-300:]}"
    return "" if said[-1].startswith("  fix: ") else f"full at {at}: not three lines: {said[-3:]}"


def temporary_files(folder: Path) -> list[str]:
    """What should not outlive a run."""
    pattern = re.compile(r"lecturebook-tmp|\.part$|\.part\.|\.tmp$|\.ytdl$")
    return sorted(str(path) for path in folder.rglob("*") if pattern.search(path.name))


def cut_short(site: Path) -> list[str]:
    """Pages of a site that are not whole, should a reader come by now."""
    return [page.name for page in site.glob("*.html") if not page.read_text().rstrip().endswith("</html>")]


# -------------------------------------------------------------------------------------------------- endpoint


def slowly_faithful(body: dict[str, Any]) -> Answer:
    """The same request, the same reply, after a moment in which a run can be killed."""
    return replace(faithful(body), stall_s=0.05)


class Bought:
    """What an endpoint was asked for, against what had been kept by then."""

    def __init__(self, server: ChatServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.twice: list[str] = []
        self.in_flight = 0
        self._counted = 0
        self._kept: set[str] = set()

    def after_run(self, parallel: int) -> None:
        """Look at a run that has just ended: which of its requests had been answered and kept before it?"""
        asked = [request_text(body) for body in self.server.requests[self._counted :]]
        self._counted += len(asked)
        self.twice += [text[-80:] for text in asked if text in self._kept]
        kept = set(self._replies())
        lost = sum((Counter(asked) - Counter(kept)).values())
        assert lost <= parallel, f"{lost} replies lost where {parallel} could be in flight"
        self.in_flight += lost
        self._kept |= kept

    def forget(self) -> None:
        """The lecture is made from nothing again."""
        self._kept.clear()

    def _replies(self) -> Iterator[str]:
        for path in (self.folder / "work" / "llm").glob("[!.]*.json"):
            kept = json.loads(path.read_bytes())["request"]
            yield "\n".join(message["text"] for message in kept["messages"])


@contextmanager
def endpoint() -> Iterator[tuple[ChatServer, dict[str, str], tuple[str, ...]]]:
    """A scripted endpoint, the environment that names it, and settings that make several calls a chapter."""
    with ChatServer(slowly_faithful) as server:
        named = {
            "WRITER": "openai",
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_API_KEY": "sk-scripted-0123456789",
        }
        small = ("segment.min_chunk_s=3", "segment.max_chunk_s=6", f"openai.call_words={ENOUGH_CALLS}")
        yield server, named, (*small, "openai.sees=false", "write.parallel=2")


# ------------------------------------------------------------------------------------------------------ chains


@dataclass
class Chain:
    """Runs of one lecture, each killed but the last, and what came of it."""

    kills: int = 0
    failures: list[str] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)


def reference(lecture: Lecture) -> tuple[dict[str, bytes], int]:
    """What an uninterrupted run leaves, and how many steps it takes."""
    done = lecture.run("count")
    assert done.code == 0, done.stderr
    return snapshot(lecture.folder), int(lecture.count_file.read_text())


def chain(
    lecture: Lecture,
    wanted: Mapping[str, bytes],
    outcomes: Sequence[str],
    bought: Bought | None = None,
    parallel: int = 2,
) -> Chain:
    """Run with one bad outcome after the other, then undisturbed; compare what is left with `wanted`."""
    shutil.rmtree(lecture.out, ignore_errors=True)
    result = Chain()
    for outcome in outcomes:
        ended = lecture.run(outcome)
        if bought is not None:
            bought.after_run(parallel)
        if "Traceback" in ended.stderr:
            result.failures.append(f"{outcome}: a traceback: {ended.stderr[-300:]}")
        if broken := cut_short(lecture.folder / "site"):
            result.failures.append(f"{outcome}: pages cut short: {broken}")
        if ended.killed:
            result.kills += 1
            result.places[_stage_of(ended.stderr)] += 1
    ended = lecture.run()
    if bought is not None:
        bought.after_run(parallel)
    if ended.code != 0:
        result.failures.append(f"after {outcomes}: exit {ended.code}: {ended.stderr[-400:]}")
    elif different := differences(wanted, snapshot(lecture.folder)):
        result.failures.append(f"after {outcomes}: not as undisturbed: {different[:6]}")
    if left := temporary_files(lecture.folder):
        result.failures.append(f"after {outcomes}: left behind: {left[:6]}")
    return result


def _stage_of(stderr: str) -> str:
    started = re.findall(r"^(\w+): [^\n]* \.\.\.$", stderr, re.MULTILINE)
    done = re.findall(r"^(\w+): [^\n]*\((?:up to date|[\d.,]+ [^)]*)\)$", stderr, re.MULTILINE)
    return (
        str(started[-1]) if started and started[-1] not in done else f"after {done[-1]}" if done else "start"
    )


def points(chance: random.Random, total: float, count: int, kind: str = "step") -> list[str]:
    """Points at random over all of a run, as outcomes: each counts from where the one before it was.

    What a killed run had finished is not done again, so the run after it is soon where that one was.
    """
    places = sorted(chance.uniform(1 if kind == "step" else 0.3, total) for _ in range(count))
    gaps = [place - before for before, place in zip([0.0, *places], places, strict=False)]
    return [f"step:{max(round(gap), 1)}" if kind == "step" else f"after:{gap + 0.3:.3f}" for gap in gaps]
