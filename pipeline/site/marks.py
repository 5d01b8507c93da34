"""What a reader is told of a block beside it: where its code comes from, what could not be confirmed."""

from __future__ import annotations

from pipeline.models import Block, BlockFinding, Code, Outcome
from pipeline.site.text import one_line
from pipeline.site.views import Mark


def mark(block: Block, finding: BlockFinding | None, in_spoken: bool = False) -> Mark | None:
    outcome = finding.outcome if finding else None
    if isinstance(block, Code):
        return _code_mark(block, outcome)
    if in_spoken:
        return Mark(
            "replaced",
            "as spoken",
            "The translation failed its check twice, so this is the transcript, tidied, in the language spoken.",
        )
    if outcome == Outcome.UNVERIFIED:
        return Mark(
            "unchecked", "not confirmed", "The check could not confirm this from what was said or shown."
        )
    if outcome == Outcome.REPLACED:
        return Mark(
            "replaced",
            "editor’s text",
            "The writer’s version failed its check, so this is the transcript, tidied.",
        )
    return None


def _code_mark(block: Code, outcome: Outcome | None) -> Mark:
    if outcome == Outcome.UNVERIFIED:
        return Mark("unchecked", "not checked", "Neither run nor found on screen in this form.")
    if block.origin == "reference" and block.snippet:
        label = f"verified: {one_line(block.version)}" if block.version else "verified"
        same = f"Identical to the tested snippet “{one_line(block.snippet)}”: it was run, and printed this."
        return Mark("verified", label, same)
    if block.origin == "screen":
        return Mark("screen", "from the screen", "Read off the video; not run.")
    return Mark("unchecked", "not checked", "Written down from the lecture; neither run nor found on screen.")
