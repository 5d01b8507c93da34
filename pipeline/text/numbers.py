"""Numbers in running text, spoken or in digits, as values that can be compared.

A lecturer says "fifty thousand two hundred and fifty seven", a recognizer writes that or "50257", a page
prints "50,257": one number. A recognizer also writes what was read out digit by digit ("one oh one") or in
pairs ("two fifty six", "twenty nineteen"); such a run has a likeliest value and other `readings`, and a
comparison accepts any of them.

>>> [number.value for number in numbers("fifty thousand two hundred and fifty seven tokens, up from 1,024")]
['50257', '1024']
>>> [number.value for number in numbers("the tokens one oh one comma thirty two, in twenty nineteen")]
['101', '32', '2019']
>>> to_digits("a vocabulary of fifty thousand two hundred and fifty seven")
'a vocabulary of 50,257'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import lru_cache
from itertools import pairwise

__all__ = ["Number", "lost", "numbers", "to_digits", "unsupported", "values"]


def _listed(text: str) -> list[str]:
    return text.split()


_ONES = _listed("zero one two three four five six seven eight nine")
_TEENS = _listed("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS_TO_19 = _listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_TENS = _listed("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SUFFIXES = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12} | _SCALES | {"hundred": 100}

_SMALL = (
    {word: value for value, word in enumerate(_ONES)}
    | {word: value for value, word in enumerate(_TEENS, 10)}
    | {word: 10 * value for value, word in enumerate(_TENS, 2)}
    | {"fourty": 40}
)
_ORDINALS = (
    {word: value for value, word in enumerate(_ORDINALS_TO_19, 1)}
    | {word: 10 * value for value, word in enumerate(_ORDINAL_TENS, 2)}
    | {"hundredth": 100, "thousandth": 1000, "millionth": 10**6}
)

# Languages other than English whose number words text2num reads.
_TEXT2NUM = frozenset({"fr", "es", "pt", "de", "it", "nl"})


@dataclass(frozen=True)
class Number:
    """A number where it stands: `text[start:end] == surface`."""

    value: str
    """Canonical digits: "50257", "3.14", "-1", "04" (leading zeros stay), "3.10.1"."""
    start: int
    end: int
    surface: str
    ordinal: bool = False
    weak: bool = False
    """Says little by itself ("one", "first", "second"): missing, it is no loss."""
    spoken: bool = False
    """Written in words."""
    readings: frozenset[str] = field(default=frozenset())
    """Other values the same words may mean: "two fifty six" is 256, or 2 and 56."""

    @property
    def digits(self) -> int:
        """How many digits it has: 50,257 has 5."""
        return sum(character.isdigit() for character in self.value)

    @property
    def any_value(self) -> frozenset[str]:
        """The value and its other readings."""
        return self.readings | {self.value}


def numbers(text: str, language: str = "en") -> list[Number]:
    """All numbers in order of place.

    Digits inside an identifier (`cl100k_base`, `s0042`) are part of a name, not numbers; those behind a
    hyphen ("GPT-2", "UTF-8") are.

    >>> [(n.value, n.surface) for n in numbers("GPT-2 has 1.5 billion parameters, cl100k_base 100K tokens")]
    [('2', '2'), ('1500000000', '1.5 billion'), ('100000', '100K')]
    """
    return list(_numbers(text, language))


# The checks ask for the numbers of the same sentences again and again.
@lru_cache(maxsize=8192)
def _numbers(text: str, language: str) -> tuple[Number, ...]:
    found = list(_digit_numbers(text))
    if language.startswith("en"):
        found += _spoken_numbers(text)
    elif language[:2] in _TEXT2NUM:
        found += _foreign_numbers(text, language[:2])
    return tuple(sorted(found, key=lambda number: number.start))


def values(text: str, language: str = "en", min_digits: int = 1) -> list[str]:
    """Values of the numbers of at least that many digits, in order, weak ones left out."""
    return [n.value for n in numbers(text, language) if not n.weak and n.digits >= min_digits]


def lost(source: str, text: str, language: str = "en", min_digits: int = 1) -> list[Number]:
    """Distinct numbers of `source` that `text` no longer holds, weak ones not counted.

    >>> [n.surface for n in lost("we train on 32,768 tokens, one by one, with 256", "we train with 256")]
    ['32,768']
    """
    there = _all_values(numbers(text, language))
    return _distinct(
        n for n in numbers(source, language)
        if not n.weak and n.digits >= min_digits and not n.any_value & there
    )  # fmt: skip


def unsupported(source: str, text: str, language: str = "en") -> list[Number]:
    """Distinct numbers that `text` states and `source` does not hold in any reading.

    >>> [n.value for n in unsupported("that is two fifty six tokens", "256 tokens, not 512")]
    ['512']
    """
    stated = [n for n in numbers(text, language) if not n.weak]
    said = _all_values(numbers(source, language)) if stated else frozenset()
    return _distinct(n for n in stated if n.value not in said)


def to_digits(text: str, least: int = 100) -> str:
    """English number words of at least `least` as digits, thousands grouped; years and codes ungrouped.

    Only where words and value agree beyond doubt: a number said as one ("two hundred and fifty six"), a
    read-out with "oh" in it ("one oh one"), or a year after "in" ("in twenty nineteen"). "A hundred" and
    "two million" read better as they are.
    """
    out: list[str] = []
    at = 0
    for number in numbers(text):
        if not number.spoken or number.ordinal or number.weak or "." in number.value:
            continue
        year = bool(
            re.search(
                r"\b(?:in|since|until|of|by|from|around)\s$", text[max(number.start - 12, 0) : number.start]
            )
        )
        plain = not number.readings or (year and re.fullmatch(r"(?:19|20)\d\d", number.value))
        coded = bool(re.search(r"\boh\b", number.surface))
        idiom = re.match(r"(?i:an?|hundred|thousand|million|billion|trillion)\b", number.surface)
        if abs(Decimal(number.value)) < least or not (plain or coded) or idiom:
            continue
        # Beside another number the digits could be read as part of it.
        before = "".join([*out[-2:], text[at : number.start]])[-40:]
        beside = _BESIDE.match(text, number.end) or _BEFORE.search(before)
        if number.value.endswith("000000") or beside:
            continue
        grouped = number.value if number.readings or coded else f"{Decimal(number.value):,f}"
        out += [text[at : number.start], grouped]
        at = number.end
    return "".join([*out, text[at:]])


_NUMBER_WORDS = "|".join([*_SMALL, *_ORDINALS, *_SUFFIXES, "oh", "point"])
_BEFORE = re.compile(rf"(?:\d|\b(?:{_NUMBER_WORDS}))[ -]*$", re.IGNORECASE)
_BESIDE = re.compile(rf"[ -]*(?:and )?(?:\d|(?:{_NUMBER_WORDS})\b)", re.IGNORECASE)


def _all_values(found: Iterable[Number]) -> frozenset[str]:
    return frozenset(value for number in found for value in number.any_value)


def _distinct(found: Iterable[Number]) -> list[Number]:
    return list({number.value: number for number in reversed(list(found))}.values())[::-1]


# ------------------------------------------------------------------------------------------------ digits

_DIGITS = re.compile(
    r"""(?<!\w)(?<!\w\.)
    (?P<sign>(?<![\w)\]-])[-−])?
    (?P<number>
        \.\d+                                         # .5
      |
        \d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,]*\d)      # 50,257
      | \d+(?:[.:]\d+)*                               # 1024  3.14  3.10.1  1:05:23
    )
    (?:(?P<ordinal>st|nd|rd|th)\b
      |(?P<suffix>[kKMBT])\b
      |\ (?P<scale>hundred|thousand|million|billion|trillion)s?\b
      |(?P<tail>s|x|ms|GB|MB|KB|D|d|p|px|%)(?!\w))?
    """,
    re.VERBOSE,
)


def _digit_numbers(text: str) -> Iterator[Number]:
    at = 0
    while match := _DIGITS.search(text, at):
        at = max(match.end(), match.start() + 1)
        # "2x4" and "10ab": glued to letters that are no unit, it is a piece of an identifier.
        if re.match(r"\w", text[match.end() :]):
            at = match.end() + len(re.match(r"\w*", text[match.end() :])[0])  # type: ignore[index]
            continue
        yield _from_digits(match)


def _from_digits(match: re.Match[str]) -> Number:
    raw = match["number"]
    sign = "-" if match["sign"] else ""
    plain = raw.replace(",", "") if not raw.startswith(".") else f"0{raw}"
    readings = set(raw.split(",")) if "," in raw else set()
    if scale := match["scale"] or match["suffix"]:
        factor = _SUFFIXES[scale.lower()]
        readings.add(plain)
        plain = _scaled(plain, factor) if plain.count(".") <= 1 and ":" not in plain else plain
    if sign:
        readings.add(plain)
    if plain.isdigit() and plain.startswith("0") and plain.strip("0"):
        readings.add(plain.lstrip("0"))
    if ":" in raw or plain.count(".") > 1:
        readings |= set(re.split("[:.]", raw))
    return Number(
        sign + plain, match.start(), match.end(), match[0], bool(match["ordinal"]),
        readings=frozenset(readings - {sign + plain}),
    )  # fmt: skip


def _scaled(plain: str, factor: int) -> str:
    """`plain` times a factor, exact however long it is: strangers write numbers of any length."""
    return _canonical(Context(prec=len(plain) + 16).multiply(Decimal(plain), Decimal(factor)))


def _canonical(value: Decimal) -> str:
    """
    >>> _canonical(Decimal("1.50")), _canonical(Decimal("1500.0")), _canonical(Decimal("1E+3"))
    ('1.5', '1500', '1000')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ---------------------------------------------------------------------------------------- English words

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+|[^\sA-Za-z\d]")


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


