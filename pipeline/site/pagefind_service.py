"""Talks to pagefind's own program: requests go in, answers come out, and a program that dies or hangs is an error.

Its Python client looks for an answer ten times a second, waits for ever for one that cannot come, and ends the program
while it is still writing. So the program's own protocol is spoken here: each request and each answer is JSON in base64
behind which stands a comma.
Source: `pagefind.service.types`, the requests and answers as its client knows them.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

__all__ = ["ask"]

TIMEOUT_S = 120.0
"""For everything together; an index of two hours of talk takes about a second."""


def ask(requests: Sequence[Mapping[str, object]], timeout_s: float = TIMEOUT_S) -> list[dict[str, Any]]:
    """What pagefind answers to each request, in their order.

    Raises:
        ImportError, OSError: the program is not there or does not start.
        RuntimeError: it refused a request, was ended, or did not answer within `timeout_s`.
    """
    from pagefind.service import get_executable

    program = get_executable()
    if program is None:
        raise ImportError("pagefind's program is not installed")
    with subprocess.Popen(
        [program, "--service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        clock = threading.Timer(timeout_s, process.kill)
        clock.start()
        # In a thread: answers have to be read while requests are written, lest both sides wait for the other.
        sender = threading.Thread(target=_send, args=(process.stdin, requests), daemon=True)
        sender.start()
        try:
            answers = list(_answers(process.stdout, len(requests)))
        finally:
            late = clock.finished.is_set()
            clock.cancel()
            process.kill()
            sender.join()
    if len(answers) < len(requests):
        raise RuntimeError(
            f"pagefind {f'took over {timeout_s:g} s' if late else 'was stopped while it worked'}"
        )
    return answers


def _send(pipe: IO[bytes], requests: Sequence[Mapping[str, object]]) -> None:
    # A program that is gone does not read: that no answer comes says so.
    try:
        for number, request in enumerate(requests, 1):
            message = {"message_id": number, "payload": request}
            pipe.write(base64.b64encode(json.dumps(message).encode()) + b",")
        pipe.flush()
    except OSError:
        with contextlib.suppress(OSError):
            pipe.close()


def _answers(pipe: IO[bytes], count: int) -> Iterator[dict[str, Any]]:
    """The payloads of `count` answers, fewer if the program ends before; the files of an index may take megabytes."""
    buffer = bytearray()
    while count:
        piece = pipe.read1(1 << 16)  # type: ignore[attr-defined]
        if not piece:
            return
        buffer += piece
        if b"," not in piece:
            continue
        *whole, rest = bytes(buffer).split(b",")
        buffer = bytearray(rest)
        for one in whole:
            try:
                payload = json.loads(base64.b64decode(one))["payload"]
            except (ValueError, KeyError, TypeError) as error:
                raise RuntimeError("pagefind's answer cannot be read") from error
            if payload["type"] == "Error":
                raise RuntimeError(f"pagefind refused a request: {payload['message']}")
            count -= 1
            yield payload
