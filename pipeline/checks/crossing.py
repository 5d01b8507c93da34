"""Checks of a block in another language than the one spoken: what crosses languages unchanged, and what must change.

Words cannot be compared, so these hold what can: numbers by value however the language groups or names them, terms as
the outline's table has them, how long a text comes out, and that it is in the language asked for at all.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from pipeline.checks.evidence import Evidence, is_prose, text_of
from pipeline.models import Block, Code, Problem, Tokens
from pipeline.text import identifiers, numbers, words

__all__ = [
    "check_length",
    "check_numbers",
    "check_numbers_kept",
    "check_terms",
    "check_written_in",
    "values_in",
]

# How many characters a translation takes for one of English, about.
_LENGTHS = {"zh": 0.33, "ja": 0.5, "ko": 0.55}
_SHORTEST, _LONGEST = 0.4, 2.0
_MIN_CHARACTERS = 80
"""Spoken text shorter than this says nothing about lengths."""
_SCRIPTS = {
    "zh": "CJK", "ja": "CJK|HIRAGANA|KATAKANA", "ko": "HANGUL", "ru": "CYRILLIC", "uk": "CYRILLIC", "bg": "CYRILLIC",
    "el": "GREEK", "he": "HEBREW", "ar": "ARABIC", "fa": "ARABIC", "hi": "DEVANAGARI", "th": "THAI",
}  # fmt: skip
_MIN_IN_SCRIPT = 0.3
_COPIED = 0.85


def check_numbers(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Every number stated was said or shown."""
    if isinstance(block, Code | Tokens):
        return
    for surface, readings in values_in(text_of(block), evidence.written_in).items():
        if all(numbers.unsupported(evidence.context, value, evidence.language) for value in readings):
            yield evidence.problem("number", f"{surface} was neither said nor shown here", (surface,))


