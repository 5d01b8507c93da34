"""The `outline` stage: the whole lecture at a glance, made once, before any chapter is written.

A person's own `edits/outline.yaml` wins over every writer.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml
from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.interfaces import Work, Writer
from pipeline.models import Chapters, Outline, SourceVideo

__all__ = ["run"]

EDIT = "outline.yaml"


def run(work: Work, *, make_writer: Callable[[], Writer]) -> Outline:
    """The outline of the whole lecture.

    Args:
        make_writer: makes the chosen writer; not called where a person's outline stands.

    Raises:
        ConfigError: `edits/outline.yaml` is no outline of this lecture.
        ModelError: the writer's language model fails.
    """
    chapters = work.read(Chapters).chapters
    edited = work.edit(EDIT)
    if edited is not None:
        return _read(edited, [chapter.id for chapter in chapters])
    return make_writer().outline(work.read(SourceVideo), chapters, work.progress)


def _read(text: str, chapter_ids: list[str]) -> Outline:
    try:
        # Through JSON-like data: YAML lists are lists, and pydantic makes them tuples.
        outline = Outline.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark is not None else ""
        raise _mistake(f"is not YAML{line}: {getattr(error, 'problem', error)}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise _mistake(f"is no outline: {place}: {first['msg']}") from error
    named = [chapter.id for chapter in outline.chapters]
    if named != chapter_ids:
        raise _mistake(f"has the chapters {', '.join(named)}; the lecture has {', '.join(chapter_ids)}")
    return outline


def _mistake(what: str) -> ConfigError:
    return ConfigError(
        f"edits/{EDIT} {what}",
        kept="everything made before the outline",
        fix=f"mend edits/{EDIT}, or delete it to have the outline made again",
    )
