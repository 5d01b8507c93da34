"""Names, acronyms, identifiers, quoted strings and addresses in running text, comparable across spellings.

A recognizer writes "CL100K base" or "cl 100 k base", a page prints `cl100k_base`: the same identifier. So
they are compared by their letters and digits alone, across spaces, hyphens, underscores and case.

>>> [(n.kind, n.text) for n in named("The GPT-2 paper by Alec Radford uses `vocab_size` and tiktoken.encode().")]
[('acronym', 'GPT-2'), ('name', 'Alec Radford'), ('code', 'vocab_size'), ('code', 'tiktoken.encode()')]
>>> unsupported("we call CL one hundred K base, er, CL100K base", "the `cl100k_base` and `o200k_base`")[0].text
'o200k_base'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipeline.text import numbers
from pipeline.text.words import FUNCTION_WORDS, normal, tokens

__all__ = ["Kind", "Named", "bare", "lost", "named", "squashed", "stands_for", "unsupported"]

Kind = Literal["url", "code", "acronym", "name", "quote"]


@dataclass(frozen=True)
class Named:
    """Something with a name: `text` stands at `[start, end)`, without its backticks or quotation marks."""

    text: str
    start: int
    end: int
    kind: Kind

    @property
    def key(self) -> str:
        """What it is compared by: its letters and digits in lower case."""
        return bare(self.text)


def bare(text: str) -> str:
    """Letters and digits in lower case; a text without any stays as it is.

    >>> bare("cl100k_base"), bare("CL100K base"), bare("<|endoftext|>")
    ('cl100kbase', 'cl100kbase', 'endoftext')
    """
    return re.sub(r"[\W_]+", "", text.casefold()) or text.strip()


_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>()\"'`]*[^\s<>()\"'`.,;:!?]")),
    ("code", re.compile(r"`([^`\n]+)`")),
    ("code", re.compile(r"<\|[^|<>\s]+\|>|</?[A-Za-z][\w-]*>")),
    ("quote", re.compile(r"[\"“”]([^\"“”\n]{1,80})[\"“”]")),
    (
        "code",
        re.compile(
            r"""(?<![\w.@/])(?:
              [A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\(\)              # tiktoken.encode()
            | [A-Za-z]\w*_\w+(?:\.\w+)*                        # vocab_size
            | [a-z][\w-]*\.(?:com|org|net|io|app|dev|ai|py|js|json|txt|md|ipynb|model|bpe|vocab|cpp|h)\b
            | (?:re|np|torch|os|sys|nn|self)\.[A-Za-z_]\w*     # re.findall
            | [a-z]+[A-Z]\w*                                   # minBPE, camelCase
            | [A-Za-z]+\d+[A-Za-z]\w*                          # cl100k, b2b
            )""",
            re.VERBOSE,
        ),
    ),
    ("acronym", re.compile(r"(?<!\w)(?:[A-Z][A-Z\d]+s?(?:-\d+(?:\.\d+)?)?|[A-Z][A-Za-z]*-\d(?:[\d.]*\d)?)(?!\w)")),
    (
        "name",
        re.compile(r"(?<![\w'’])[A-Z][\w'’]*[a-z]\w*(?:[ -][A-Z][\w'’]*[a-z]\w*)*(?:[ ]\d+(?![\w.,]))?"),
    ),
)  # fmt: skip

_SENTENCE_START = re.compile(r"(?:^|[.?!:]\s+|[\n\"“(*•]\s*|[-–—]\s+)$")


def named(text: str) -> list[Named]:
    """Everything that has a name, in order, without overlaps.

    A capitalised word that only begins a sentence is no name; one that is a function word never is.
    """
    found: list[Named] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            start, end = match.span(group)
            if kind == "name":
                start = _name_start(text, start, end)
            if start < end and not any(start < other.end and other.start < end for other in found):
                found.append(Named(text[start:end], start, end, kind))
    return sorted(found, key=lambda item: item.start)


def _name_start(text: str, start: int, end: int) -> int:
    """Where the name begins, past a sentence's first word and function words; `end` if nothing is left."""
    at_sentence_start = bool(_SENTENCE_START.search(text[:start]))
    for token in tokens(text[start:end]):
        functional = normal(token.text) in FUNCTION_WORDS
        alone = start + token.end >= end
        if not functional and not (at_sentence_start and alone):
            return start + token.start
        at_sentence_start = False
    return end


@lru_cache(maxsize=1024)
def squashed(text: str, longest: int = 6) -> frozenset[str]:
    """Letters and digits of every run of up to `longest` words: what a name may be found among.

    Numbers in words count as digits too, so that "GPT two" holds "GPT-2".

    >>> "cl100kbase" in squashed("we call CL100K base here"), "gpt2" in squashed("in GPT two, say")
    (True, True)
    """
    keys = _runs(text, longest)
    digits = "".join(_with_digits(text))
    return keys if digits == text else keys | _runs(digits, longest)


def _with_digits(text: str) -> Iterator[str]:
    at = 0
    for number in numbers.numbers(text):
        if number.spoken and not number.ordinal:
            yield text[at : number.start]
            yield number.value
            at = number.end
    yield text[at:]


_SPELLED = 24
"""Letters of the longest name that may be spelled out."""
_bare_word = lru_cache(maxsize=16384)(bare)


def _runs(text: str, longest: int) -> frozenset[str]:
    words = [_bare_word(piece) for piece in re.findall(r"\w+", text.replace("_", " "))]
    keys: set[str] = set()
    for first in range(len(words)):
        key = ""
        for many, word in enumerate(words[first : first + _SPELLED]):
            # What is spelled letter by letter may be longer: "A A A B D" is AAABD.
            if many >= longest and (len(word) > 1 or len(key) > many):
                break
            key += word
            keys.add(key)
    return frozenset(keys)


def stands_for(acronym: Named, text: str) -> bool:
    """Whether words of `text` begin with the letters of an acronym of three or more.

    >>> stands_for(named("the NLP community")[0], "in natural language processing")
    True
    """
    letters = acronym.text.removesuffix("s")
    if acronym.kind != "acronym" or len(letters) < 3 or not letters.isalpha():
        return False
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", text.casefold()))
    return letters.casefold() in initials


def lost(source: str, text: str) -> list[Named]:
    """Distinct names of `source` that `text` does not hold in any spelling."""
    return _missing(named(source), text)


def unsupported(source: str, text: str) -> list[Named]:
    """Distinct names of `text` that `source` (speech and screens) does not hold in any spelling."""
    return _missing(named(text), source)


def _missing(items: Iterable[Named], text: str) -> list[Named]:
    items = list(items)
    if not items:
        return []
    there, whole = squashed(text), bare(text)
    missing: dict[str, Named] = {}
    for item in items:
        singular = item.key[:-1] if item.key.endswith("s") else item.key
        by_letters = item.key in there or singular in there or f"{item.key}s" in there
        # Addresses and quoted strings are longer than runs of words are: look them up in the whole text.
        if not by_letters and not (
            item.kind in {"url", "quote", "code"} and len(item.key) > 3 and item.key in whole
        ):
            missing.setdefault(item.key, item)
    return list(missing.values())
