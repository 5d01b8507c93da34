"""A statement about tokens, as it was found."""

from __future__ import annotations

from dataclasses import dataclass

from .masking import Quoted


@dataclass(frozen=True)
class Claim:
    """A statement about tokens.

    Attributes:
        kind: "ids", "count", "pieces" or "size".
        start, end: where it stands, in characters of the document's text.
        text: the words of the claim.
        subjects: the strings it is about, each of them.
        exact: the subject is quoted; otherwise a leading space may be meant.
        ids, pieces: what they are said to encode to, where `kind` says so.
        number: tokens said, or the vocabulary's size.
        relation: "=", "!=" or ">" between the true number and `number`.
        rounded: the number is said roughly.
        tokenizer: who it is about, one of `names.NAMES`, `names.OTHER`, or None where nobody was named.
        others: further tokenizers that the sentence names.
        doubtful: the sentence supposes, denies or is about a toy, so that it cannot be called false.
    """

    kind: str
    start: int
    end: int
    text: str
    subjects: tuple[Quoted, ...] = ()
    exact: bool = True
    ids: tuple[int, ...] = ()
    pieces: tuple[Quoted, ...] = ()
    number: int | None = None
    relation: str = "="
    rounded: bool = False
    what: str = ""
    tokenizer: str | None = None
    others: tuple[str, ...] = ()
    doubtful: bool = False
