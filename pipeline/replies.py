"""The store of replies: each reply of a language model is kept the moment it arrives, never paid for twice.

`work/llm/<identity>.json` holds a request with its reply. The identity is the SHA-256 of the request's
canonical JSON behind a format prefix: sorted keys, no spaces, pictures by the hash of their bytes. A reply that
turns out unusable is moved aside to `<identity>.rejected-1.json`; what is asked in its stead is kept under the first
request's identity. A run that is killed in between goes on from the reply that was refused. After the last attempt
the name is `<identity>.rejected-3-last.json`: the next run asks from the beginning, instead of reading the same
mistakes back.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import ReplyUnusable
from pipeline.interfaces import LanguageModel, Message, Reply, Request
from pipeline.store import atomic_write, canonical_json, digest, digest_file

__all__ = ["Asker", "Replies", "Unusable", "Usage", "identity"]

FORMAT = "lecturebook-request-1"
CheckedT = TypeVar("CheckedT")


class Unusable(Exception):
    """A reply that cannot be used; the message tells the model what to do better."""


def canonical(model: str, request: Request) -> dict[str, Any]:
    """A request as plain data. Pictures are named by the SHA-256 of their bytes."""
    return {
        "model": model,
        "messages": [
            {
                "role": message.role,
                "text": message.text,
                "images": [digest_file(path) for path in message.images],
            }
            for message in request.messages
        ],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "schema": request.schema,
        "grammar": request.grammar,
    }


def identity(model: str, request: Request) -> str:
    """SHA-256, in hex, of the request's canonical JSON behind the format prefix."""
    return digest(FORMAT.encode() + b"\n" + canonical_json(canonical(model, request)))


@dataclass(frozen=True)
class Usage:
    """What calls came to."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    read_back: int = 0
    """Replies found in the store, which cost nothing."""
    images: int = 0

    def plus(self, reply: Reply, images: int = 0) -> Usage:
        return replace(
            self,
            calls=self.calls + 1,
            tokens_in=self.tokens_in + reply.tokens_in,
            tokens_out=self.tokens_out + reply.tokens_out,
            tokens_cached=self.tokens_cached + reply.tokens_cached,
            images=self.images + images,
        )


class Replies:
    """The folder of replies. Safe for threads: a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def find(self, key: str) -> Reply | None:
        """The reply kept under that identity. A file that cannot be read counts as none."""
        kept = self.find_attempt(key)
        return kept[0] if kept else None

    def find_attempt(self, key: str) -> tuple[Reply, int] | None:
        """The reply kept under that identity, and as which attempt it was asked for, from 1."""
        return _load(self.path(key))

    def find_refused(self, key: str) -> tuple[Reply, int, Path] | None:
        """The reply that was refused last, as which attempt it was asked for, and where it is.

        None if none was, or if it was the last attempt.
        """
        refused = self._refused(key)
        if not refused or refused[-1].stem.endswith(_LAST):
            return None
        kept = _load(refused[-1])
        return (*kept, refused[-1]) if kept else None

    def keep(self, key: str, model: str, request: Request, reply: Reply, attempt: int = 1) -> Path:
        """Write a reply durably: temporary name, sync, rename."""
        data = {
            "format": FORMAT, "request": canonical(model, request), "attempt": attempt, "reply": asdict(reply)
        }  # fmt: skip
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
        atomic_write(self.path(key), text.encode())
        return self.path(key)

    def reject(self, key: str, *, last: bool) -> Path:
        """Move an unusable reply aside and say where it is now.

        Args:
            last: nothing is asked in its stead; the next run is to ask from the beginning.
        """
        numbers = [_number(path) for path in self._refused(key)]
        name = f"{key}.rejected-{max(numbers, default=0) + 1}{_LAST if last else ''}.json"
        os.replace(self.path(key), self.folder / name)
        return self.folder / name

    def take_back(self, key: str, refused: Path) -> None:
        """Put a reply that was refused in its place after all."""
        os.replace(refused, self.path(key))

    def _refused(self, key: str) -> list[Path]:
        return sorted(self.folder.glob(f"{key}.rejected-*.json"), key=_number)

    def usage(self) -> Iterator[Reply]:
        """Every reply kept, rejected ones included: all that was paid for."""
        for path in sorted(self.folder.glob("*.json")):
            key = re.sub(r"\.json$", "", path.name)
            if (reply := self.find(key)) is not None:
                yield reply


