"""The search index: the same files each time, whole, and an error where pagefind dies, hangs or babbles."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.site import pagefind_service, search

RECORDS = [
    search.Record(f"{number:02}-chapter.html", f"{number}. Pairs", f"pair {number} of bytes " * 40, "0 a1 5")
    for number in range(40)
]


def test_the_same_records_give_the_same_whole_files_also_beside_each_other() -> None:
    """Pagefind says that its files are written before they are: one in some hundred was empty."""
    with ThreadPoolExecutor(6) as threads:
        indexes = list(threads.map(lambda _: search._files(RECORDS, "en"), range(12)))
    assert all(one == indexes[0] for one in indexes)
    assert min(map(len, indexes[0].values())) > 0
    assert sum(name.endswith(".pf_fragment") for name in indexes[0]) == len(RECORDS)
    assert not any("component" in name for name in indexes[0])


def test_a_request_that_pagefind_does_not_understand_is_refused() -> None:
    with pytest.raises(RuntimeError, match="pagefind refused a request"):
        pagefind_service.ask([{"type": "NewIndex", "config": {}}, {"type": "Nonsense"}], timeout_s=20)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "was stopped while it worked"),
        ("head -c 100 > /dev/null; kill -9 $$", "was stopped while it worked"),
        ("exec sleep 60", "took over 0.5 s"),
        ("echo 'hello, world,'", "cannot be read"),
    ],
)
def test_a_program_that_fails_is_an_error(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pagefind"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PAGEFIND_BINARY_PATH", str(program))
    large = {"type": "AddRecord", "content": "word " * 100_000}
    with pytest.raises(RuntimeError, match=said):
        pagefind_service.ask([{"type": "NewIndex"}, large], timeout_s=0.5)


def test_a_program_killed_at_any_moment_gives_all_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = search._files(RECORDS, "en")
    timers: list[threading.Timer] = []

    class Doomed(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            timers.append(threading.Timer(len(timers) * 0.01, self.kill))
            timers[-1].start()

    monkeypatch.setattr(subprocess, "Popen", Doomed)
    stopped = []
    for _ in range(8):
        try:
            assert search._files(RECORDS, "en") == whole
        except RuntimeError as error:
            stopped.append(str(error))
        timers[-1].join()
    assert set(stopped) == {"pagefind was stopped while it worked"}
