"""Words as recognizers give them, made into words as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.models import Word

__all__ = ["UNSPACED", "RawWord", "join_pieces", "join_text"]

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "km", "bo", "yue", "dz"})
"""Languages written without spaces between words."""

_OPENING = "\"'“‘¿([{«„-"


@dataclass(frozen=True)
class RawWord:
    """A piece of text with times; a leading space says that a word begins here."""

    text: str
    start_s: float
    end_s: float
    probability: float


def join_pieces(pieces: Iterable[RawWord], language: str) -> tuple[Word, ...]:
    """Words from a recognizer's pieces, times monotone.

    Recognizers split at punctuation, so that "utf-8" comes as " utf", "-8" and "3.14" as " 3", ".14". A piece
    without a leading space goes with the one before it; opening quotes and brackets, with the one after.

    >>> pieces = [RawWord(" utf", 0.0, 0.2, 0.9), RawWord("-8.", 0.2, 0.5, 0.7), RawWord(" So", 0.9, 1.0, 1.0)]
    >>> [(word.text, word.start_s, word.end_s, word.probability) for word in join_pieces(pieces, "en")]
    [('utf-8.', 0.0, 0.5, 0.7), ('So', 0.9, 1.0, 1.0)]
    """
    spaced = language not in UNSPACED
    joined: list[RawWord] = []
    for piece in pieces:
        if not piece.text.strip():
            continue
        if joined and _continues(joined[-1], piece, spaced):
            before = joined[-1]
            joined[-1] = RawWord(
                before.text + piece.text,
                before.start_s,
                max(before.end_s, piece.end_s),
                min(before.probability, piece.probability),
            )
        else:
            joined.append(piece)
    return tuple(_monotone(joined))


def _continues(before: RawWord, piece: RawWord, spaced: bool) -> bool:
    if spaced and not before.text.strip().strip(_OPENING):
        return True  # nothing but an opening quote so far
    if spaced:
        return not piece.text.startswith(" ")
    return not any(character.isalnum() for character in piece.text)


def _monotone(words: Sequence[RawWord]) -> Iterable[Word]:
    edge = 0.0
    for word in words:
        start = max(word.start_s, edge)
        end = max(word.end_s, start)
        edge = start
        yield Word(
            text=" ".join(word.text.split()),
            start_s=round(start, 3),
            end_s=round(end, 3),
            probability=round(min(max(word.probability, 0.0), 1.0), 3),
        )


def join_text(words: Iterable[Word], language: str) -> str:
    """The words as running text."""
    return ("" if language in UNSPACED else " ").join(word.text for word in words)
