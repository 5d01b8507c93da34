"""How words of this lecture are written: capitals, names and numbers as the lecture and its screens have them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.text import words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_clauses import SENTENCE_END, with_commas
from pipeline.writers.editor_clean import tidy


@dataclass(frozen=True)
class Spelling:
    """How words of this lecture are written: capitals learned from it, names as its screens show them."""

    capitals: dict[str, str]
    """Word in lower case -> as written."""
    names: tuple[tuple[re.Pattern[str], str], ...] = ()
    """Spoken form -> the screens' spelling."""
    ungrouped: frozenset[str] = frozenset()
    """Numbers that the screens show without commas, as token ids mostly are."""

    def word(self, token: str) -> str:
        """The token with its capitals; what already has one stays."""
        match = re.match(r"^(\W*)([\w'-]+)(.*)$", token)
        if match is None or any(character.isupper() for character in match[2]):
            return token
        stem, tail = match[2], match[3]
        for ending in ("", "'s", "s"):
            if ending and len(stem) - len(ending) < 3:
                continue
            base = stem[: len(stem) - len(ending)] if ending and stem.endswith(ending) else stem
            if (not ending or base != stem) and (written := self.capitals.get(base)):
                return f"{match[1]}{written}{ending}{tail}"
        if "-" in stem:
            parts = (self.capitals.get(part, part) if len(part) > 1 else part for part in stem.split("-"))
            return f"{match[1]}{'-'.join(parts)}{tail}"
        return token


def learn_spelling(texts: Iterable[str], screens: Iterable[str] = (), language: str = "en") -> Spelling:
    """Capitals: what stands with one inside sentences more often than without; names: from the screens."""
    inside: Counter[str] = Counter()
    for text in texts:
        for before, token in zip(text.split(), text.split()[1:], strict=False):
            word = token.strip("\"“”'‘’()[],;:.?!…")
            if word and not SENTENCE_END.search(before) and re.fullmatch(r"[^\W\d_][\w'-]*", word):
                inside[re.sub(r"'s$", "", word)] += 1
    capitals = dict(rules.ALWAYS_CAPITAL) if language.startswith("en") else {}
    for written, count in inside.items():
        lower = written.casefold()
        if (
            written != lower
            and count >= 2
            and count > 2 * inside[lower]
            and lower not in words.FUNCTION_WORDS
        ):
            best = max(
                (other for other in inside if other.casefold() == lower), key=lambda other: inside[other]
            )
            capitals.setdefault(lower, best)
    shown = list(screens) if language.startswith("en") else []
    ungrouped = frozenset(
        number for text in shown for number in re.findall(r"(?<![\w.,])\d{4,}(?![\w.])", text)
    )
    return Spelling(capitals, _names_on(shown), ungrouped)


_DIGIT_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
}  # fmt: skip


def _names_on(screens: Iterable[str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Hyphened acronyms ("GPT-2"), as spoken; and identifiers with digits or capitals inside them."""
    found: dict[str, str] = {}
    for text in screens:
        for match in re.finditer(r"(?<![\w-])(?:[A-Z]{2,}-\d{1,2}|[a-z]+\d+[a-z]+_[a-z]+)(?![\w-])", text):
            found.setdefault(match[0].casefold(), match[0])
    return tuple((_as_spoken(name), name) for name in found.values())


def _as_spoken(name: str) -> re.Pattern[str]:
    parts = re.findall(r"[A-Za-z]+|\d+", name)
    spoken = {str(value): word for word, value in _DIGIT_WORDS.items()}
    forms = [f"(?:{part}|{spoken[part]})" if part in spoken else re.escape(part) for part in parts]
    return re.compile(r"(?<![\w-])" + r"[ _-]?".join(forms) + r"(?![\w-])", re.IGNORECASE)


def finish(text: str, spelling: Spelling, language: str = "en") -> str:
    """Capitals, names as the screens spell them, and a full stop."""
    for pattern, name in spelling.names:
        text = pattern.sub(name, text)
    if spelling.ungrouped:
        text = re.sub(
            r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w.]\w|,\d)",
            lambda match: bare if (bare := match[0].replace(",", "")) in spelling.ungrouped else match[0],
            text,
        )
    if language.startswith("en"):
        text = re.sub(
            rf"\b({rules.NUMBERED_NAMES})[ -]?({'|'.join(_DIGIT_WORDS)}|\d{{1,2}})(?![\w-]|[.,]\d)",
            lambda match: f"{match[1]}-{_DIGIT_WORDS.get(match[2].lower(), match[2])}",
            text,
        )
    text = with_commas(text) if language.startswith("en") else text
    text = re.sub(r"^(and|but|so), +(?=\w)", r"\1 ", text, flags=re.IGNORECASE)
    text = " ".join(spelling.word(token) for token in text.split(" "))
    text = _capitalised(text)
    text = tidy(text)
    if (
        text
        and re.search(r"\w[\"”')\]]*$", text)
        and language[:2] not in {"zh", "ja", "th", "lo", "my", "km"}
    ):
        text += "."
    return text


def _capitalised(text: str) -> str:
    """With a capital at the beginning, unless an identifier stands there: "get_stats", "minBPE", "x2"."""
    match = re.match(r"^(\W*)([^\W\d_])([\w.]*)", text)
    if match is None or re.search(r"[_A-Z\d(]|\w\.\w", match[3]) or text[match.end() :].startswith("("):
        return text
    return match[1] + match[2].upper() + text[match.end(2) :]
