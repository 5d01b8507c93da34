"""llama.cpp on a system without an OpenMP runtime of its own."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.adapters import llama, openmp
from pipeline.config import Config
from pipeline.display import Display
from pipeline.errors import MissingTool
from pipeline.runner import Run

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the wheel asks for it on Linux alone"
)

LOAD = """
import ctypes, importlib.util
from pathlib import Path
from pipeline.adapters import openmp

real = ctypes.CDLL
def without_the_systems(name, *rest, **options):
    if name == "libgomp.so.1":
        raise OSError("libgomp.so.1: cannot open shared object file: No such file or directory")
    return real(name, *rest, **options)
ctypes.CDLL = without_the_systems
packages = Path(importlib.util.find_spec("xllamacpp").origin).parents[1]
assert openmp.load_openmp(packages)
import xllamacpp
xllamacpp.CommonParams()
loaded = {line.split()[-1] for line in open("/proc/self/maps") if "libgomp" in line}
assert not loaded, loaded
"""


def _without_the_systems(name: str, *_: object, **__: object) -> ctypes.CDLL:
    raise OSError(name)


def test_llama_runs_on_the_runtime_that_another_wheel_brings() -> None:
    """In a process of its own: what is loaded once stays. The system's libgomp, if there is one, is not touched."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_runtime_is_told_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", _without_the_systems)
    assert not openmp.load_openmp(tmp_path)
    monkeypatch.setattr(llama, "load_openmp", lambda packages: False)
    config = Config.model_validate({"write": {"writer": "local"}})
    with pytest.raises(MissingTool, match=r"libgomp\.so\.1"):
        Run("talk.mp4", tmp_path, config, Display(Console(quiet=True))).run()
    assert not list(tmp_path.glob("work/*.json"))


def test_a_library_that_does_not_load_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.libs").mkdir()
    (tmp_path / "some.libs" / "libgomp-0123.so.1.0.0").write_bytes(b"\x7fELF")
    real = ctypes.CDLL
    monkeypatch.setattr(
        ctypes,
        "CDLL",
        lambda name: _without_the_systems(name) if name == "libgomp.so.1" else real(name),
    )
    assert not openmp.load_openmp(tmp_path)
