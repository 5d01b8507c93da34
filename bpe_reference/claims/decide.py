"""Decide whether a claim is true, false, or cannot be told.

A claim is false only if no fair reading of it is true: a string in quotes is taken as it stands, a bare number or
word may have a space before it (it has one in a sentence), `\\n` in code may be the line end that it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..gpt2 import RankedTokenizer
from ..names import NAMES, get_tokenizer
from .find import Claim
from .masking import Quoted

__all__ = ["Decision", "decide"]


@dataclass(frozen=True)
class Decision:
    """A verdict ("true", "false", "unknown") and, where it can be told, the truth in words."""

    verdict: str
    truth: str
    examples: tuple[str, ...] = ()
    """The strings that a true claim is about, spelled so that it is true."""


def decide(claim: Claim) -> Decision:
    """Check a claim with the tokenizer that it is about."""
    if claim.tokenizer not in NAMES:
        who = (
            "no tokenizer is named" if claim.tokenizer is None else "it is about a tokenizer that is not here"
        )
        return Decision("unknown", who)
    if any(_is_cut(subject) for subject in claim.subjects):
        return Decision("unknown", "the string is shortened")
    decision = _DECIDERS[claim.kind](claim, get_tokenizer(claim.tokenizer))
    if decision.verdict != "false":
        return decision
    if claim.doubtful:
        return Decision("unknown", f"the sentence may not mean {claim.tokenizer}: there, {decision.truth}")
    for other in claim.others:
        if other not in NAMES or _DECIDERS[claim.kind](claim, get_tokenizer(other)).verdict == "true":
            return Decision(
                "unknown", f"another tokenizer may be meant; in {claim.tokenizer}, {decision.truth}"
            )
    return decision


def _is_cut(subject: Quoted) -> bool:
    return subject.text.endswith(("...", "…")) and len(subject.text.strip(".… ")) > 0


def _readings(subject: Quoted, exact: bool) -> Iterator[str]:
    text = subject.text
    yield text
    unescaped = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace('\\"', '"')
    if unescaped != text:
        yield unescaped
    if subject.may_lack_space:
        yield " " + text
    if not exact:
        # As spoken: nobody says whether a word has a space before it or a capital.
        for word in dict.fromkeys((text, text.capitalize(), text.lower())):
            yield word
            yield " " + word.lstrip(" ")


def _encode(tokenizer: RankedTokenizer, text: str) -> list[int]:
    """Special tokens as themselves: that is what prose about them means."""
    return tokenizer.encode(text, allowed_special="all")


def _show(tokenizer: RankedTokenizer, text: str) -> str:
    ids = _encode(tokenizer, text)
    shown = " ".join(f'"{tokenizer.decode([idx])}"' for idx in ids[:12])
    more = " ..." if len(ids) > 12 else ""
    number = "1 token" if len(ids) == 1 else f"{len(ids)} tokens"
    return f'"{text}" is {number}: {", ".join(map(str, ids[:12]))}{more} ({shown}{more})'


def _ids(claim: Claim, tokenizer: RankedTokenizer) -> Decision:
    subject = claim.subjects[0]
    for text in _readings(subject, claim.exact):
        if tuple(_encode(tokenizer, text)) == claim.ids or tuple(tokenizer.encode(text, "none")) == claim.ids:
            return Decision("true", _show(tokenizer, text), (text,))
    return Decision("false", _show(tokenizer, subject.text))


_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "=": lambda true, said: true == said,
    "!=": lambda true, said: true != said,
    ">": lambda true, said: true > said,
    "<=": lambda true, said: true <= said,
}


def _count(claim: Claim, tokenizer: RankedTokenizer) -> Decision:
    assert claim.number is not None
    truths, examples = [], []
    holds = _RELATIONS[claim.relation]
    for subject in claim.subjects:
        readings = list(_readings(subject, claim.exact))
        right = [text for text in readings if holds(len(_encode(tokenizer, text)), claim.number)]
        if not right:
            return Decision("false", _show(tokenizer, readings[0]))
        truths.append(_show(tokenizer, right[0]))
        examples.append(right[0])
    return Decision("true", "; ".join(truths), tuple(examples))


def _pieces(claim: Claim, tokenizer: RankedTokenizer) -> Decision:
    said = [piece.text for piece in claim.pieces]
    wrong_count = claim.number is not None and claim.number != len(said)
    subject = claim.subjects[0].text
    candidates = {subject, " " + subject.lstrip(" "), "".join(said)}
    for text in candidates:
        true = [tokenizer.decode([idx]) for idx in _encode(tokenizer, text)]
        if any(piece.may_lack_space for piece in claim.pieces):
            true, said = [piece.strip() for piece in true], [piece.strip() for piece in said]
        if true == said and text.strip() == subject.strip() and not wrong_count:
            return Decision("true", _show(tokenizer, text), (text,))
    joined = "".join(said)
    return Decision("false", _show(tokenizer, joined if joined.strip() == subject.strip() else subject))


_VOCABULARY = {"gpt2": (50257,), "cl100k_base": (100277, 100261, 100256)}
_MERGES = {"gpt2": 50000, "cl100k_base": 100000}


def _size(claim: Claim, tokenizer: RankedTokenizer) -> Decision:
    assert claim.number is not None
    name = tokenizer.name
    sizes = (_MERGES[name],) if claim.what == "merges" else _VOCABULARY[name]
    truth = f"{name} has {sizes[0]:,} {'merges' if claim.what == 'merges' else 'tokens'}"
    if name == "cl100k_base" and claim.what != "merges":
        truth = f"{name} has 100,256 merged tokens and 5 special ones, the last with id 100,276"
    if claim.number in sizes:
        return Decision("true", truth)
    near = any(abs(size - claim.number) <= 0.03 * size for size in sizes)
    if near and (claim.rounded or claim.number % 1000 == 0):
        return Decision("true" if claim.rounded else "unknown", truth)
    return Decision("false", truth)


_DECIDERS = {"ids": _ids, "count": _count, "pieces": _pieces, "size": _size}
