"""llama.cpp inside the process, through xllamacpp: no server to start, nothing leaves the machine.

xllamacpp opens a loopback port that would serve anyone on the machine; it gets a random key that nobody knows,
and calls made inside the process need none.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.adapters.openmp import load_openmp
from pipeline.config import LocalOptions
from pipeline.errors import MissingTool, ModelError
from pipeline.interfaces import Reply, Request

__all__ = ["LlamaModel", "refuse_early"]

KEPT = "every reply so far, in work/llm/"


class LlamaModel:
    """A `LanguageModel` that runs a GGUF file on this machine, one request at a time.

    The weights are read when the first request comes. Requests of several threads wait for one another.

    Args:
        path: the GGUF file.
        name: what the article prints; the file's name if empty.
    """

    sees = False
    takes_grammar = True

    def __init__(self, path: Path, options: LocalOptions, name: str = "") -> None:
        self.name = f"{name or path.stem}, llama.cpp ({_version()})"
        self.context_tokens = options.context_tokens
        self._path = path
        self._threads = options.threads
        self._lock = threading.Lock()
        self._server: Any = None

    def complete(self, request: Request) -> Reply:
        """One reply.

        Raises:
            ModelError: the file is no model, the request does not fit, or llama.cpp fails.
            MissingTool: llama.cpp is not installed, or a library that it needs is not there.
        """
        with self._lock:
            answer = self._started().handle_chat_completions(_body(request))
        if "error" in answer:
            raise self._refused(answer["error"])
        choice = answer["choices"][0]
        usage = answer.get("usage") or {}
        return Reply(
            text=choice["message"].get("content") or "",
            finished=choice.get("finish_reason") != "length",
            tokens_in=usage.get("prompt_tokens", 0),
            tokens_out=usage.get("completion_tokens", 0),
            tokens_cached=(usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0),
        )

    def _started(self) -> Any:
        if self._server is None:
            xllamacpp = _import_llama()
            try:
                self._server = xllamacpp.Server(self._params(xllamacpp))
            except (RuntimeError, ValueError, OSError) as error:
                raise ModelError(
                    f"local model {self._path.name}: llama.cpp cannot load it: {error}",
                    kept=KEPT,
                    fix="set local.model to a GGUF file that llama.cpp can load, or WRITER=editor",
                ) from error
        return self._server

    def _params(self, xllamacpp: Any) -> Any:
        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self.context_tokens
        # One slot: on few cores, parallel slots only share what there is, and one keeps its prompt prefix.
        params.n_parallel = 1
        params.warmup = False
        params.verbosity = -1
        params.api_keys = [secrets.token_urlsafe(32)]
        params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
        params.ui = False
        threads = self._threads or free_cores()
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        return params

    def _refused(self, error: dict[str, Any]) -> ModelError:
        message = " ".join(str(error.get("message", "")).split())[:200]
        return ModelError(
            f"local model {self._path.name}: {message}",
            kept=KEPT,
            fix="raise local.context_tokens, set local.model to another GGUF file, or use WRITER=editor",
        )


def free_cores(over_s: float = 0.3) -> int:
    """How many cores nobody else uses just now, at least one; all of them where the system does not say.

    llama.cpp's threads wait for one another after every layer: one more thread than there are free cores made
    it ten times slower here, so a busy core is worse than none.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    before = _processor_times()
    if before is None:
        return cores
    time.sleep(over_s)
    after = _processor_times() or before
    idle, total = (late - early for late, early in zip(after, before, strict=True))
    return min(cores, max(1, round(cores * idle / total))) if total else cores


def _processor_times() -> tuple[int, int] | None:
    """`(idle, all)` ticks of all cores since the system started, as Linux counts them."""
    try:
        with open("/proc/stat", encoding="ascii") as counters:
            ticks = [int(value) for value in counters.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    return ticks[3] + ticks[4], sum(ticks)


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": [{"role": message.role, "content": message.text} for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "cache_prompt": True,
    }
    if request.grammar is not None:
        body["grammar"] = request.grammar
    if request.schema is not None:
        schema = {"name": "reply", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def refuse_early() -> None:
    """Stop before anything is done where llama.cpp could not be loaded later; it is not loaded to find that out.

    Raises:
        MissingTool: it is not installed, or a library of the system that it needs is not there.
    """
    package = importlib.util.find_spec("xllamacpp")
    if package is None or package.origin is None:
        raise _cannot_load("the package xllamacpp is not installed", fix="make setup, or WRITER=editor")
    if not load_openmp(Path(package.origin).parents[1]):
        raise _cannot_load(
            "the system has no libgomp.so.1",
            fix="apt-get install libgomp1 (dnf install libgomp, apk add libgomp), or WRITER=editor",
        )


def _import_llama() -> Any:
    refuse_early()
    try:
        import xllamacpp
    except ImportError as error:
        raise _cannot_load(str(error), fix="install that library, or WRITER=editor") from error
    return xllamacpp


def _cannot_load(reason: str, fix: str) -> MissingTool:
    return MissingTool(
        f"local model: llama.cpp cannot be loaded: {reason}", kept="every finished stage and reply", fix=fix
    )


def _version() -> str:
    try:
        return f"xllamacpp {version('xllamacpp')}"
    except PackageNotFoundError:
        return "xllamacpp"
