"""Any OpenAI-compatible endpoint, through the openai package.

Retries are ours, not the package's: bounded, with jitter, obeying Retry-After within reason. An endpoint that
rejects a parameter (a JSON schema, a seed, a temperature) is asked without it, and is remembered to be so.
Every exception of the package becomes a `ModelError` here.
"""

from __future__ import annotations

import base64
import contextlib
import email.utils
import importlib
import io
import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import OpenAIOptions
from pipeline.errors import ModelError
from pipeline.interfaces import Message, Reply, Request

if TYPE_CHECKING:
    import openai

__all__ = ["EndpointModel"]

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
# A server that wants more patience than this is not waited for: the next run goes on from here.
LONGEST_RETRY_AFTER_S = 300.0
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 520, 522, 524, 529})
# What a 400 or 422 may complain of, and how the request is then changed. Tried in order.
_SCHEMA_STEPS = ("json_schema", "json_object", "none")


class Malformed(Exception):
    """An answer with status 200 that is no completion."""


class EndpointModel:
    """A `LanguageModel` behind the chat-completions protocol. May be used by several threads.

    Args:
        base_url: the endpoint; None for OpenAI's own.
        key: what it takes for a password; some local servers take any.
        sleep, jitter: time and chance, for tests; `jitter()` is in [0, 1).
    """

    takes_grammar = False

    def __init__(
        self,
        options: OpenAIOptions,
        *,
        base_url: str | None = None,
        key: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = options.model
        self.sees = options.sees
        self.context_tokens = options.context_tokens
        self._options = options
        self._base_url = base_url
        self._key = key
        self._sleep = sleep
        self._jitter = jitter
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None
        self._dropped: frozenset[str] = frozenset()
        self._schema_step = 0
        self._beginnings = _Beginnings()

    def complete(self, request: Request) -> Reply:
        """One reply.

        Raises:
            ModelError: the endpoint refuses, or keeps failing after the bounded retries.
        """
        import openai

        foreign: tuple[type[Exception], ...] = (
            openai.OpenAIError,
            *_transport_errors(),
            Malformed,
            ValueError,
            TimeoutError,
        )
        tries_left = self._options.retries
        waits = 0
        while True:
            try:
                return self._call(request)
            except foreign as error:
                if self._adapt(error):
                    continue
                if not _is_passing(error) or tries_left == 0:
                    raise self._model_error(error, waits) from error
                wait_s = self._wait_s(error, waits)
                if wait_s is None:
                    raise self._model_error(error, waits) from error
                tries_left -= 1
                waits += 1
                self._sleep(wait_s)

    # ------------------------------------------------------------------------------------------ one call

    def _call(self, request: Request) -> Reply:
        client = self._connect()
        body = self._body(request)
        if not self._options.stream:
            return _whole_reply(client.chat.completions.create(**body))
        if "stream_options" not in self._dropped:
            body["stream_options"] = {"include_usage": True}
        with (
            self._beginnings.turn(request, self._options.timeout_s) as begun,
            client.chat.completions.create(**body, stream=True) as pieces,
        ):
            return _joined_reply(pieces, self._options.timeout_s, begun)

    def _connect(self) -> openai.OpenAI:
        with self._lock:
            if self._client is None:
                import openai

                self._client = openai.OpenAI(
                    base_url=self._base_url,
                    api_key=self._key or "none",
                    max_retries=0,
                    timeout=self._options.timeout_s,
                )
                # Its open connections go with this object, not whenever the collector finds them.
                weakref.finalize(self, self._client.close)
            return self._client

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [_message(message, self._options.image_width) for message in request.messages],
            "seed": request.seed,
            "temperature": request.temperature,
        }
        limit = "max_completion_tokens" if "max_tokens" in self._dropped else "max_tokens"
        body[limit] = request.max_tokens
        for name in self._dropped & {"seed", "temperature"}:
            del body[name]
        step = _SCHEMA_STEPS[self._schema_step]
        if request.schema is not None and step == "json_schema":
            schema = {"name": "reply", "strict": True, "schema": dict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.schema is not None and step == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    # -------------------------------------------------------------------------------------------- faults

    def _adapt(self, error: Exception) -> bool:
        """Leave out what the endpoint rejects; False where that is not what it complains of."""
        import openai

        if not isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
            return False
        text = str(error).lower()
        with self._lock:
            if re.search(r"response_format|json_schema|json_object|schema|structured", text):
                if self._schema_step + 1 < len(_SCHEMA_STEPS):
                    self._schema_step += 1
                    return True
                return False
            for name in ("stream_options", "temperature", "seed", "max_tokens"):
                if name in text and name not in self._dropped:
                    self._dropped |= {name}
                    return True
        return False

    def _wait_s(self, error: Exception, waits: int) -> float | None:
        """How long until the next try; None where the server asks for more patience than we have."""
        asked_s = _retry_after_s(error)
        if asked_s is not None:
            return None if asked_s > LONGEST_RETRY_AFTER_S else asked_s + self._jitter() * 0.25
        return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**waits)) * (0.5 + self._jitter() / 2)

    def _model_error(self, error: Exception, waits: int) -> ModelError:
        what, fix = _explain(error, self.name, self._options.timeout_s)
        tries = f" (tried {waits + 1} times)" if waits else ""
        return ModelError(
            f"endpoint {self._place()}: {self._without_key(what)}{tries}",
            kept="every reply so far, in work/llm/; all other chapters",
            fix=fix,
        )

    def _place(self) -> str:
        return re.sub(r"//[^/@]*@", "//", self._base_url) if self._base_url else "api.openai.com"

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "…") if self._key and len(self._key) > 5 else text


