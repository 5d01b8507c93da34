"""What `make openai-whisper` installs: everything that is pinned, and nothing of CUDA where there is no GPU."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def tool(root: Path) -> dict[str, Any]:
    return runpy.run_path(str(root / "tools" / "openai_whisper.py"))


@pytest.fixture(scope="module")
def lock(root: Path) -> str:
    return (root / "requirements-openai-whisper.lock").read_text()


def _names(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][\w.-]*)(?:\[.*\])?==", lock, re.MULTILINE))


def test_cpu_build_needs_no_package_of_cuda(tool: dict[str, Any], lock: str) -> None:
    kept = "".join(tool["without_cuda"](lock))
    left_out = _names(lock) - _names(kept)
    assert {"torch", "triton", "nvidia-cudnn-cu13"} <= left_out
    assert all(name == "torch" or re.match(r"triton|nvidia-|cuda-", name) for name in left_out)
    assert {"openai-whisper", "numba", "sympy", "tiktoken", "setuptools"} <= _names(kept)
    # Each block keeps its hashes.
    assert kept.count("\nnumba==") == 1
    assert re.search(r"^numba==\S+ \\\n    --hash=sha256:", kept, re.MULTILINE)


def test_lock_pins_the_torch_that_the_tool_asks_for(tool: dict[str, Any], lock: str) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", tool["torch_version"](lock))
    with pytest.raises(SystemExit, match="no torch"):
        tool["torch_version"]("numba==1.0 \\\n    --hash=sha256:00\n")


def test_lock_agrees_with_the_main_one_and_names_no_host(root: Path, lock: str) -> None:
    main = (root / "requirements.lock").read_text()
    pinned = re.compile(r"^([a-z0-9][\w.-]*)(?:\[.*\])?==([^ \n]+)", re.MULTILINE)
    assert set(pinned.findall(main)) <= set(pinned.findall(lock))
    assert "://" not in lock


@pytest.mark.parametrize(
    ("system", "gpu", "environment", "cpu"),
    [
        ("Linux", False, {}, True),
        ("Linux", True, {}, False),
        ("Linux", False, {"TORCH": "cuda"}, False),
        ("Linux", True, {"TORCH": "cpu"}, True),
        ("Darwin", False, {}, False),
        ("Windows", False, {"TORCH": "cpu"}, False),
    ],
)
def test_cpu_build_is_taken_where_there_is_no_gpu(
    tool: dict[str, Any], system: str, gpu: bool, environment: dict[str, str], cpu: bool
) -> None:
    assert tool["wants_cpu_build"](system, gpu, environment) is cpu


@pytest.mark.parametrize(
    ("script", "there"),
    [("echo 'GPU 0: NVIDIA H100'", True), ("echo 'No devices were found'; exit 6", False), (None, False)],
)
def test_gpu_is_what_the_driver_lists(
    tool: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, there: bool
) -> None:
    if script:
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tool["has_gpu"]() is there


def test_run_that_asks_for_the_engine_installs_it(root: Path) -> None:
    """`make -n` prints what would be run; a stamp that is not there stands for a fresh environment."""
    import os
    import subprocess

    def steps(*arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        command = ["make", "-n", "article", "URL=x.mp4", "READY_WHISPER=.venv/.not-there", *arguments]
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert "openai_whisper.py" not in steps()
    for asked in ("ENGINE=openai-whisper", "SET=transcribe.engine=openai-whisper"):
        made = steps(asked)
        assert made.index("openai_whisper.py") < made.index("lecturebook article")