@dataclass(frozen=True)
class _Part:
    """A number said as one: tokens `[first, last)`."""

    value: Decimal
    first: int
    last: int
    kind: str
    """"digit" (0 to 9), "pair" (10 to 99), "oh", "large", "decimal" or "ordinal"."""


_STARTS = frozenset([*_SMALL, *_ORDINALS, *_SCALES, "hundred", "a", "minus", "negative"])
_ANY_WORD = re.compile(rf"\b(?:{'|'.join(_STARTS - {'a', 'minus', 'negative'})})\b", re.IGNORECASE)


def _spoken_numbers(text: str) -> Iterator[Number]:
    if not _ANY_WORD.search(text):
        return
    tokens = [_Token(m[0].lower(), m.start(), m.end()) for m in _WORD.finditer(text)]
    at = 0
    while at < len(tokens):
        run = _run(tokens, at) if tokens[at].word in _STARTS else []
        if not run:
            at += 1
            continue
        for group in _groups(run):
            yield _number(text, tokens, group)
        at = run[-1].last


def _run(tokens: Sequence[_Token], at: int) -> list[_Part]:
    """The numbers that follow one another from `at` on, with nothing between them."""
    parts: list[_Part] = []
    while (part := _part(tokens, at, after_digit=bool(parts))) is not None:
        parts.append(part)
        at = part.last
        if part.kind == "ordinal":
            break
    while parts and parts[-1].kind == "oh":
        parts.pop()
    return parts


