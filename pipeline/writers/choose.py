"""Which writer writes."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["choose"]


def choose(writer: str, base_url: str | None, environment: Mapping[str, str]) -> str:
    """The writer's name: what the config says, or for "auto" the endpoint where one is configured, else local.

    Args:
        writer: `write.writer`.
        base_url: `openai.base_url`.
        environment: the process's variables.

    >>> choose("auto", None, {"OPENAI_API_KEY": "sk-1"}), choose("auto", None, {})
    ('openai', 'local')
    >>> choose("editor", "http://127.0.0.1:8000/v1", {})
    'editor'
    """
    if writer != "auto":
        return writer
    endpoint = base_url or environment.get("OPENAI_API_KEY") or environment.get("OPENAI_BASE_URL")
    return "openai" if endpoint and endpoint.strip() else "local"
