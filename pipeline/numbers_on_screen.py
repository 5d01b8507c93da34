"""Numbers that a recognizer wrote in two pieces, as the screen writes them.

"Six hundred and seventy-seven" is heard as "600 and 77", which may be one number or two; the sound is the same.
Where the screen of that moment shows 677, and 600 nowhere, it is one. Nothing else is changed: without sound and
screen in agreement the words stay as they were heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.models import Screen, Word

__all__ = ["join_numbers"]

AROUND_S = 30.0
"""A screen is spoken of shortly before and after it is shown."""
LONGEST_PAUSE_S = 0.6
"""A number is said without a longer pause inside."""

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_HEARD = re.compile(rf"({_NUMBER.pattern}),?")
_LAST = re.compile(rf"({_NUMBER.pattern})(\D*)")


def join_numbers(words: Sequence[Word], screens: Iterable[Screen], language: str) -> list[Word]:
    """The words, with such numbers in one.

    Only in English: "and" inside a number is what breaks it.
    """
    if language != "en":
        return list(words)
    shown = [(screen.start_s - AROUND_S, screen.end_s + AROUND_S, _numbers(screen)) for screen in screens]
    return list(_joined(words, shown))


def _joined(words: Sequence[Word], shown: Sequence[tuple[float, float, dict[int, str]]]) -> Iterator[Word]:
    at = 0
    while at < len(words):
        three = words[at : at + 3]
        if len(three) == 3 and (text := _one_number(three, shown)):
            yield Word(
                text=text,
                start_s=three[0].start_s,
                end_s=three[2].end_s,
                probability=min(word.probability for word in three),
            )
            at += 3
        else:
            yield words[at]
            at += 1


def _one_number(three: Sequence[Word], shown: Sequence[tuple[float, float, dict[int, str]]]) -> str | None:
    """The number that "600 and 77" is on a screen near, with the punctuation after it; None if it is two."""
    first, middle, last = three
    large, small = _HEARD.fullmatch(first.text), _LAST.fullmatch(last.text)
    if not large or not small or middle.text.lower() != "and":
        return None
    hundreds, rest = _value(large[1]), _value(small[1])
    if not 0 < rest < 100 or not hundreds or hundreds % 100:
        return None
    if max(middle.start_s - first.end_s, last.start_s - middle.end_s) > LONGEST_PAUSE_S:
        return None
    near: dict[int, str] = {}
    for start_s, end_s, numbers in shown:
        if start_s <= first.start_s < end_s:
            near |= numbers
    spelling = near.get(hundreds + rest)
    return spelling + small[2] if spelling and hundreds not in near else None


def _numbers(screen: Screen) -> dict[int, str]:
    found = (match[0] for line in screen.lines for match in _NUMBER.finditer(line.text))
    return {_value(text): text for text in found}


def _value(text: str) -> int:
    return int(text.replace(",", ""))
