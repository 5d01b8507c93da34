"""Facts of the subject: statements that its reference module decides, and snippets that have to be its own.

What a block states is read after all that stands before it in the chapter: a statement that names no tokenizer, say,
is about the one that the chapter named last.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.checks.evidence import text_of
from pipeline.models import Block, Code, Draft, Figure, Heading, Problem, Tokens
from pipeline.reference import Reference, find_snippet

__all__ = ["SubjectChecks"]


class SubjectChecks:
    """The checks of one chapter.

    Args:
        reference: decides; None: nothing is decided.
        draft: the chapter as it was written, for what stands before a block.
    """

    def __init__(self, reference: Reference | None, draft: Draft) -> None:
        self._reference = reference
        self._parts = [(block.id, _as_markdown(block)) for block in draft.blocks]
        self._title = f"# {' '.join(draft.title.split())}"
        self._of_draft = self._claims_by_block(draft.blocks) if reference else {}

    def problems(self, block: Block) -> tuple[Problem, ...]:
        """What is wrong with a block of the draft, or with one that takes its place (its id begins alike)."""
        if self._reference is None:
            return ()
        if isinstance(block, Code) and (block.origin == "reference" or block.snippet):
            return self._snippet(block, self._reference)
        if isinstance(block, Code | Tokens):
            return ()
        text = _as_markdown(block)
        if (block.id, text) in self._parts:
            return self._of_draft.get(block.id, ())
        before = "\n\n".join([self._title, *(part for _, part in self._before(block.id))])
        return tuple(
            found for line, found in self._false(f"{before}\n\n{text}") if line > before.count("\n") + 1
        )

    def _before(self, block_id: str) -> Sequence[tuple[str, str]]:
        place = next(
            (number for number, (name, _) in enumerate(self._parts) if block_id.startswith(name)),
            len(self._parts),
        )
        return self._parts[:place]

    def _snippet(self, block: Code, reference: Reference) -> tuple[Problem, ...]:
        own = find_snippet(reference, block.snippet or "")
        if own is None:
            return (Problem(check="code", message=f"{reference.name} has no snippet {block.snippet!r}"),)
        if (block.code, block.output) != (own.code, own.output):
            return (
                Problem(check="code", message=f"this is not the verified text of the snippet {own.name!r}"),
            )
        return ()

    def _claims_by_block(self, blocks: Sequence[Block]) -> dict[str, tuple[Problem, ...]]:
        """The whole chapter read once."""
        found: dict[str, tuple[Problem, ...]] = {}
        ends: list[tuple[int, str]] = []
        line = 1
        for name, part in self._parts:
            line += 2 + part.count("\n")
            ends.append((line, name))
        text = "\n\n".join([self._title, *(part for _, part in self._parts)])
        stated = {block.id for block in blocks if not isinstance(block, Code | Tokens)}
        for at, problem in self._false(text):
            name = next((name for end, name in ends if at <= end), "")
            if name in stated:
                found[name] = (*found.get(name, ()), problem)
        return found

    def _false(self, text: str) -> list[tuple[int, Problem]]:
        assert self._reference is not None
        return [
            (claim.line, Problem(check="token", message=f"false: {claim.truth}", words=(claim.text,)))
            for claim in self._reference.claims(text)
            if claim.verdict == "false"
        ]


def _as_markdown(block: Block) -> str:
    """A block as the reader of claims takes it; prose on one line."""
    text = text_of(block)
    if isinstance(block, Code):
        return f"```\n{text}\n```"
    if isinstance(block, Heading):
        return f"## {' '.join(text.split())}"
    if isinstance(block, Tokens):
        return f"({block.tokenizer})"
    if isinstance(block, Figure):
        return " ".join(text.split())
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
