"""A GBNF grammar under which a model can only edit: the passage's own content words, in their order.

Up to four of them may be skipped at a time (fillers and restarts are), function words and punctuation stand
free between them. A model that is held to it cannot invent a name, a number or a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.text import words

__all__ = ["edit_grammar"]

MAX_SKIPPED = 4
MAX_FREE = 3
"""Function words in a row that the model may put where it likes."""
_listed = str.split
_CONNECTIVES = _listed(
    "a an and are as at be because but by can for from has have he I if in is it its of on or our so that the "
    "their them then there these they this to us was we were what when where which while who will with you your"
)
_EDGE = re.compile(r"^[^\w<]+|[^\w>]+$")


def edit_grammar(passage: str, language: str = "en") -> str:
    """The grammar of everything that keeps `passage`'s content words in order.

    Returns:
        GBNF text; its root is one paragraph.

    >>> print(edit_grammar("Um, the mirror.").splitlines()[0])
    root ::= s0
    """
    spoken = _spoken(passage, language)
    functional = words.function_words(language)
    content = [word for word in spoken if words.normal(word) not in functional]
    free = [word for word in spoken if words.normal(word) in functional]
    if language.startswith("en"):
        free += _CONNECTIVES
    rules = ["root ::= s0"]
    rules += _states(content)
    rules.append(f"fw ::= ({_alternatives(free)}) mid?" if free else 'fw ::= "…"')
    rules.append("mid ::= [,.;:?!]")
    rules.append(f'end ::= (" " fw){{0,{MAX_FREE}}} [.?!]')
    return "\n".join(rules) + "\n"


def _spoken(passage: str, language: str) -> list[str]:
    """Words as they stand, without the punctuation around them; fillers out."""
    blank = list(passage)
    for start, end, _ in words.filler_spans(passage, language):
        blank[start:end] = " " * (end - start)
    bare = (_EDGE.sub("", word) for word in "".join(blank).split())
    return [word for word in bare if word]


def _states(content: list[str]) -> list[str]:
    """`s<i>`: what may follow once the content words before `i` are behind."""
    rules = []
    for i in range(len(content) + 1):
        ahead = range(i, min(i + MAX_SKIPPED + 1, len(content)))
        if not ahead:
            rules.append(f"s{i} ::= fw end")
            continue
        rules.append(f's{i} ::= (fw " "){{0,{MAX_FREE}}} ({" | ".join(f"w{j}" for j in ahead)})')
    for j, word in enumerate(content):
        ways = [f'mid? " " s{j + 1}'] if j + 1 < len(content) else []
        if len(content) - (j + 1) <= MAX_SKIPPED:
            ways.append("end")
        rules.append(f"w{j} ::= ({_alternatives([word])}) ({' | '.join(ways)})")
    return rules


def _alternatives(spoken: Iterable[str]) -> str:
    """The words as literals, with a capital and without."""
    forms: dict[str, None] = {}
    for word in spoken:
        forms[word] = None
        forms[word[0].upper() + word[1:]] = None
        if word[1:].islower() and word != "I":
            forms[word[0].lower() + word[1:]] = None
    return " | ".join(f'"{_escaped(form)}"' for form in forms)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
