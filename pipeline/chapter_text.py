"""A chapter as the Markdown that a person edits, and the way back to the blocks that were left alone."""

from __future__ import annotations

__all__ = ["as_text", "to_markdown"]

import re

from pipeline.models import Block, Draft

_LONGEST_RUN = re.compile(r"`{3,}")


def to_markdown(draft: Draft) -> str:
    """The chapter as `write.person_draft` reads it: a title, then its blocks with blank lines between.

    A figure is a picture whose path is its screen's id; tokens and exercises are fences of that language.
    """
    return "\n\n".join([f"# {draft.title}", *(as_text(block) for block in draft.blocks)]) + "\n"


def as_text(block: Block) -> str:
    """One block as Markdown; no blank line stands in it outside a fence."""
    match block.kind:
        case "heading":
            return f"{'#' * block.level} {_joined(block.text)}"
        case "figure":
            return f"![{_joined(block.caption).replace(']', '')}]({block.screens[0]}.png)"
        case "code":
            return _fenced(block.code, block.language)
        case "tokens":
            return _fenced(block.text, f"tokens-{block.tokenizer}")
        case "exercise":
            return _fenced(block.text, "exercise")
        case "list":
            marks = [f"{number}." if block.ordered else "-" for number in range(1, len(block.items) + 1)]
            return "\n".join(f"{mark} {_joined(item)}" for mark, item in zip(marks, block.items, strict=True))
        case "quote":
            return f"> {_joined(block.text)}"
        case "paragraph":
            return _joined(block.text)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in _LONGEST_RUN.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
