"""Coverage: sentences of the lecture that no block cites, unless they say nothing."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.checks.evidence import text_of
from pipeline.checks.reading import coverage, held, weighed
from pipeline.models import Block, Chapter, Dropped, Sentence
from pipeline.text import identifiers, numbers

SAYS_SOMETHING = 0.75
"""Weight of its content words from which on a sentence says something: "Okay, so let's see." says nothing."""
_TOLD = 0.55
"""Share of a sentence's content words, by weight, that the page holds, from which on it tells it after all."""


def left_out(chapter: Chapter, blocks: Sequence[Block], language: str) -> tuple[Dropped, ...]:
    """The sentences that no block cites and that say something, in order."""
    cited = {name for block in blocks for name in block.sentences}
    return tuple(
        Dropped(sentence=one.id, text=one.text, start_s=one.start_s)
        for one in chapter.sentences
        if one.id not in cited and says_something(one, language)
    )


def says_something(sentence: Sentence, language: str) -> bool:
    """Whether a sentence is more than filler: content words of some weight, a name or a number."""
    if sum(one.weight for one in weighed(sentence.text, language)) >= SAYS_SOMETHING:
        return True
    named = any(one.kind != "quote" for one in identifiers.named(sentence.text))
    return named or any(not number.weak for number in numbers.numbers(sentence.text, language))


def untold(dropped: Sequence[Dropped], blocks: Sequence[Block], language: str) -> tuple[Dropped, ...]:
    """Of these, the ones whose words stand nowhere on the page either."""
    page = held("\n".join(text_of(block) for block in blocks), language)
    return tuple(one for one in dropped if coverage(one.text, page, language).share < _TOLD)
