"""A second hearing of a doubtful place: which of its words belong there, and whether it is to be believed.

The sound that is heard again begins a little before the place and ends a little after it, so that no word is
halved. So the hearing may hold words that are known already; and where nobody says anything that can be
understood, it may hold words that were made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from pipeline.doubts import Stretch
from pipeline.models import Word

__all__ = ["bare", "believed", "between", "fresh", "surety"]

SEAM_WORDS = 6
"""So many known words beside the place may be in the sound that is heard again."""
SPARE_WORDS = 1
"""So many words may stand before the known ones: what a cut left of a word."""
SEAM_S = 0.2
"""A word that starts later than this after the known one's end is said once more."""

SURE = 0.6
ALMOST_SURE = 0.4
LEAST_AGREEMENT = 0.6
"""By listening to speech played backwards, to several backward voices at a time, and to cuts of real speech: base is
never as sure as 0.6 of what it makes of the first two (0.1 to 0.57), and seldom less of the last."""


def bare(words: Iterable[Word]) -> list[str]:
    """The words in lower case, without punctuation."""
    return [word.text.lower().strip(".,;:!?…\"'“”-") for word in words]


def between(
    heard: Sequence[Word], place: Stretch, before: Sequence[Word], after: Sequence[Word]
) -> list[Word]:
    """The words of a hearing that belong into a place, between words that are known.

    A known word at the seam is told by its text, since times are exact to a third of a second only: a word that
    ends at the seam would else stand on both sides of it ("the package. package. It").

    Args:
        heard: the hearing, times on the same clock as the place.
        before: all words before the place.
        after: all words after it.
    """
    first = _known(_marks(heard), _marks(before[-SEAM_WORDS:]))
    last = _known(_backwards(heard), _backwards(after[:SEAM_WORDS]))
    # Beside a known word that was found, times decide nothing more.
    earliest = -math.inf if first else place[0]
    latest = math.inf if last else place[1]
    rest = heard[first : max(len(heard) - last, first)]
    return [word for word in rest if earliest <= (word.start_s + word.end_s) / 2 < latest]


_Mark = tuple[str, float, float]
"""A word's bare text, and when it starts and ends."""


def _marks(words: Sequence[Word]) -> list[_Mark]:
    return [(text, word.start_s, word.end_s) for text, word in zip(bare(words), words, strict=True)]


def _backwards(words: Sequence[Word]) -> list[_Mark]:
    """The words as they are met from the end, on a clock that runs the other way."""
    return [(text, -end_s, -start_s) for text, start_s, end_s in reversed(_marks(words))]


def _known(heard: Sequence[_Mark], known: Sequence[_Mark]) -> int:
    """How many words at the front of `heard` are known: up to where it repeats the end of `known`, at about the same
    time. Where a word is said again and again, the nearest time decides which one it is.

    >>> _known([("the", 1.0, 1.2), ("box", 1.2, 1.5), ("it", 1.6, 1.8)], [("the", 0.9, 1.1), ("box", 1.1, 1.5)])
    2
    """
    found = [(math.inf, 0, 0)]
    for length in range(1, len(known) + 1):
        for end in range(length, min(length + SPARE_WORDS, len(heard)) + 1):
            pairs = list(zip(heard[end - length : end], known[-length:], strict=True))
            if all(one[0] == other[0] and one[1] < other[2] + SEAM_S for one, other in pairs):
                apart_s = sum(abs(one[1] - other[1]) for one, other in pairs) / length
                found.append((round(apart_s, 3), -length, end))
    return min(found)[2]


def surety(words: Sequence[Word]) -> float:
    """How sure the recognizer was of the words: the geometric mean of their probabilities; 0 of none."""
    if not words:
        return 0.0
    return math.exp(sum(math.log(max(word.probability, 1e-3)) for word in words) / len(words))


def fresh(words: Sequence[Word], known: Sequence[Word]) -> list[Word]:
    """Of the words of a hearing, those that an earlier one did not have, by their order and text."""
    matcher = SequenceMatcher(None, bare(words), bare(known), autojunk=False)
    old = {block.a + step for block in matcher.get_matching_blocks() for step in range(block.size)}
    return [word for number, word in enumerate(words) if number not in old]


def believed(words: Sequence[Word], others: Iterable[Sequence[Word]]) -> bool:
    """Whether words heard for a place are to be believed: the recognizer was sure of them, or almost, and heard about
    the same in another way of hearing. What it makes up where nobody speaks, it mostly makes up anew each time.
    """
    how_sure = surety(words)
    return how_sure >= SURE or (
        how_sure >= ALMOST_SURE and any(_agreement(words, other) >= LEAST_AGREEMENT for other in others)
    )


def _agreement(one: Sequence[Word], other: Sequence[Word]) -> float:
    if not one or not other:
        return 0.0
    return SequenceMatcher(None, bare(one), bare(other), autojunk=False).ratio()
