"""What a recognizer should expect to hear: the lecture's names, spelled right.

Whisper takes a text that came before and continues in its manner. A title and the rare words of what is on
screen, given as that text, make it write "Karpathy" instead of "carpathy". Common words teach it nothing and
a long list is copied into the transcript, so only rare words go in, and few of them.

It also continues in the *manner* of that text. Primed with well-formed text alone, it leaves fillers and restarts
out, or puts a word of the list in their place ("it keeps, uh, it keeps growing" became "it keeps, aaabdaa, it
keeps growing"). A hesitant sentence at the end makes it write down what is said, and the writers take out what
should go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pipeline.models import Screen, SourceVideo

__all__ = ["prompt_for"]

RARE_ZIPF = 3.6
"""Words as common as this (a few a million words) are known to any recognizer."""
MOST_WORDS = 40
AROUND_S = 60.0
"""A screen is spoken of shortly before and after it is shown."""

MANNERS = {"en": "Okay, so, um, this is, uh, a lecture."}
"""A hesitant sentence by language; only for languages in which it was measured to help (ADR 0024)."""

_WORD = re.compile(r"[^\W\d_][\w'’+#.-]*[\w+#]|[^\W\d_]")
_ADDRESS = re.compile(r"\S*(?:://|www\.|@)\S*")


def prompt_for(
    video: SourceVideo, screens: Iterable[Screen], start_s: float, end_s: float, language: str
) -> str:
    """A text for the recognizer to continue while it hears `[start_s, end_s)`; may be empty."""
    near = [
        screen
        for screen in screens
        if screen.start_s < end_s + AROUND_S and screen.end_s > start_s - AROUND_S
    ]
    title = _line(video.title)
    marks = [_line(mark.title) for mark in video.marks]
    shown = [
        line.text for screen in near for line in screen.lines if not line.is_code and line.confidence > 0.8
    ]
    names = _rare_words([video.author or "", video.description[:3000], *marks, *shown], language, known=title)
    parts = (f"{title}." if title else "", f"{', '.join(names)}." if names else "", MANNERS.get(language, ""))
    return " ".join(part for part in parts if part)


def _rare_words(texts: Iterable[str], language: str, known: str) -> list[str]:
    """Rare words of the texts, the oftenest first, each in the spelling it mostly has."""
    from wordfreq import zipf_frequency

    spellings: dict[str, Counter[str]] = {}
    for text in texts:
        for word in _WORD.findall(_ADDRESS.sub(" ", text)):
            if 2 < len(word) < 25:
                spellings.setdefault(word.lower(), Counter())[word] += 1
    known_words = {word.lower() for word in _WORD.findall(known)}
    try:
        rare = [
            word
            for word in spellings
            if word not in known_words and zipf_frequency(word, language or "en") < RARE_ZIPF
        ]
    except LookupError:  # a language without a word list
        return []
    rare.sort(key=lambda word: -spellings[word].total())
    return [spellings[word].most_common(1)[0][0] for word in rare[:MOST_WORDS]]


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
