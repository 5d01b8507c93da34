"""Fifteen ways to make a faithful block say something else. Each returns the altered block, or None where the block
has nothing of the kind to alter."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from faithful import Faithful, Lecture, elsewhere

from pipeline.models import Block, Code, Paragraph
from pipeline.text import identifiers, numbers, words

Mutate = Callable[[Faithful, random.Random], Block | None]

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[\"“`A-Z0-9])")


def sentences(text: str) -> list[str]:
    return _SENTENCE_END.split(text)


def _with(faithful: Faithful, text: str | None) -> Block | None:
    if text is None or text == faithful.text:
        return None
    return faithful.block.model_copy(update={"text": text})


def _prose(mutate: Callable[[Faithful, random.Random], str | None]) -> Mutate:
    def mutated(faithful: Faithful, chance: random.Random) -> Block | None:
        return _with(faithful, mutate(faithful, chance)) if isinstance(faithful.block, Paragraph) else None

    return mutated


def _swap(text: str, found: re.Match[str] | tuple[int, int], instead: str) -> str:
    start, end = found.span() if isinstance(found, re.Match) else found
    if text[start : start + 1].isupper() and instead.islower():
        instead = instead[0].upper() + instead[1:]
    return text[:start] + instead + text[end:]


# ------------------------------------------------------------------------------------------------ numbers

_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty",
)  # fmt: skip


def _another(number: numbers.Number, chance: random.Random) -> str:
    """A number like it: in words where it was, with as many digits."""
    if number.spoken and number.digits < 3:
        return chance.choice([word for word in _WORDS if word not in number.surface.lower().split()])
    while True:
        digits = re.sub(r"\d", lambda _: str(chance.randint(0, 9)), number.value)
        digits = str(chance.randint(1, 9)) + digits[1:] if digits[0] == "0" and len(digits) > 1 else digits
        if digits not in number.any_value and digits not in {"0", "1"}:
            tail = re.search(r"[^\d.,:)]+$", number.surface)
            scale = tail[0] if tail and not number.spoken else ""
            if scale.strip() in {"million", "billion", "thousand", "M", "B", "k", "K"}:
                return f"{chance.randint(2, 95)}{scale}"
            return f"{int(digits):,}{scale}" if "," in number.surface and digits.isdigit() else digits + scale


def _numbers_in(text: str) -> list[numbers.Number]:
    return [one for one in numbers.numbers(text) if not one.weak and not one.ordinal]


def change_number(faithful: Faithful, chance: random.Random) -> str | None:
    found = _numbers_in(faithful.text)
    if not found:
        return None
    number = chance.choice(found)
    return _swap(faithful.text, (number.start, number.end), _another(number, chance))


def change_token_id(faithful: Faithful, chance: random.Random) -> str | None:
    """A number that is a token or counts them."""
    found = [
        one for one in _numbers_in(faithful.text)
        if one.digits > 1 and "token" in faithful.text[max(one.start - 60, 0) : one.end + 40].lower()
    ]  # fmt: skip
    if not found:
        return None
    number = chance.choice(found)
    if not number.value.isdigit():
        return None
    near = int(number.value) + chance.choice([-3, -2, -1, 1, 2, 3, 10])
    return _swap(faithful.text, (number.start, number.end), str(near))


# -------------------------------------------------------------------------------------------------- names

_NAMES = (
    "Alan Turing", "Google", "Microsoft", "RoBERTa", "Claude Shannon", "Geoffrey Hinton", "Llama 2", "Kaggle",
    "Java", "XLNet",
)  # fmt: skip


@lru_cache
def _names_of(lecture: Lecture, kind: str) -> tuple[str, ...]:
    here = " ".join(one.text for chapter in lecture.chapters for one in chapter.sentences)
    return tuple(one.text for one in identifiers.named(here) if one.kind == kind and len(one.text) > 2)


def swap_name(faithful: Faithful, chance: random.Random) -> str | None:
    found = [one for one in identifiers.named(faithful.text) if one.kind in {"name", "acronym"}]
    found = [one for one in found if one.text not in {"OK"}]
    if not found:
        return None
    old = chance.choice(found)
    others = list(_names_of(faithful.lecture, old.kind))
    # One name in two forms or spellings is no other name: "TPU" and "TPUs", "BERT" and "BURT", "ID" and "IDs".
    block_names = {_one_form(one.text) for one in identifiers.named(faithful.text)}
    others = [one for one in others if not _same_name(one, old.text) and _one_form(one) not in block_names]
    new = chance.choice(others) if others and chance.random() < 0.5 else chance.choice(_NAMES)
    return None if new == old.text else _swap(faithful.text, (old.start, old.end), new)


def _one_form(name: str) -> str:
    return identifiers.bare(re.sub(r"['’]s$", "", name)).removesuffix("s")


def _same_name(one: str, other: str) -> bool:
    a, b = _one_form(one), _one_form(other)
    misheard = (
        len(a) == len(b) > 3
        and a.isalpha()
        and b.isalpha()
        and sum(x != y for x, y in zip(a, b, strict=True)) < 2
    )
    return a == b or misheard or "id" in (a, b)


_PARTS = (
    "size", "count", "length", "from_file", "batch", "data", "to_list", "name", "max_length", "fast", "ids",
)  # fmt: skip


def alter_identifier(faithful: Faithful, chance: random.Random) -> str | None:
    found = [one for one in identifiers.named(faithful.text) if one.kind == "code" and len(one.text) > 3]
    found += [
        identifiers.Named(match[0], match.start(), match.end(), "code")
        for match in re.finditer(r"\b[A-Z][a-z]+[A-Z]\w+\b", faithful.text)
        if not any(one.start < match.end() and match.start() < one.end for one in found)
    ]
    if not found:
        return None
    old = chance.choice(found)
    parts = re.split(r"([_.\-()=]|(?<=[a-z])(?=[A-Z]))", old.text)
    places = [n for n, part in enumerate(parts) if len(part) > 2 and part.isalnum()]
    if not places:
        return None
    place = chance.choice(places)
    new = chance.choice([part for part in _PARTS if part not in old.text])
    parts[place] = new.capitalize() if parts[place][0].isupper() else new
    return _swap(faithful.text, (old.start, old.end), "".join(parts))


_REFERENCES = (
    "(Smith et al., 2019)", "as shown by Johnson and Lee (2021)", "see https://example.org/tokenizers",
    'in the paper "Learning to Split Words"', "following Mikolov and colleagues", "[12]",
    "as described in the Stanford NLP handbook", "(see arXiv:1804.10959)", "as Manning and Schütze argue",
    'in the blog post "Tokens considered harmful"',
)  # fmt: skip


def invent_reference(faithful: Faithful, chance: random.Random) -> str | None:
    parts = sentences(faithful.text)
    at = chance.randrange(len(parts))
    parts[at] = re.sub(r"([.?!:]?)$", lambda m: f" {chance.choice(_REFERENCES)}{m[1]}", parts[at], count=1)
    return " ".join(parts)


# ---------------------------------------------------------------------------------------------- sentences


def _meaty(text: str) -> bool:
    return len(words.content(text)) >= 3


def drop_sentence(faithful: Faithful, chance: random.Random) -> str | None:
    parts = sentences(faithful.text)
    places = [n for n, part in enumerate(parts) if _meaty(part)]
    if len(parts) < 2 or not places:
        return None
    del parts[chance.choice(places)]
    return " ".join(parts)


_PLAUSIBLE = (
    "This makes the {x} about as fast as the alternatives.",
    "In practice, most people never change the {x} at all.",
    "The {x} was later replaced by something better.",
    "Choosing the {x} well is therefore the most important decision.",
    "I would recommend to check the {x} twice before going on.",
    "Many companies use exactly this kind of {x} in production.",
    "The {x} can also be computed in advance and stored on disk.",
    "It is easy to see why the {x} became so popular.",
    "Note that the {x} needs a lot of memory.",
    "Earlier systems did this without any {x}.",
    "You can find the {x} in the documentation.",
    "That is why the {x} has to be trained separately.",
    "The authors later admitted that the {x} was a mistake.",
    "Without the {x}, the results would be much worse.",
    "Researchers have been studying the {x} for decades.",
    "The {x} works best when the texts are short.",
    "This is also how the human brain handles the {x}.",
    "If the {x} is missing, an error is raised.",
    "Fortunately, the {x} is open source.",
    "We will come back to the {x} in the last part of the course.",
)


def add_sentence(faithful: Faithful, chance: random.Random) -> str | None:
    nouns = [
        token.text.lower() for key, token in words.content_tokens(faithful.text)
        if token.text.isalpha() and len(token.text) > 4 and not key.isdigit()
    ]  # fmt: skip
    if not nouns:
        return None
    parts = sentences(faithful.text)
    parts.insert(chance.randint(1, len(parts)), chance.choice(_PLAUSIBLE).format(x=chance.choice(nouns)))
    return " ".join(parts)


def move_fact(faithful: Faithful, chance: random.Random) -> str | None:
    parts = sentences(faithful.text)
    parts.insert(chance.randint(1, len(parts)), chance.choice(elsewhere(faithful.lecture, faithful.chapter)))
    return " ".join(parts)


_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|may|might|does|do|did|takes?|makes?|gives?|"
    r"uses?|needs?|means|becomes?|shows?|gets?|holds?|returns?|allows?|provides?|contains?|loses?)\b"
)


def merge_facts(faithful: Faithful, chance: random.Random) -> str | None:
    """What one sentence speaks of, with what another says: "A is X. B is Y." becomes "A is Y."."""
    parts = sentences(faithful.text)
    split = [(n, match) for n, part in enumerate(parts) if (match := _VERB.search(part))]
    split = [(n, m) for n, m in split if m.start() > 4 and _meaty(parts[n][m.end() :]) and _meaty(parts[n])]
    if len(split) < 2:
        return None
    (first, a), (second, b) = sorted(chance.sample(split, 2), key=lambda pair: pair[0])
    merged = parts[first][: a.start()] + parts[second][b.start() :]
    kept = [part for n, part in enumerate(parts) if n not in (first, second)]
    kept.insert(min(first, len(kept)), merged)
    return " ".join(kept)


# --------------------------------------------------------------------------------------- small but weighty

_NOT = re.compile(
    r"\b(?:do|does|did) not (?=\w)|\b(?:don't|doesn't|didn't) (?=\w)|n't\b| not\b|\bnever ", re.I
)
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|will|would|should|could|has been|have been|can)\b(?!n't| not)")
_PLAIN = re.compile(
    r"\b(?P<who>[Ww]e|[Yy]ou|I|[Tt]hey|[Ii]t|[Tt]his|[Tt]hat|model|tokenizer|encoder|which)\b"
    r" (?P<verb>need|use|get|take|have|want|pass|add|see|look|learn|knows?|needs|uses|gets|takes|gives|"
    r"contains|depends|allows|returns|means|shows|makes|defines|represents)\b"
)


def negate(faithful: Faithful, chance: random.Random) -> str | None:
    text = faithful.text
    if (match := _NOT.search(text)) and chance.random() < 0.5:
        if match[0].lower().startswith(("don't", "doesn't", "didn't", "do", "did")):
            return _swap(text, match, "")
        if match[0].lower() == "n't" and text[: match.start()].lower().endswith(("ca", "wo")):
            stem = text[: match.start() - 2]
            return (
                stem
                + ("can" if text[: match.start()].lower().endswith("ca") else "will")
                + text[match.end() :]
            )
        return text[: match.start()] + text[match.end() :]
    places = [*_AUXILIARY.finditer(text), *_PLAIN.finditer(text)]
    if not places:
        return None
    match = chance.choice(places)
    if "verb" in match.groupdict():
        third = match["verb"].endswith("s") and match["verb"] not in {"pass"}
        base = match["verb"].removesuffix("s") if third else match["verb"]
        return _swap(text, match, f"{match['who']} {'does' if third else 'do'} not {base}")
    return text[: match.end()] + ("not" if match[0] == "can" else " not") + text[match.end() :]


def _swapped_by(table: dict[str, Sequence[str]]) -> Callable[[Faithful, random.Random], str | None]:
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(table, key=len, reverse=True))})\b", re.IGNORECASE)

    def swapped(faithful: Faithful, chance: random.Random) -> str | None:
        found = list(pattern.finditer(faithful.text))
        if not found:
            return None
        match = chance.choice(found)
        return _swap(faithful.text, match, chance.choice(table[match[0].lower()]))

    return swapped


change_quantifier = _swapped_by(
    {
        "all": ("some", "most", "few"), "every": ("hardly any", "almost every"), "each": ("not every", "one"),
        "most": ("all", "few"), "many": ("few", "all"), "some": ("all", "no"), "always": ("sometimes", "rarely"),
        "never": ("sometimes", "often"), "often": ("rarely", "always"), "usually": ("rarely", "always"),
        "mostly": ("rarely", "exclusively"), "several": ("all", "no"), "almost": ("nearly never",),
        "sometimes": ("always", "never"), "both": ("neither of", "one of"), "a lot of": ("very little",),
        "lots of": ("hardly any",), "only": ("not only",), "any": ("some",), "no": ("some", "every"),
        "exactly": ("roughly", "at most"), "more than": ("less than",), "at least": ("at most",),
        "less than": ("more than",), "at most": ("at least",), "over": ("under",),
    }
)  # fmt: skip
change_ordinal = _swapped_by(
    {
        "first": ("second", "third", "last"), "second": ("first", "third"), "third": ("first", "second", "fourth"),
        "last": ("first", "second"), "fourth": ("third", "fifth"), "next": ("previous", "first"),
        "previous": ("next",), "final": ("first",),
    }
)  # fmt: skip
_UNITS = re.compile(
    r"(?<=\d)( ?)(%|percent|grams?|kilograms?|pounds|GB|MB|KB|D\b)|(?<=\d)( (?:million |billion |thousand )?)"
    r"([a-z]+)\b|(?<=terabytes of )(data)|\b(seconds?|minutes?|hours?|weeks?|years?|months?|bytes|terabytes|"
    r"megabytes|gigabytes|characters|tokens|kilobytes|dimensions|words|letters)\b"
)
_INSTEAD = {
    "%": ("points", "times"), "percent": ("points",), "gram": ("kilogram",), "grams": ("kilograms", "tonnes"),
    "kilogram": ("gram", "tonne"), "pounds": ("tonnes", "kilograms"), "GB": ("MB", "TB"), "second": ("minute",),
    "seconds": ("minutes", "milliseconds"), "minute": ("second", "hour"), "minutes": ("seconds", "hours"),
    "hour": ("minute", "day"), "hours": ("minutes", "days"), "weeks": ("hours", "months"), "years": ("months",),
    "months": ("years",), "bytes": ("bits", "megabytes"), "terabytes": ("gigabytes", "megabytes"),
    "characters": ("words", "bytes"), "tokens": ("words", "sentences"), "dimensions": ("layers",),
    "words": ("characters", "sentences"), "letters": ("words",), "photos": ("gigabytes",), "links": ("words",),
}  # fmt: skip


def change_unit(faithful: Faithful, chance: random.Random) -> str | None:
    """The unit of a number, or of what is counted in one."""
    counted = [one for one in numbers.numbers(faithful.text) if not one.ordinal]
    number_ends = {one.end for one in counted}
    found = []
    for match in re.finditer(r"%|\b[A-Za-z]+\b", faithful.text):
        before = faithful.text[: match.start()].rstrip(" -")
        measured = len(before) in number_ends or any(
            one.start <= match.start() < one.end and one.surface.endswith(match[0]) for one in counted
        )
        if match[0] in _INSTEAD and measured:
            found.append(match)
    if not found:
        return None
    match = chance.choice(found)
    instead = chance.choice(_INSTEAD[match[0]])
    return _swap(faithful.text, match, f" {instead}" if match[0] == "%" else instead)


# ---------------------------------------------------------------------------------------------- time, code


def change_time(faithful: Faithful, chance: random.Random) -> Block | None:
    """The block names sentences said 15 s or more before or after what it says."""
    everything = faithful.chapter.sentences
    cited = [n for n, one in enumerate(everything) if one.id in faithful.block.sentences]
    start_s = everything[cited[0]].start_s
    many = len(cited)
    places = [
        n for n in range(len(everything) - many + 1) if 15 <= abs(everything[n].start_s - start_s) <= 120
    ]
    if not places:
        return None
    at = chance.choice(places)
    names = [one.id for one in everything[at : at + many]]
    if chance.random() < 0.3 and at < cited[0]:
        # The link lands early: sentences from before stand in front of the true ones.
        names = [one.id for one in everything[at : cited[-1] + 1]]
    return faithful.block.model_copy(update={"sentences": tuple(names)})


def alter_code(faithful: Faithful, chance: random.Random) -> Block | None:
    """A name, a number or an operator of code that was on screen."""
    if not isinstance(faithful.block, Code):
        return None
    code = faithful.block.code
    found = list(re.finditer(r"\b\d+\b|\b[a-z_]{3,}\b|[+\-<>]=?|==", code))
    if not found:
        return None
    match = chance.choice(found)
    if match[0].isdigit():
        instead = str(int(match[0]) + chance.choice([1, 2, 10]))
    elif match[0][0].isalpha():
        instead = chance.choice([part for part in _PARTS if part != match[0]])
    else:
        instead = {"+": "-", "-": "+", "<": ">", ">": "<", "==": "!=", "+=": "-="}.get(match[0], "+")
    changed = code[: match.start()] + instead + code[match.end() :]
    return faithful.block.model_copy(update={"code": changed})


KINDS: dict[str, Mutate] = {
    "number": _prose(change_number),
    "name": _prose(swap_name),
    "sentence dropped": _prose(drop_sentence),
    "sentence added": _prose(add_sentence),
    "negation": _prose(negate),
    "identifier": _prose(alter_identifier),
    "token id": _prose(change_token_id),
    "time stamp": lambda f, c: change_time(f, c) if isinstance(f.block, Paragraph) else None,
    "code": alter_code,
    "unit": _prose(change_unit),
    "ordinal": _prose(change_ordinal),
    "quantifier": _prose(change_quantifier),
    "facts merged": _prose(merge_facts),
    "fact moved": _prose(move_fact),
    "reference invented": _prose(invent_reference),
}
AIMS = {
    "number": 0.95, "name": 0.95, "identifier": 0.95, "token id": 0.95, "code": 0.95, "time stamp": 0.95,
    "sentence dropped": 0.8, "sentence added": 0.8, "fact moved": 0.8, "negation": 0.6, "quantifier": 0.6,
}  # fmt: skip
