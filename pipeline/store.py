"""Artifacts on disk: canonical bytes, atomic writes, and the key file that says what an artifact was made of.

An artifact `work/transcript.json` has a key file `work/transcript.key.json` beside it. The key file holds the
key's *parts* (so that a difference can be put into a sentence), the artifact's own hash, the files that belong
to it with theirs, and what fell short while making it. It is written last: an artifact without a key file that
fits was never finished.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from pipeline.errors import StorageError
from pipeline.models import (
    Chapters,
    CheckedChapter,
    Degradation,
    Draft,
    Model,
    Outline,
    RelativePath,
    Screens,
    Sha256,
    Site,
    SourceVideo,
    Transcript,
)

ModelT = TypeVar("ModelT", bound=Model)

ARTIFACTS: Mapping[type[Model], str] = {
    SourceVideo: "work/video.json",
    Screens: "work/screens.json",
    Transcript: "work/transcript.json",
    Chapters: "work/chapters.json",
    Outline: "work/outline.json",
    Draft: "work/drafts/{chapter}.json",
    CheckedChapter: "work/checked/{chapter}.json",
    Site: "work/site.json",
}
"""Where each artifact lies in the lecture's folder; `{chapter}` is the chapter's id."""

TEMPORARY_MARK = ".lecturebook-tmp"


class FileRecord(Model):
    """A file that belongs to an artifact, as it was when the artifact was finished."""

    size: int
    sha256: Sha256


class Key(Model):
    """What an artifact was made of, and what it was when finished."""

    format: int = 1
    parts: dict[str, str]
    artifact: Sha256
    files: dict[RelativePath, FileRecord] = Field(default_factory=dict)
    degradations: tuple[Degradation, ...] = ()


# ------------------------------------------------------------------------------------------------- hashes


def canonical_json(value: Any) -> bytes:
    """The one serialisation of a JSON value: sorted keys, no spaces, UTF-8.

    Half a surrogate pair, which YAML and JSON can spell, is no reason to fail here: what reads the value decides.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8", "surrogatepass")


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal.

    >>> digest(b"abc")[:12]
    'ba7816bf8f01'
    """
    return hashlib.sha256(data).hexdigest()


def digest_model(model: Model, fields: frozenset[str] | None = None) -> str:
    """The identity of a model's content, or of some of its fields."""
    return digest(canonical_json(model.model_dump(mode="json", include=set(fields) if fields else None)))


def digest_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ------------------------------------------------------------------------------------------------- writing


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Map what the operating system says of a write into what a person is told."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"the disk is full while writing {path}",
                kept="every stage that was finished",
                fix="free some space, then run the same command again",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise StorageError(
                f"{path} cannot be written: {os.strerror(error.errno)}",
                kept="every stage that was finished",
                fix="make the folder writable, or name another with --set output.folder=DIR",
            ) from error
        raise


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut.

    Raises:
        StorageError: the disk is full, or the folder cannot be written.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_name(path)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def temporary_name(path: Path) -> Path:
    """A name beside `path`, of the same suffix, that nothing else has and that `sweep` knows for a leftover.

    Cut so that it stays a legal name however long `path`'s is.
    """
    return path.with_name(f".{path.stem[:60]}.{secrets.token_hex(4)}{TEMPORARY_MARK}{path.suffix[:20]}")


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlive a power cut; a no-op where folders cannot be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove the temporary files and folders that a killed run left; call it only while holding the lecture's lock."""
    for leftover in sorted(folder.rglob(f".*{TEMPORARY_MARK}*")):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


# --------------------------------------------------------------------------------------------------- store


