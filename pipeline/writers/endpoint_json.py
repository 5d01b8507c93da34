"""Replies as JSON of a known shape: their schema, and models out of their text. Nothing in a reply is trusted."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.interfaces import Reply
from pipeline.replies import Unusable

__all__ = ["Cut", "parse_as", "strict_schema", "usable_text"]

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class Cut(Unusable):
    """The reply ended at the token limit."""


def usable_text(reply: Reply) -> str:
    """The text of a reply that is one.

    Raises:
        Unusable: the model would not answer, or was cut short (`Cut`).
    """
    if reply.refusal:
        raise Unusable(f"the model would not answer: {reply.refusal[:200]}")
    if not reply.finished:
        raise Cut("it was cut at the token limit; be briefer")
    return reply.text


def parse_as(kind: type[ReplyT], text: str) -> ReplyT:
    """The reply's JSON as that model; a Markdown fence around it is overlooked.

    Raises:
        Unusable: the reply is no JSON, or not of this shape; says where.
    """
    bare = re.sub(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", r"\1", text, flags=re.DOTALL)
    try:
        return kind.model_validate(json.loads(bare))
    except RecursionError as error:
        raise Unusable("it is nested too deeply") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise Unusable(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    except ValueError as error:
        raise Unusable(f"it is not JSON: {error}") from error


def strict_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model as endpoints that hold to one want it: every property required, no others."""
    schema = kind.model_json_schema(by_alias=True)
    defined = schema.pop("$defs", {})
    return _strict(schema, defined)


_KEPT = ("type", "enum", "const")


def _strict(part: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        return _strict(defined[part["$ref"].rpartition("/")[2]], defined)
    strict = {name: part[name] for name in _KEPT if name in part}
    if "items" in part:
        strict["items"] = _strict(part["items"], defined)
    if "properties" in part:
        strict["properties"] = {name: _strict(one, defined) for name, one in part["properties"].items()}
        strict["required"] = list(part["properties"])
        strict["additionalProperties"] = False
    return strict
