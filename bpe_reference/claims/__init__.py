"""Check what prose says about tokens: find the claims, decide each.

    >>> for claim in check('In GPT-2, "hello world" is encoded as 31373, 318, 984.'):
    ...     print(claim.verdict, claim.line, claim.text, "|", claim.truth)
    false 1 "hello world" is encoded as 31373, 318, 984 | "hello world" is 2 tokens: 31373, 995 ("hello" " world")
    >>> [claim.verdict for claim in check("GPT-2 has a vocabulary of 50,257 tokens; 127 is a single token.")]
    ['true', 'true']

From a shell, `python -m bpe_reference.claims FILE...` prints a line for each claim and exits with 1 if one is false.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .decide import decide
from .find import Claim, find_claims
from .reading import read_html, read_markdown

__all__ = ["CheckedClaim", "check", "main"]


@dataclass(frozen=True)
class CheckedClaim:
    """A claim with its verdict.

    Attributes:
        verdict: "true", "false" or "unknown".
        line: the line of the source on which it begins, from 1.
        text: the words of the claim.
        truth: what is so; or why it cannot be told.
        tokenizer: the one that it was checked with.
        kind: "ids", "count", "pieces" or "size".
        examples: the strings that a true claim is about, spelled so that it is true.
    """

    verdict: str
    line: int
    text: str
    truth: str
    tokenizer: str | None
    kind: str
    examples: tuple[str, ...] = ()

    @property
    def about(self) -> str | None:
        """The tokenizer, by the name that claims of any subject have for what they are about."""
        return self.tokenizer


def check(source: str, *, html: bool = False, tokenizer: str | None = None) -> list[CheckedClaim]:
    """Find and decide every claim of a text, in its order.

    Args:
        source: Markdown, or HTML where `html` is true.
        html: how to read the source.
        tokenizer: the one that is meant until the text names one ("gpt2", "cl100k_base").
    """
    document = read_html(source) if html else read_markdown(source)
    return [_checked(claim, document.line_of(claim.start)) for claim in find_claims(document, tokenizer)]


def _checked(claim: Claim, line: int) -> CheckedClaim:
    decision = decide(claim)
    return CheckedClaim(
        decision.verdict,
        line,
        " ".join(claim.text.split()),
        decision.truth,
        claim.tokenizer,
        claim.kind,
        decision.examples,
    )


def main(paths: Sequence[str | Path]) -> int:
    """Check files and print a line a claim: verdict, place, claim, truth.

    Args:
        paths: Markdown files, and HTML files (by their suffix, .html, .htm or .xhtml).

    Returns:
        0 where no claim is false, 1 where one is, 2 where a file cannot be read.
    """
    status = 0
    for path in map(Path, paths):
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            print(
                f"claims {path}: it cannot be read ({error})\n"
                "  kept: the other files were checked\n"
                "  fix: name a Markdown or HTML file in UTF-8",
                file=sys.stderr,
            )
            status = 2
            continue
        is_html = path.suffix.lower() in (".html", ".htm", ".xhtml")
        for claim in check(source, html=is_html):
            who = f" [{claim.tokenizer}]" if claim.tokenizer else ""
            print(f"{claim.verdict:<8}{path}:{claim.line}  {claim.text}{who}  ({claim.truth})")
            if claim.verdict == "false":
                status = max(status, 1)
    return status