class Store:
    """The artifacts of one lecture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hashes = _HashCache(folder)

    def path(self, kind: type[Model], chapter: str | None = None) -> Path:
        return self.folder / ARTIFACTS[kind].format(chapter=chapter)

    def key_path(self, kind: type[Model], chapter: str | None = None) -> Path:
        return self.path(kind, chapter).with_suffix(".key.json")

    def read(self, kind: type[ModelT], chapter: str | None = None) -> ModelT:
        """An artifact known to be up to date."""
        return kind.model_validate_json(self.path(kind, chapter).read_bytes())

    def key(self, kind: type[Model], chapter: str | None = None) -> Key | None:
        """The key file, or None where there is none that can be read."""
        try:
            return Key.model_validate_json(self.key_path(kind, chapter).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def write(
        self,
        artifact: Model,
        chapter: str | None,
        parts: Mapping[str, str],
        degradations: tuple[Degradation, ...],
    ) -> None:
        """Store an artifact, then its key file."""
        kind = type(artifact)
        # A key file of before must not vouch for the artifact that is about to replace its own.
        self.key_path(kind, chapter).unlink(missing_ok=True)
        data = artifact.model_dump_json(indent=1).encode() + b"\n"
        atomic_write(self.path(kind, chapter), data)
        files = {}
        for name in files_of(artifact):
            path = self.folder / name
            files[name] = FileRecord(size=path.stat().st_size, sha256=self._hashes.of(path))
        key = Key(parts=dict(parts), artifact=digest(data), files=files, degradations=degradations)
        atomic_write(self.key_path(kind, chapter), key.model_dump_json(indent=1).encode() + b"\n")
        self.save_hashes()

    def damage(self, kind: type[Model], chapter: str | None, key: Key) -> str | None:
        """What is wrong with an artifact's files since it was finished, as a clause, or None."""
        try:
            if digest(self.path(kind, chapter).read_bytes()) != key.artifact:
                return "its artifact was changed or damaged"
        except FileNotFoundError:
            return "its artifact is missing"
        for name, record in key.files.items():
            path = self.folder / name
            try:
                if path.stat().st_size != record.size or self._hashes.of(path) != record.sha256:
                    return f"{name} was changed or damaged"
            except FileNotFoundError:
                return f"{name} is missing"
        return None

    def file_digest(self, path: Path) -> str:
        """SHA-256 of a file, from memory where the file is plainly the same one."""
        return self._hashes.of(path)

    def save_hashes(self) -> None:
        """Remember the hashes of large files for the next run; to be called while holding the lecture's lock."""
        self._hashes.save()


def files_of(artifact: Model) -> tuple[str, ...]:
    """The files that an artifact names as its own, relative to the lecture's folder."""
    if isinstance(artifact, SourceVideo):
        return (artifact.media, *(track.path for track in artifact.captions))
    if isinstance(artifact, Screens):
        return tuple(dict.fromkeys(screen.frame for screen in artifact.screens if screen.frame is not None))
    if isinstance(artifact, Draft) and artifact.picture is not None:
        return (artifact.picture.path,)
    if isinstance(artifact, Site):
        return (*artifact.files, *artifact.beside)
    return ()


class _HashCache:
    """Remembers the hashes of large files by (size, change times, inode), so that a gigabyte is not read twice.

    The change time `ctime` cannot be set by a program, so a file that was replaced or edited and had its
    modification time put back is still read again. Losing this cache costs time only.
    """

    _LARGE = 1 << 20

    def __init__(self, folder: Path) -> None:
        self._path = folder / "work" / "hashes.json"
        self._known: dict[str, list[Any]] | None = None
        self._changed = False

    def of(self, path: Path) -> str:
        status = path.stat()
        if status.st_size < self._LARGE:
            return digest_file(path)
        known = self._load()
        signature = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        entry = known.get(str(path.absolute()))
        if isinstance(entry, list) and entry[:-1] == signature:
            return str(entry[-1])
        value = digest_file(path)
        known[str(path.absolute())] = [*signature, value]
        self._changed = True
        return value

    def save(self) -> None:
        if self._changed and self._known is not None:
            atomic_write(self._path, canonical_json(self._known))
            self._changed = False

    def _load(self) -> dict[str, list[Any]]:
        if self._known is None:
            try:
                loaded = json.loads(self._path.read_bytes())
            except (FileNotFoundError, ValueError):
                loaded = {}
            self._known = loaded if isinstance(loaded, dict) else {}
        return self._known
