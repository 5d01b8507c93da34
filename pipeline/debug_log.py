"""What `--debug` writes: a log of a run for a bug report, without secrets.

It holds versions, the configuration in force, why each unit was built, what the libraries reported, and the full
trace of any error. Every line goes through `redact` on its way to the file; requests to models are not logged.
"""

from __future__ import annotations

__all__ = ["FILE", "log", "start"]

import logging
import platform
import sys
from importlib.metadata import distributions
from pathlib import Path

from pipeline.config import Config
from pipeline.redact import redact

FILE = "debug.log"
QUIET = ("openai", "httpx", "httpcore", "PIL", "asyncio", "markdown_it", "numba")
"""Libraries that would log whole requests, or every step: what is above a detail is heard of them."""

log = logging.getLogger("lecturebook")
"""Everything of ours; silent unless `start` was called."""
log.addHandler(logging.NullHandler())


class _Redacted(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def start(path: Path, config: Config) -> Path:
    """Begin to log, behind what the file holds already, and put down what a report needs to know.

    Returns:
        The log's path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="a", encoding="utf-8")
    handler.setFormatter(_Redacted("%(asctime)s %(levelname)s %(name)s %(threadName)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.INFO)
    log.info("command: %s", sys.argv[1:])
    log.info("Python %s on %s", platform.python_version(), platform.platform())
    packages = sorted({f"{one.metadata['Name']} {one.version}" for one in distributions()}, key=str.lower)
    log.info("packages: %s", ", ".join(packages))
    log.info("config: %s", config.model_dump_json())
    return path
