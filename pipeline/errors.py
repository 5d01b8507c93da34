"""Every error that a person can be shown, as one tree, with the exit code of each kind.

    LecturebookError                1
    ├── UsageError                  2   the command line or the URL is off
    │   └── ConfigError             2   config.yaml: every mistake at once
    ├── SourceError                 3   the lecture cannot be had
    │   ├── SourceMissing           3   no such file
    │   ├── NotFound                3   the server says 404 or 410
    │   ├── UnsupportedSource       3   no extractor knows the URL
    │   ├── PrivateAddress          3   the URL leads into a private network
    │   └── DownloadBroken          3   the transfer broke off, and did so again after resuming
    ├── MediaError                  4   the lecture was had, but cannot be worked with
    │   ├── NotMedia                4   not a video or audio file
    │   ├── NoStreams               4   a container with nothing in it
    │   ├── NoAudio                 4   a video without an audio track and without captions
    │   ├── NoSpeech                4   audio in which nobody speaks
    │   └── CaptionsUnreadable      4   a file of captions that is none
    ├── WeightsError                5   a model cannot be had
    │   └── WrongHash               5   what came is not what was asked for
    ├── StorageError                6   disk full, folder not writable
    │   └── LectureBusy             6   another run holds this lecture
    ├── ModelError                  7   a language model endpoint refuses or misbehaves
    │   ├── ReplyUnusable           7   it answers, and what it says cannot be used
    │   └── CostLimit               7   the next call could pass `openai.max_cost`
    ├── MissingTool                 8   a program or extra that a command needs is not installed
    └── StrictError                 9   --strict, and the result fell short of the promise
    Interrupted                   130   Ctrl-C; not an error of anybody's

An error is three lines: what went wrong and where; what was kept; what to do. Adapters turn the exceptions
of foreign libraries into these, at the one place where the library is called.
"""

from __future__ import annotations

__all__ = [
    "CaptionsUnreadable",
    "ConfigError",
    "CostLimit",
    "DownloadBroken",
    "Interrupted",
    "LectureBusy",
    "LecturebookError",
    "MediaError",
    "MissingTool",
    "ModelError",
    "NoAudio",
    "NoSpeech",
    "NoStreams",
    "NotFound",
    "NotMedia",
    "PrivateAddress",
    "ReplyUnusable",
    "SourceError",
    "SourceMissing",
    "StorageError",
    "StrictError",
    "UnsupportedSource",
    "UsageError",
    "WeightsError",
    "WrongHash",
]


class LecturebookError(Exception):
    """What a person is told when something cannot be done.

    Args:
        what: what went wrong, and where (a stage, a path, a line).
        kept: what is left of the work: nothing lost, a partial file, a reply on disk.
        fix: what to do about it, as a command or a change where there is one.
    """

    exit_code = 1

    def __init__(self, what: str, *, kept: str = "nothing was changed", fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.kept = kept
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  kept: {self.kept}\n  fix: {self.fix}"

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments: without this an error cannot come back from a worker process.
        return (_rebuild, (type(self), self.what, self.kept, self.fix))


def _rebuild(kind: type[LecturebookError], what: str, kept: str, fix: str) -> LecturebookError:
    return kind(what, kept=kept, fix=fix)


class UsageError(LecturebookError):
    """The command line, a URL or a chapter number is off."""

    exit_code = 2


class ConfigError(UsageError):
    """config.yaml has mistakes; `what` lists them all, one a line."""


class SourceError(LecturebookError):
    """The lecture cannot be had from where it was said to be."""

    exit_code = 3


class SourceMissing(SourceError):
    """There is no such file."""


class NotFound(SourceError):
    """The server answered that there is nothing at this address."""


class UnsupportedSource(SourceError):
    """The address holds nothing that yt-dlp can take a video from."""


class PrivateAddress(SourceError):
    """The address is this machine's or in a private network, and that was not allowed."""


class DownloadBroken(SourceError):
    """The transfer broke off; what arrived is kept and the next run resumes it."""


class MediaError(LecturebookError):
    """The file is there but cannot be worked with."""

    exit_code = 4


class NotMedia(MediaError):
    """No demuxer recognises the file."""


class NoStreams(MediaError):
    """A container without a single audio or video stream."""


class NoAudio(MediaError):
    """A video without an audio track, and no captions to stand in for it."""


class NoSpeech(MediaError):
    """An audio track in which nobody says anything."""


class CaptionsUnreadable(MediaError):
    """A file of captions in no format or encoding that is known, or without a single cue."""


class WeightsError(LecturebookError):
    """A model's weights cannot be had from the hub or the package index."""

    exit_code = 5


class WrongHash(WeightsError):
    """Weights arrived whose SHA-256 is not the one on record; they were deleted."""


class StorageError(LecturebookError):
    """The disk is full or the folder cannot be written."""

    exit_code = 6


class LectureBusy(StorageError):
    """Another run is working on this lecture."""


class ModelError(LecturebookError):
    """A language model endpoint refuses, or keeps misbehaving."""

    exit_code = 7


class ReplyUnusable(ModelError):
    """The endpoint answers, but no reply of the bounded attempts can be used; they are kept."""


class CostLimit(ModelError):
    """The next call could pass the limit on what a run may cost."""


class MissingTool(LecturebookError):
    """A program, or an extra of this package, is not installed."""

    exit_code = 8


class StrictError(LecturebookError):
    """The run finished, but short of the promise, and `--strict` was given."""

    exit_code = 9


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM: what was finished is kept, and the next run goes on from there."""

    exit_code = 130