_LAST = "-last"


def _number(refused: Path) -> int:
    match = re.search(r"\.rejected-(\d+)", refused.name)
    return int(match[1]) if match else 0


def _load(path: Path) -> tuple[Reply, int] | None:
    """A kept reply and its attempt; None where there is none that can be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return (Reply(**kept["reply"]), int(kept.get("attempt", 1))) if kept["format"] == FORMAT else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Torn or edited by hand: asking again is what makes it right.
        return None


class Asker:
    """Asks a language model through the store: reads back, keeps what arrives, asks again in bounds.

    Args:
        model: where replies come from.
        replies: where they are kept.
        attempts: how often an unusable reply is asked for again, the first time included.
        before: called with each request that is about to be paid for; may raise to stop it.
        after: called with each such request and its reply, or None where the call failed.
    """

    def __init__(
        self,
        model: LanguageModel,
        replies: Replies,
        *,
        attempts: int = 3,
        before: Callable[[Request], None] | None = None,
        after: Callable[[Request, Reply | None], None] | None = None,
    ) -> None:
        self.model = model
        self.replies = replies
        self.attempts = attempts
        self._before = before
        self._after = after
        self._usage = Usage()
        self._lock = threading.Lock()

    @property
    def usage(self) -> Usage:
        """What this run paid for so far."""
        return self._usage

    def ask(self, request: Request, check: Callable[[Reply], CheckedT], about: str) -> CheckedT:
        """What `check` makes of a reply it accepts.

        Args:
            check: raises `Unusable` for a reply to be asked for again, with the reason in view.
            about: stage and place for messages ("write ch03-02").

        Raises:
            ReplyUnusable: no reply of the bounded attempts was accepted.
            ModelError: the endpoint fails.
        """
        key = identity(self.model.name, request)
        reply, attempt, aside = self._kept(key)
        asked = request
        while True:
            if reply is None:
                attempt += 1
                reply = self._call(asked, key, attempt)
            else:
                self._count_read_back()
            try:
                usable = check(reply)
            except Unusable as unusable:
                why = str(unusable)
                aside = aside or self.replies.reject(key, last=attempt >= self.attempts)
                if attempt >= self.attempts:
                    break
                asked, reply, aside = ask_again(request, reply, why, attempt), None, None
            else:
                if aside is not None:
                    self.replies.take_back(key, aside)
                return usable
        raise ReplyUnusable(
            f"{about}: {why} (asked {self.attempts} times)",
            kept=f"the reply, in work/llm/{aside.name}; all other chapters",
            fix="run the same command again to ask once more, or edit the prompt in prompts/",
        )

    def _kept(self, key: str) -> tuple[Reply | None, int, Path | None]:
        """The reply to begin with: kept, or refused by a run that was stopped before it asked again."""
        if (found := self.replies.find_attempt(key)) is not None:
            reply, attempt = found
            # Accepted once, and refused by another version of the check: that is worth attempts of its own.
            return reply, attempt if attempt < self.attempts else 1, None
        refused = self.replies.find_refused(key)
        if refused is not None and refused[1] < self.attempts:
            return refused
        return None, 0, None

    def _call(self, request: Request, key: str, attempt: int) -> Reply:
        if self._before is not None:
            self._before(request)
        reply: Reply | None = None
        try:
            reply = self.model.complete(request)
            self.replies.keep(key, self.model.name, request, reply, attempt)
        finally:
            if self._after is not None:
                self._after(request, reply)
        with self._lock:
            self._usage = self._usage.plus(reply, sum(len(message.images) for message in request.messages))
        return reply

    def _count_read_back(self) -> None:
        with self._lock:
            self._usage = replace(self._usage, read_back=self._usage.read_back + 1)


def ask_again(request: Request, reply: Reply, why: str, attempt: int) -> Request:
    """The same request with the refused reply and the reason in view, and another seed."""
    correction = Message("user", f"That reply cannot be used: {why}. Answer the request again, in full.")
    answer = (Message("assistant", reply.text[:20_000]),) if reply.text.strip() else ()
    return replace(
        request, messages=(*request.messages, *answer, correction), seed=request.seed + 7919 * attempt
    )