class _Beginnings:
    """Holds requests back while the first with the same beginning waits for its answer to begin.

    A provider's prompt cache serves a beginning once it has read it: of sixteen requests sent at once, each would
    pay for it in full.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], threading.Event] = {}

    @contextlib.contextmanager
    def turn(self, request: Request, longest_s: float) -> Iterator[Callable[[], None]]:
        """The request's turn; what is yielded is to be called when the answer begins."""
        beginning = tuple(message.text for message in request.messages[:-1])
        with self._lock:
            event = self._known.get(beginning)
            is_first = event is None
            event = event or self._known.setdefault(beginning, threading.Event())
        if beginning and not is_first:
            event.wait(longest_s)
        try:
            yield event.set
        finally:
            event.set()


# ----------------------------------------------------------------------------------------------- requests


def _message(message: Message, image_width: int) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": message.text}]
    parts += [
        {"type": "image_url", "image_url": {"url": picture_url(path, image_width)}} for path in message.images
    ]
    return {"role": message.role, "content": parts}


def picture_url(path: Path, width: int) -> str:
    """A picture as a data URL: JPEG, no wider than `width` pixels."""
    from PIL import Image

    with Image.open(path) as original:
        picture = original.convert("RGB")
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


# ------------------------------------------------------------------------------------------------ replies


def _whole_reply(completion: Any) -> Reply:
    choices = getattr(completion, "choices", None)
    if not choices or getattr(choices[0], "message", None) is None:
        raise Malformed(_first_words(completion))
    choice = choices[0]
    return _reply(
        choice.message.content or "", choice.finish_reason, choice.message.refusal, completion.usage
    )


def _joined_reply(pieces: Any, timeout_s: float, begun: Callable[[], None]) -> Reply:
    text, refusal, reason, usage = [], [], None, None
    heard_s = time.monotonic()
    for piece in pieces:
        begun()
        usage = getattr(piece, "usage", None) or usage
        for choice in getattr(piece, "choices", None) or ():
            reason = choice.finish_reason or reason
            if choice.delta is None:
                continue
            text.append(choice.delta.content or "")
            refusal.append(choice.delta.refusal or "")
            if text[-1] or refusal[-1]:
                heard_s = time.monotonic()
        if time.monotonic() - heard_s > timeout_s:
            raise TimeoutError(f"no text for {timeout_s:.0f} s")
    if reason is None:
        raise Malformed("the stream broke off")
    return _reply("".join(text), reason, "".join(refusal), usage)


def _reply(text: str, reason: str | None, refusal: str | None, usage: Any) -> Reply:
    if reason == "content_filter":
        refusal = refusal or "the endpoint's content filter"
    details = getattr(usage, "prompt_tokens_details", None)
    return Reply(
        text="" if refusal else text,
        finished=reason != "length",
        tokens_in=getattr(usage, "prompt_tokens", None) or 0,
        tokens_out=getattr(usage, "completion_tokens", None) or 0,
        tokens_cached=getattr(details, "cached_tokens", None) or 0,
        refusal=refusal or "",
    )


# ------------------------------------------------------------------------------------------------- faults


def _transport_errors() -> tuple[type[Exception], ...]:
    """What the HTTP library under the openai package raises: httpx until its version 2, then httpx2."""
    found: list[type[Exception]] = []
    for name in ("httpx", "httpx2"):
        with contextlib.suppress(ImportError):
            found.append(importlib.import_module(name).HTTPError)
    return tuple(found)


def _is_passing(error: Exception) -> bool:
    """Whether trying again can help."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code in RETRIED and getattr(error, "code", None) != "insufficient_quota"
    passing: tuple[type[Exception], ...] = (
        openai.APIConnectionError,
        *_transport_errors(),
        Malformed,
        ValueError,
        TimeoutError,
    )
    return isinstance(error, passing) or type(error) is openai.APIError


def _retry_after_s(error: Exception) -> float | None:
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _explain(error: Exception, model: str, timeout_s: float) -> tuple[str, str]:
    """What happened, and what to do about it."""
    import openai

    again = "run the same command again; it goes on from here"
    if isinstance(error, openai.APITimeoutError | TimeoutError) or "Timeout" in type(error).__name__:
        return f"no answer for {timeout_s:.0f} s", f"{again}; or raise openai.timeout_s"
    if isinstance(error, openai.APIStatusError):
        return f"{error.status_code}, {_first_words(error.message)}", _remedy(error, model, again)
    if isinstance(error, (openai.APIConnectionError, *_transport_errors())):
        return f"cannot be reached: {_first_words(error.__cause__ or error)}", (
            f"check openai.base_url and the network, then {again}"
        )
    if isinstance(error, Malformed | ValueError | openai.APIError):
        return f"the answer is no completion: {_first_words(error)}", again
    return _first_words(error), again


def _remedy(error: openai.APIStatusError, model: str, again: str) -> str:
    status = error.status_code
    text = str(error).lower()
    if status in (401, 403):
        return "set OPENAI_API_KEY to a key that may use this model, then " + again
    if status == 404:
        return f"set openai.model (OPENAI_MODEL) to a model the endpoint has; it does not know {model!r}"
    if "image" in text:
        return "--set openai.sees=false, if the model takes no pictures"
    if "context" in text or "too long" in text:
        return "lower openai.call_words or openai.max_output_tokens"
    if getattr(error, "code", None) == "insufficient_quota":
        return "add credit at the provider, then " + again
    return again


def _first_words(what: object) -> str:
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", str(what)).strip()
    return text[:240] + ("…" if len(text) > 240 else "")
