"""What Lecturebook needs, and whether it is here: the checks that `lecturebook doctor` shows."""

from __future__ import annotations

__all__ = ["Finding", "State", "examine"]

import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import weights
from pipeline.config import Config
from pipeline.errors import LecturebookError
from pipeline.redact import redact
from pipeline.toolbox import Toolbox

ENDPOINT_TIMEOUT_S = 4.0
ROOM_BYTES = 3_000_000_000
"""Free space that a two-hour lecture and the weights should find."""


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    OPTIONAL = "not there"
    """Missing, and needed only where it is asked for."""
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    state: State
    what: str
    says: str
    fix: str = ""


def examine(config: Config) -> Iterator[Finding]:
    """Every check, in the order shown. Nothing is changed, fetched or sent but a question for an endpoint's models."""
    yield _python()
    yield from _packages()
    yield _ffmpeg()
    yield from _programs(config)
    yield from _weights(config)
    yield _endpoint(config)
    yield _folder("output folder", Path(config.output.folder).absolute(), "--set output.folder=DIR")
    yield _folder("weights cache", weights.cache_folder(config.weights), "--set weights.cache=DIR")


def _python() -> Finding:
    # An older one cannot even read this file.
    return Finding(State.OK, "Python", f"{platform.python_version()} in {sys.prefix}")


def _packages() -> Iterator[Finding]:
    """The packages that Lecturebook itself requires, by its own metadata."""
    try:
        wanted = [one for one in requires("lecturebook") or () if "extra ==" not in one]
    except PackageNotFoundError:
        yield Finding(State.WRONG, "packages", "lecturebook is not installed", "make setup")
        return
    missing = [name for one in wanted if (name := _name_of(one)) and _version(name) is None]
    if missing:
        yield Finding(State.WRONG, "packages", f"missing: {', '.join(missing)}", "make setup")
    else:
        said = ", ".join(f"{name} {_version(name)}" for name in ("yt-dlp", "faster-whisper", "xllamacpp"))
        yield Finding(State.OK, "packages", f"{len(wanted)} of {len(wanted)} ({said})")


def _name_of(requirement: str) -> str:
    """The package of a requirement.

    >>> _name_of("yt-dlp[default,deno]>=2025; python_version > '3'"), _name_of("jinja2>=3.1")
    ('yt-dlp', 'jinja2')
    """
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _ffmpeg() -> Finding:
    if found := shutil.which("ffmpeg"):
        return Finding(State.OK, "ffmpeg", found)
    if importlib.util.find_spec("imageio_ffmpeg") is not None:
        return Finding(State.OK, "ffmpeg", "from the package imageio-ffmpeg")
    return Finding(State.WRONG, "ffmpeg", "there is none", "install ffmpeg, or make setup")


def _programs(config: Config) -> Iterator[Finding]:
    """Programs that some option needs: wrong where the option is on."""
    from pipeline.site.exports import find_chromium, find_pandoc

    wanted = (
        ("Chromium", find_chromium(), config.render.pdf, "for a PDF", "apt-get install chromium"),
        ("pandoc", find_pandoc(), config.render.epub, "for an EPUB", "pip install 'lecturebook[epub]'"),
        ("Tesseract", shutil.which("tesseract"), config.screens.ocr == "tesseract", "for screens.ocr: tesseract",
         "apt-get install tesseract-ocr"),
        ("git", shutil.which("git"), False, "to publish, and to merge edited chapters", "apt-get install git"),
        ("deno", _deno(), False, "for some video sites", "pip install deno"),
    )  # fmt: skip
    for what, found, asked, needed, fix in wanted:
        if found:
            yield Finding(State.OK, what, str(found))
        else:
            yield Finding(State.WRONG if asked else State.OPTIONAL, what, f"needed {needed}", fix)


def _deno() -> str | None:
    beside = Path(sys.executable).with_name("deno")
    return str(beside) if beside.exists() else shutil.which("deno")


def _weights(config: Config) -> Iterator[Finding]:
    speech = config.transcribe.model if config.transcribe.model != "auto" else "base"
    needed = {"speech model": speech}
    if Toolbox.writer_name(config) == "local":
        needed["writing model"] = config.local.model
    for what, name in needed.items():
        if weights.is_fetched(name, config.weights):
            yield Finding(State.OK, what, f"{name}, in {weights.cache_folder(config.weights)}")
        else:
            known = weights.MODELS.get(name)
            size = f" ({known.size / 1e6:,.0f} MB)" if known else ""
            yield Finding(State.OPTIONAL, what, f"{name} is fetched by the first run that needs it{size}")


def _endpoint(config: Config) -> Finding:
    """Whether the endpoint answers and takes the key; asks for its list of models, which costs nothing."""
    writer = Toolbox.writer_name(config)
    address = config.openai.base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
    key = os.environ.get("OPENAI_API_KEY", "")
    if writer != "openai":
        return Finding(State.OPTIONAL, "endpoint", f"none is set; the writer is {writer}")
    import httpx

    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = httpx.get(f"{address.rstrip('/')}/models", headers=headers, timeout=ENDPOINT_TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = f"{redact(address)} cannot be reached ({type(error).__name__})"
        return Finding(State.WRONG, "endpoint", said, "check openai.base_url and the network")
    where = f"{urlsplit(address).hostname}, {'with' if key else 'without'} a key"
    if answer.status_code in (401, 403):
        return Finding(State.WRONG, "endpoint", f"{where}: the key is refused", "set OPENAI_API_KEY")
    if answer.status_code >= 500:
        return Finding(
            State.WRONG, "endpoint", f"{where}: it answers {answer.status_code}", "try again later"
        )
    return Finding(State.OK, "endpoint", f"{where}: it answers; model {config.openai.model}")


def _folder(what: str, path: Path, fix: str) -> Finding:
    """Whether a folder can be written, and how much room there is; the folder need not be there yet."""
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding(State.WRONG, what, f"{path}: {error.strerror or error}", f"name another with {fix}")
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(State.WRONG, what, f"{path} cannot be written", f"name another with {fix}")
    room = f"{path}, {free / 1e9:,.1f} GB free"
    if free < ROOM_BYTES:
        return Finding(
            State.WRONG, what, room, f"make room ({ROOM_BYTES / 1e9:.0f} GB), or name another with {fix}"
        )
    return Finding(State.OK, what, room)


def config_finding(error: LecturebookError | None, name: str) -> Finding:
    """The line on the config: its mistakes if it has some."""
    if error is None:
        return Finding(State.OK, "config", name)
    return Finding(State.WRONG, "config", error.what, error.fix)
