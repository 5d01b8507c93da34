"""YAML from people and strangers: plain data, and no more of it than a person would write."""

from __future__ import annotations

__all__ = ["MAX_NODES", "load"]

from typing import Any

import yaml

MAX_NODES = 200_000
"""Scalars, lists and mappings in all. What aliases repeat counts each time: nine lines can stand for billions."""


def load(text: str) -> Any:
    """The data that a YAML text holds.

    Raises:
        yaml.YAMLError: it is not YAML, is nested too deeply, or stands for too much.
    """
    try:
        data = yaml.safe_load(text)
    except (RecursionError, ValueError, OverflowError) as error:
        raise yaml.YAMLError(str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    waiting, count = [data], 0
    while waiting:
        count += 1
        if count > MAX_NODES:
            raise yaml.YAMLError(f"it holds more than {MAX_NODES:,} values")
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += one
        if len(waiting) > 2 * MAX_NODES:
            raise yaml.YAMLError(f"it holds more than {MAX_NODES:,} values")
    return data
