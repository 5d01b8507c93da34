"""A real HTTP server on 127.0.0.1 that speaks the chat-completions protocol, told what to answer.

`server.enqueue(...)` queues answers; where the queue is empty, `server.respond` (a function of the request's
body) answers. Every request is recorded. Replies are streamed where the request asks for it.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the server does with one request."""

    text: str | None = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    code: str | None = None
    finish: str | None = "stop"
    refusal: str | None = None
    raw: bytes | None = None
    """A whole body, sent as it is."""
    reset: bool = False
    """Close the connection without an answer."""
    cut_after: int | None = None
    """Close the connection after that many pieces of a stream."""
    stall_s: float = 0.0
    """Seconds of silence before the answer (in a stream: after the first piece)."""
    first_s: float = 0.0
    """Seconds until the answer begins."""
    tokens_per_s: float | None = None
    """Speed of the reply, a token being four characters; None: at once."""


Respond = Callable[[dict[str, Any]], Answer]


class ChatServer:
    """Start it as a context manager; `base_url` is what to configure."""

    def __init__(
        self,
        respond: Respond | None = None,
        at_a_time: int | None = None,
        count: Callable[[str], int] = lambda text: len(text) // 4,
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.respond: Respond = respond or (lambda body: Answer(text="{}"))
        self.busiest = 0
        self.count = count
        self.usage: list[dict[str, int]] = []
        """Of each request answered: prompt_tokens, cached_tokens, completion_tokens."""
        self._read: list[str] = []
        self._queue: deque[Answer] = deque()
        self._lock = threading.Lock()
        self._running = 0
        self._slots = threading.Semaphore(at_a_time) if at_a_time else None
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"chat": self}))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def enqueue(self, *answers: Answer) -> None:
        self._queue.extend(answers)

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        """Record a request and choose its answer."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            if self._queue:
                return self._queue.popleft()
        return self.respond(body)

    def begun(self, body: dict[str, Any]) -> None:
        """The answer begins: from now on the prompt cache has what was asked."""
        with self._lock:
            self._read.append(request_text(body))

    def used(self, body: dict[str, Any], answer: Answer) -> dict[str, Any]:
        """The usage of a request, recorded. A beginning read before is cached from 1,024 tokens on, in steps of 128."""
        text = request_text(body)
        with self._lock:
            shared = max((_shared(text, read) for read in self._read), default=0)
        same = self.count(text[:shared])
        used = {
            "prompt_tokens": self.count(text),
            "cached_tokens": same // 128 * 128 if same >= 1024 else 0,
            "completion_tokens": self.count(answer.text or ""),
        }
        self.usage.append(used)
        return used

    def enter(self) -> None:
        if self._slots:
            self._slots.acquire()
        with self._lock:
            self._running += 1
            self.busiest = max(self.busiest, self._running)

    def leave(self) -> None:
        with self._lock:
            self._running -= 1
        if self._slots:
            self._slots.release()


class Handler(BaseHTTPRequestHandler):
    chat: ChatServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.chat.enter()
        try:
            self._answer(body, self.chat.take(body, {k.lower(): v for k, v in self.headers.items()}))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.chat.leave()

    def _answer(self, body: dict[str, Any], answer: Answer) -> None:
        if answer.reset:
            self._reset()
        elif answer.raw is not None:
            self._send(answer.status, answer.raw, "application/json", answer.headers)
        elif answer.status != 200:
            error = {"error": {"message": answer.error, "type": "error", "code": answer.code}}
            self._send(answer.status, json.dumps(error).encode(), "application/json", answer.headers)
        elif body.get("stream"):
            self._stream(body, answer)
        else:
            used = self.chat.used(body, answer)
            time.sleep(answer.first_s + answer.stall_s + _duration_s(answer))
            self.chat.begun(body)
            self._send(200, json.dumps(_completion(body, answer, used)).encode(), "application/json", {})

    def _send(self, status: int, data: bytes, kind: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, body: dict[str, Any], answer: Answer) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        used = self.chat.used(body, answer)
        time.sleep(answer.first_s)
        self.chat.begun(body)
        text = answer.text or ""
        size = max(1, len(text) // 8)
        pieces = [text[i : i + size] for i in range(0, len(text), size)] or [""]
        for number, piece in enumerate(pieces):
            if answer.cut_after is not None and number >= answer.cut_after:
                self._reset()
                return
            self._event(body, {"content": piece, "refusal": answer.refusal})
            time.sleep(_duration_s(answer) / len(pieces) + (answer.stall_s if number == 0 else 0))
        if answer.finish is not None:
            self._event(body, {}, finish=answer.finish)
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event(body, None, usage=_usage(used))
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(
        self,
        body: dict[str, Any],
        delta: dict[str, Any] | None,
        finish: str | None = None,
        usage: Any = None,
    ) -> None:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        chunk = {**_head(body, "chat.completion.chunk"), "choices": choices, "usage": usage}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _reset(self) -> None:
        # Linger 0 makes the close a reset, as a crashed server's would be.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


def _duration_s(answer: Answer) -> float:
    return len(answer.text or "") / 4 / answer.tokens_per_s if answer.tokens_per_s else 0.0


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": body["model"]}


def _completion(body: dict[str, Any], answer: Answer, used: dict[str, int]) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    choices = [{"index": 0, "message": message, "finish_reason": answer.finish}]
    return {**_head(body, "chat.completion"), "choices": choices, "usage": _usage(used)}


def _usage(used: dict[str, int]) -> dict[str, Any]:
    return {
        "prompt_tokens": used["prompt_tokens"],
        "completion_tokens": used["completion_tokens"],
        "total_tokens": used["prompt_tokens"] + used["completion_tokens"],
        "prompt_tokens_details": {"cached_tokens": used["cached_tokens"]},
    }


def _shared(one: str, other: str) -> int:
    """Characters that two texts have in common from their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def request_text(body: dict[str, Any]) -> str:
    """All text of a request's messages."""
    parts = []
    for message in body["messages"]:
        content = message["content"]
        parts += [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    return "\n".join(parts)


def asked_text(body: dict[str, Any]) -> str:
    """What this request is about: the last message that is not the correction of a refused reply."""
    messages = [m for m in body["messages"] if m["role"] == "user"]
    fresh = [m for m in messages if "That reply cannot be used" not in str(m["content"])]
    return request_text({"messages": fresh[-1:]})
