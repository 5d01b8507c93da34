"""The store of replies: each reply of a language model is kept the moment it arrives, never paid for twice.

`work/llm/<identity>.json` holds a request with its reply. The identity is the SHA-256 of the request's
canonical JSON behind a format prefix: sorted keys, no spaces, pictures by the hash of their bytes. A reply that
turns out unusable is moved aside to `<identity>.rejected-1.json`, so that the next run asks again instead of
reading the same mistake back; what is asked in its stead is kept under the first request's identity.
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
        try:
            kept = json.loads(self.path(key).read_text(encoding="utf-8"))
            return Reply(**kept["reply"]) if kept["format"] == FORMAT else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            # Torn or edited by hand: asking again is what makes it right.
            return None

    def keep(self, key: str, model: str, request: Request, reply: Reply) -> Path:
        """Write a reply durably: temporary name, sync, rename."""
        data = {"format": FORMAT, "request": canonical(model, request), "reply": asdict(reply)}
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
        atomic_write(self.path(key), text.encode())
        return self.path(key)

    def reject(self, key: str) -> Path:
        """Move an unusable reply aside and say where it is now."""
        number = 1
        while (aside := self.folder / f"{key}.rejected-{number}.json").exists():
            number += 1
        os.replace(self.path(key), aside)
        return aside

    def usage(self) -> Iterator[Reply]:
        """Every reply kept, rejected ones included: all that was paid for."""
        for path in sorted(self.folder.glob("*.json")):
            key = re.sub(r"\.json$", "", path.name)
            if (reply := self.find(key)) is not None:
                yield reply


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
        asked = request
        why, aside = "", None
        reply = self.replies.find(key)
        for attempt in range(self.attempts):
            if reply is None:
                reply = self._call(asked, key)
            else:
                self._count_read_back()
            try:
                return check(reply)
            except Unusable as unusable:
                why, aside = str(unusable), self.replies.reject(key)
                asked = ask_again(request, reply, why, attempt + 1)
                reply = None
        raise ReplyUnusable(
            f"{about}: {why} (asked {self.attempts} times)",
            kept=f"the reply, in work/llm/{aside.name if aside else ''}; all other chapters",
            fix="run the same command again to ask once more, or edit the prompt in prompts/",
        )

    def _call(self, request: Request, key: str) -> Reply:
        if self._before is not None:
            self._before(request)
        reply: Reply | None = None
        try:
            reply = self.model.complete(request)
            self.replies.keep(key, self.model.name, request, reply)
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