def check_numbers_kept(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Numbers said in digits, or of three digits and more, are still there."""
    if not is_prose(block):
        return
    text = text_of(block)
    there = {value for readings in values_in(text, evidence.written_in).values() for value in readings}
    there |= {number.value for number in numbers.numbers(text, evidence.written_in[:2])}
    for number in numbers.numbers(evidence.said, evidence.language):
        if not number.surface[:1].isdigit() and len(number.value) < 3:
            continue
        if there.isdisjoint(number.any_value):
            yield evidence.problem(
                "number lost", f"{number.surface} was said and is missing", (number.surface,),
                evidence.saying(number.value),
            )  # fmt: skip


def check_terms(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """A term that was said is called what the outline's table calls it."""
    if not is_prose(block):
        return
    text, said = identifiers.bare(text_of(block)), f" {' '.join(_plain(evidence.said))} "
    for term in evidence.outline.terms:
        if not term.translation or f" {' '.join(_plain(term.term))} " not in said:
            continue
        if identifiers.bare(term.translation) not in text and identifiers.bare(term.term) not in text:
            yield evidence.problem(
                "term",
                f"{term.term!r} was said; this book calls it {term.translation!r}",
                (term.translation,),
            )


def check_length(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """A translation is about as long as such translations are."""
    said = len(evidence.said)
    if not is_prose(block) or said < _MIN_CHARACTERS:
        return
    usual = said * _length(evidence.written_in) / _length(evidence.language)
    share = len(text_of(block)) / usual
    if not _SHORTEST <= share <= _LONGEST:
        yield evidence.problem(
            "length", f"it is {share:.1f} times as long as what was said would come out", ()
        )


def check_written_in(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """It is in the language asked for: in its script, and no copy of what was said."""
    if not is_prose(block):
        return
    text = re.sub(r"`[^`]*`|https?://\S+", "", text_of(block))
    letters = [letter for letter in text if letter.isalpha()]
    script = _SCRIPTS.get(evidence.written_in[:2].lower())
    if script and len(letters) > 12:
        inside = sum(bool(re.match(script, unicodedata.name(letter, ""))) for letter in letters)
        if inside < _MIN_IN_SCRIPT * len(letters):
            yield evidence.problem(
                "language", f"it is not in the language asked for ({evidence.written_in})", ()
            )
    elif words.count(text) > 8 and words.kept_share(text, evidence.said, evidence.language) > _COPIED:
        yield evidence.problem("language", f"it is what was said, not put into {evidence.written_in}", ())


def _length(language: str) -> float:
    return _LENGTHS.get(language[:2].lower(), 1.0)


def _plain(text: str) -> list[str]:
    return [words.normal(token.text) for token in words.tokens(text)]


# ------------------------------------------------------------------------------------------------- numbers

_DIGITS = re.compile(
    r"(?<![A-Za-z\d_.])(?<![A-Za-z]-)(\d+(?:[.,\u202f\u00a0'’]\d+)*)\s?"
    r"(万|萬|億|亿|千|百|만|억|천|[Mm]illion\w*|[Mm]io|[Mm]illiard\w*|[Mm]rd|[Tt]ausend|mil\b|mille\b|тыс\w*"
    r"|миллион\w*)?"
    r"(?![A-Za-z_])"
)
_SCALES = {
    "万": 10**4, "萬": 10**4, "만": 10**4, "億": 10**8, "亿": 10**8, "억": 10**8, "千": 10**3, "천": 10**3, "百": 100,
    "mio": 10**6, "mrd": 10**9, "tau": 10**3, "mil": 10**3, "тыс": 10**3,
}  # fmt: skip
_COMMA_DECIMALS = frozenset(
    [
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "ru",
        "uk",
        "pl",
        "sv",
        "da",
        "fi",
        "no",
        "cs",
        "tr",
        "el",
        "bg",
        "ro",
        "hu",
    ]
)
_CJK = re.compile(r"[〇零一二两兩三四五六七八九十百千万萬亿億]{2,}")
_CJK_DIGITS = {"〇": 0, "零": 0, "两": 2, "兩": 2} | {
    digit: n for n, digit in enumerate("一二三四五六七八九", 1)
}
_CJK_UNITS = {"十": 10, "百": 100, "千": 1000}
_CJK_GROUPS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}


def values_in(text: str, language: str) -> dict[str, tuple[str, ...]]:
    """Numbers in digits (and Chinese numerals): how each stands there -> the values that it may have.

    >>> values_in("词表有10万个词元，即 100,277 个", "zh")
    {'10万': ('100000',), '100,277': ('100277', '100.277')}
    >>> values_in("etwa 100.000 Token, also 0,3 Prozent von GPT-4", "de")
    {'100.000': ('100000', '100'), '0,3': ('0.3',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for match in _DIGITS.finditer(text):
        scale = _scale(match[2] or "")
        values = (f"{(value * scale).normalize():f}" for value in _values(match[1], language))
        found.setdefault(match[0].strip(), tuple(dict.fromkeys(values)))
    if language[:2] in ("zh", "ja"):
        found |= {match[0]: (str(_from_cjk(match[0])),) for match in _CJK.finditer(text) if _counts(match[0])}
    return found


def _values(digits: str, language: str) -> list[Decimal]:
    """The readings of digits with marks between them, the language's own first: writers mix their habits."""
    bare = re.sub(r"[\u202f\u00a0'’]", "", digits)
    marks = [",", "."] if language[:2].lower() in _COMMA_DECIMALS else [".", ","]
    found = []
    for decimal, group in (marks, marks[::-1]):
        whole, *rest = bare.split(decimal)
        if re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+", whole):
            whole = whole.replace(group, "")
        with contextlib.suppress(InvalidOperation):
            found.append(Decimal(".".join([whole, *rest])))
    # A version or a date ("1.2.3"): its first number speaks for it.
    return found or [Decimal(re.split(r"[.,]", bare)[0])]


def _scale(word: str) -> int:
    lowered = word.lower()
    if lowered.startswith(("milliard", "mrd")):
        return 10**9
    if lowered.startswith(("million", "mio", "миллион")):
        return 10**6
    return _SCALES.get(lowered, _SCALES.get(lowered[:3], 1))


def _counts(numeral: str) -> bool:
    """Whether it is a number of three digits or more, not a word that happens to be made of such signs."""
    return any(unit in numeral[1:] for unit in "百千万萬亿億") and numeral[0] in {"十", *_CJK_DIGITS}


def _from_cjk(numeral: str) -> int:
    """The value of a Chinese numeral.

    >>> _from_cjk("二百五十六"), _from_cjk("十万"), _from_cjk("五万零二百五十七")
    (256, 100000, 50257)
    """
    total = section = digit = 0
    for sign in numeral:
        if sign in _CJK_DIGITS:
            digit = _CJK_DIGITS[sign]
        elif sign in _CJK_UNITS:
            section += (digit or 1) * _CJK_UNITS[sign]
            digit = 0
        else:
            total = (
                (total + section + digit) * _CJK_GROUPS[sign]
                if total
                else (section + digit) * _CJK_GROUPS[sign]
            )
            section = digit = 0
    return total + section + digit