def _part(tokens: Sequence[_Token], at: int, after_digit: bool) -> _Part | None:
    word = _word(tokens, at)
    if word in {"minus", "negative"} and not after_digit and not _points(tokens, at):
        inner = _part(tokens, at + 1, after_digit=False)
        if inner is None or inner.kind in {"ordinal", "oh"} or inner.value == 0:
            return None
        return _Part(-inner.value, at, inner.last, "decimal" if inner.kind == "decimal" else "large")
    if word in {"oh", "o"} and after_digit:
        return _Part(Decimal(0), at, at + 1, "oh")
    return _cardinal(tokens, at)


def _points(tokens: Sequence[_Token], at: int) -> bool:
    """Whether "negative one" is no number but the one that is negative: "the negative one"."""
    before = _word(tokens, at - 1) if at else ""
    return before in {"the", "this", "that", "each", "every", "which"} and _word(tokens, at + 1) == "one"


def _word(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at].word if at < len(tokens) else ""


def _cardinal(tokens: Sequence[_Token], start: int) -> _Part | None:
    """As in "fifty thousand two hundred and fifty seven", "three point one four", "twenty first"."""
    total, at, last_scale, any_scale = 0, start, 10**15, False
    while True:
        group = _below_thousand(tokens, _skip_and(tokens, at, any_scale))
        if group is None:
            break
        value, after, ordinal = group
        scale = _SCALES.get(_word(tokens, after), 0)
        if ordinal or not scale:
            # A group that does not fit below the scale before it begins another number.
            if any_scale and value >= last_scale:
                break
            return _finish(tokens, start, after, Decimal(total + value), ordinal, any_scale or value > 99)
        if scale >= last_scale:
            break
        total, at, last_scale, any_scale = total + value * scale, after + 1, scale, True
    if not any_scale:
        return None
    return _finish(tokens, start, at, Decimal(total), False, True)


def _finish(
    tokens: Sequence[_Token], start: int, at: int, value: Decimal, ordinal: bool, large: bool
) -> _Part:
    if ordinal:
        return _Part(value, start, at, "ordinal")
    if _word(tokens, at) == "point":
        digits, end = "", at + 1
        while (digit := _digit(_word(tokens, end))) is not None:
            digits, end = digits + digit, end + 1
        if digits:
            decimal = Decimal(f"{int(value)}.{digits}")
            if scale := _SCALES.get(_word(tokens, end)):
                return _Part(decimal * scale, start, end + 1, "large")
            return _Part(decimal, start, end, "decimal")
    kind = "large" if large or value > 99 else "pair" if value > 9 else "digit"
    return _Part(value, start, at, kind)


def _digit(word: str) -> str | None:
    if word in {"oh", "o"}:
        return "0"
    return str(_SMALL[word]) if _SMALL.get(word, 10) < 10 else None


def _skip_and(tokens: Sequence[_Token], at: int, after_scale: bool) -> int:
    follows = _below_hundred(tokens, at + 1)
    return at + 1 if after_scale and _word(tokens, at) == "and" and follows is not None else at


def _below_thousand(tokens: Sequence[_Token], at: int) -> tuple[int, int, bool] | None:
    """`(value, next token, ordinal)` of "two hundred and fifty seven", "a hundred", "fifty seven"."""
    word = _word(tokens, at)
    if word == "a" and _word(tokens, at + 1) in {"hundred", *_SCALES}:
        small: tuple[int, int, bool] | None = (1, at + 1, False)
    elif word in {"hundred", *_SCALES} and not _plural_of(tokens, at):
        small = (1, at, False)
    else:
        small = _below_hundred(tokens, at)
    if small is None or small[2] or _word(tokens, small[1]) not in {"hundred", "hundredth"}:
        return small
    value, after, ordinal = 100 * small[0], small[1] + 1, _word(tokens, small[1]) == "hundredth"
    if ordinal:
        return value, after, True
    rest = _below_hundred(tokens, _skip_and(tokens, after, after_scale=True))
    # "one hundred, two hundred": the two is the next number's.
    if rest is None or _word(tokens, rest[1]) in {"hundred", "hundredth"}:
        return value, after, False
    return value + rest[0], rest[1], rest[2]


def _plural_of(tokens: Sequence[_Token], at: int) -> bool:
    """As in "several hundred", "few thousand": an amount, not a number; "5 hundred" is read with its digits."""
    before = _word(tokens, at - 1) if at else ""
    return before in {"several", "few", "many", "some", "per"} or before.isdigit()


def _below_hundred(tokens: Sequence[_Token], at: int) -> tuple[int, int, bool] | None:
    word = _word(tokens, at)
    if word in _ORDINALS:
        return _ORDINALS[word], at + 1, True
    value = _SMALL.get(word)
    if value is None:
        return None
    if value < 20:
        return value, at + 1, False
    following = at + 2 if _word(tokens, at + 1) == "-" else at + 1
    unit = _word(tokens, following)
    if 0 < _SMALL.get(unit, 0) < 10:
        return value + _SMALL[unit], following + 1, False
    if 0 < _ORDINALS.get(unit, 0) < 10:
        return value + _ORDINALS[unit], following + 1, True
    return value, at + 1, False


def _groups(run: list[_Part]) -> list[list[_Part]]:
    """Runs that are one number read out ("one oh one", "two fifty six") stay together; others part."""
    if len(run) == 1 or not _reads_as_one(run):
        return [[part] for part in run if part.kind != "oh"]
    return [run]


def _reads_as_one(run: list[_Part]) -> bool:
    kinds = [part.kind for part in run]
    if any(kind in {"large", "decimal", "ordinal"} for kind in kinds):
        return False
    if kinds in (["digit", "pair"], ["pair", "pair"]):
        return run[0].value > 0 and (kinds[1] == "pair" and run[1].value > 9)
    if "oh" in kinds:
        return True
    if len(run) == 3 and kinds == ["digit", "pair", "pair"]:
        return True
    counting = all(b.value - a.value == 1 for a, b in pairwise(run))
    return len(run) >= 3 and set(kinds) == {"digit"} and not counting


def _number(text: str, tokens: Sequence[_Token], group: list[_Part]) -> Number:
    start, end = tokens[group[0].first].start, tokens[group[-1].last - 1].end
    first = group[0]
    if len(group) > 1:
        value = "".join(str(int(part.value)) for part in group)
        readings = frozenset(str(int(part.value)) for part in group if part.kind != "oh")
        return Number(value, start, end, text[start:end], spoken=True, readings=readings)
    value = _canonical(first.value)
    weak = value == "1" or (first.kind == "ordinal" and first.value < 4)
    readings = frozenset({value.lstrip("-")}) if value.startswith("-") else frozenset()
    return Number(
        value, start, end, text[start:end], first.kind == "ordinal", weak, spoken=True, readings=readings
    )


# ------------------------------------------------------------------------------------- other languages


class _Spoken:
    """A word as text2num wants it."""

    def __init__(self, match: re.Match[str]) -> None:
        self.match = match

    def text(self) -> str:
        return self.match[0]

    def nt_separated(self, previous: object) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False


def _foreign_numbers(text: str, language: str) -> Iterator[Number]:
    from text_to_num import find_numbers

    spoken = [_Spoken(match) for match in re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+|[^\w\s]", text)]
    for found in find_numbers(spoken, language, 3):
        start, end = spoken[found.start].match.start(), spoken[found.end - 1].match.end()
        surface = text[start:end]
        if not any(character.isdigit() for character in surface):
            value = _canonical(Decimal(repr(found.value)))
            yield Number(value, start, end, surface, bool(found.is_ordinal), spoken=True)
