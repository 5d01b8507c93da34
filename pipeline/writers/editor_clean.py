"""Takes out of a sentence what speech has and writing has not: fillers, repeats, restarts, tics of phrasing.

>>> clean("So if we take the, uh, if we take the text, it's, you know, kind of long, right?")
"So if we take the text, it's long."
>>> clean("the pair 97 97, which is A A, is is there")  # neither numbers nor letters are stutters
'the pair 97 97, which is A A, is is there'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.text import numbers, words
from pipeline.writers import editor_rules as rules

_BARE, _BETWEEN_COMMAS = "\ue000", "\ue001"
_HELD = frozenset({_BARE, _BETWEEN_COMMAS})
"""Stand where the speaker hesitated, until restarts have been looked for; private use, so in no text."""
_SOUNDS = "|".join(sorted(words.HESITATIONS - {"er", "hein", "mm"}, key=len, reverse=True))
_HESITATION = re.compile(
    rf"(?P<before>[,;]?)\s*(?:^|(?<=[\s(]))(?:{_SOUNDS})(?P<after>[,;.?!…]*)(?=\s|$)",
    re.IGNORECASE,
)
_REWRITES = tuple((rule.compiled(), rule.replacement) for rule in rules.REWRITES)
_LONGEST_REPEAT = 24


def clean(text: str, language: str = "en") -> str:
    """The sentence without fillers, repeats and restarts; every number and content word is still there."""
    text = _without_hesitations(_ECHO.sub(_echoed_once, normalised(text)))
    text = " ".join(_without_restarts(text.split()))
    if language.startswith("en"):
        text = _without_fillers(_without_marks(text))
        text = numbers.to_digits(text)
        for pattern, replacement in _REWRITES:
            text = pattern.sub(replacement, text)
        text = " ".join(_without_restarts(text.split()))
    return tidy(_without_marks(text))


_ECHO = re.compile(r"\b(?P<word>[a-z][\w'-]+)(?P<end>[.?!]) (?P=word),? (?P<next>[a-z])")


def _echoed_once(match: re.Match[str]) -> str:
    """ "raw bytes. bytes so": the seam of two windows of a recognizer, where a word was heard twice."""
    return f"{match['word']}{match['end']} {match['next'].upper()}"


def normalised(text: str) -> str:
    """One line, single spaces, straight apostrophes, no control or private characters."""
    text = re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff\ue000-\uf8ff]+", " ", text)
    text = re.sub(r"(?<=\w)[’ʼ](?=\w)", "'", text)
    return re.sub(r"\s+", " ", text).strip()


def tidy(text: str) -> str:
    """Spaces and commas as they should be after something was taken out."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,;:.?!])(?=\s|$)", r"\1", text)
    text = re.sub(r"([,;:])(?:\s*[,;:])+(?=\s|$)", r"\1", text)
    text = re.sub(r"[,;:]\s*([.?!])(?=\s|$)", r"\1", text)
    text = re.sub(r"([.?!])\s*[,;:.](?=\s|$)(?<!\.\.\.)", r"\1", text)
    return re.sub(r"^[,;:.\s]+(?=\w)", "", text)


# -------------------------------------------------------------------------------------------- hesitations


def _without_hesitations(text: str) -> str:
    def held(match: re.Match[str]) -> str:
        ending = re.sub(r"[,;…]", "", match["after"])
        mark = _BETWEEN_COMMAS if match["before"] and match["after"][:1] == "," else _BARE
        return f"{ending} {mark} "

    return re.sub(r"\s+", " ", _HESITATION.sub(held, text)).strip()


_MENDING = frozenset({"sorry", "wait", "no", "rather"})
"""Behind these the right word follows: "four, sorry, uh, five"."""


def _without_marks(text: str) -> str:
    """A sound between commas leaves one where a clause of its own follows: "we cannot, uh, we can"."""

    def mark(match: re.Match[str]) -> str:
        clause = core(match["next"]) in rules.SUBJECTS | {"and", "but", "so", "or", "because", "which"}
        last = core(match["last"])
        joint = "," if last in _MENDING or (clause and last not in rules.DANGLING) else ""
        return f"{match['last']}{joint} "

    text = re.sub(rf"(?P<last>\w\S*) {_BETWEEN_COMMAS} (?=(?P<next>\S+))", mark, text)
    return re.sub(rf"\s*[{_BARE}{_BETWEEN_COMMAS}]\s*", " ", text)


# ------------------------------------------------------------------------------------ repeats and restarts


@lru_cache(maxsize=65536)
def core(token: str) -> str:
    """A token's word in lower case, without the punctuation around it."""
    return token.strip("\"“”'‘’()[]{}<>,;:.?!…-–—*").casefold().replace("’", "'")


def _without_restarts(tokens: list[str]) -> list[str]:
    at = 0
    while at < len(tokens):
        cut = _repeat_at(tokens, at) or _abandoned_at(tokens, at) or _taken_back_at(tokens, at)
        if cut is None:
            at += 1
            continue
        tokens = _cut(tokens, *cut)
        at = max(cut[0] - 2, 0)
    return tokens


def _cut(tokens: list[str], first: int, last: int) -> list[str]:
    """Drops tokens `[first, last)`, handing on a capital that stood at the beginning."""
    rest = tokens[last:]
    if rest and tokens[first][:1].isupper() and rest[0][:1].islower() and first == 0:
        rest[0] = rest[0][:1].upper() + rest[0][1:]
    return tokens[:first] + rest


def _repeat_at(tokens: list[str], at: int) -> tuple[int, int] | None:
    """What to drop where a phrase that begins at `at` is said again at once: the first time and what is between."""
    if tokens[at] in _HELD:
        return None
    first = core(tokens[at])
    for length in range(min(_LONGEST_REPEAT, (len(tokens) - at) // 2), 0, -1):
        # The phrase's first word comes again right behind it, or behind what was said between.
        if not any(core(token) == first for token in tokens[at + length : at + length + 5]):
            continue
        phrase = [core(token) for token in tokens[at : at + length]]
        if "" in phrase or any(re.search(r"[.?!]$", token) for token in tokens[at : at + length - 1]):
            continue
        after = at + length
        again = _past_editing_terms(tokens, after)
        if (
            again + length > len(tokens)
            or [core(token) for token in tokens[again : again + length]] != phrase
        ):
            continue
        separated = again > after or tokens[after - 1][-1:] in ",;…-–—"
        if _is_restart(phrase, separated, hesitant=again > after):
            return at, again
    return None


def _past_editing_terms(tokens: list[str], at: int) -> int:
    while at < len(tokens):
        if tokens[at] in _HELD:
            at += 1
            continue
        here = [core(token) for token in tokens[at : at + 2]]
        length = next((len(term) for term in rules.EDITING_TERMS if tuple(here[: len(term)]) == term), 0)
        if not length:
            return at
        at += length
    return at


def _is_restart(phrase: list[str], separated: bool, hesitant: bool) -> bool:
    """Whether a phrase said twice is a slip. Numbers and letters said twice are meant: "97 97", "A A"."""
    counted = sum(_is_number_or_letter(word) for word in phrase)
    if len(phrase) == 1:
        [word] = phrase
        if word == "a":
            return hesitant
        return not counted and word in (rules.STUTTERED_ACROSS_A_COMMA if separated else rules.STUTTERED)
    if len(phrase) <= 3:
        return not counted and (hesitant or any(word in words.FUNCTION_WORDS for word in phrase))
    return counted * 3 <= len(phrase)


def _is_number_or_letter(word: str) -> bool:
    return (len(word) == 1 and word != "i" and word != "a") or bool(numbers.numbers(word)) or word == "oh"


def _abandoned_at(tokens: list[str], at: int) -> tuple[int, int] | None:
    """Words given up at a hesitation for a new beginning with the same word: "we can, uh, we want to"."""
    if tokens[at] not in _HELD or at + 1 >= len(tokens):
        return None
    restart = core(tokens[at + 1])
    for first in range(at - 2, max(at - 6, -1), -1):
        given_up = [core(token) for token in tokens[first:at]]
        if given_up[0] == restart and restart not in {"a", "the"}:
            empty = all(word in words.FUNCTION_WORDS for word in given_up)
            negated = any(
                word in {"not", "cannot", "never", "no"} or word.endswith("n't") for word in given_up
            )
            return (first, at + 1) if empty and not negated else None
    return None


_CAN = {
    word: word.removesuffix("n't").removesuffix("not")
    for word in rules.listed(
        "can can't cannot could couldn't will won't would wouldn't should shouldn't do don't does doesn't did "
        "didn't is isn't are aren't was wasn't were weren't have haven't has hasn't"
    )
} | {"can't": "can", "won't": "will"}
"""Auxiliaries and what they are without their "not"."""


def _taken_back_at(tokens: list[str], at: int) -> tuple[int, int] | None:
    """A beginning that breaks off behind its auxiliary and is said otherwise: "you can't, you can see it".

    Not behind an "if" or "when", where the bare auxiliary is a clause of its own: "if you can't, you can ask".
    """
    if core(tokens[at]) not in rules.SUBJECTS or at + 1 >= len(tokens):
        return None
    bare = _CAN.get(core(tokens[at + 1]))
    again = at + 2
    while again < len(tokens) and tokens[again] in _HELD:
        again += 1
    broken_off = again > at + 2 or tokens[at + 1][-1:] in ",…-–—"
    if bare is None or not broken_off or again + 2 >= len(tokens):
        return None
    said_again = core(tokens[again]) == core(tokens[at]) and _CAN.get(core(tokens[again + 1])) == bare
    goes_on = tokens[again + 1] not in _HELD and tokens[again + 1][-1:] not in ".,;:?!"
    return (at, again) if said_again and goes_on and not _is_conditional(tokens[:at]) else None


def _is_conditional(before: Sequence[str]) -> bool:
    """Whether a subordinate clause was opened in the eight words before, this side of a full stop or comma."""
    for token in reversed(before[-8:]):
        if core(token) in rules.SUBORDINATORS | {
            "what",
            "who",
            "where",
            "whether",
            "how",
            "that",
            "as",
            "than",
        }:
            return True
        if token[-1:] in ".?!,;:":
            return False
    return False


# ------------------------------------------------------------------------------------------------ fillers


def _without_fillers(text: str) -> str:
    out, at = "", 0
    for start, end, phrase in words.filler_spans(text):
        if start < at:
            continue
        out += text[at:start]
        at = end
        if phrase == "right?":
            out, at = _without_tag(text, out, end)
            continue
        comma_before, comma_after = out.rstrip().endswith(","), text[end : end + 1] == ","
        joins = re.match(r",?\s*(?:and|but|or|so|because|which|where|who)\b", text[end:])
        open_phrase = core(out.rstrip(" ,").rsplit(" ", 1)[-1]) in rules.DANGLING
        if comma_after and (comma_before or open_phrase or not out.strip()):
            at += 1
        if comma_before and comma_after and (open_phrase or phrase == "like,") and not joins:
            out = out.rstrip()[:-1]
    return out + text[at:]


def _without_tag(text: str, out: str, end: int) -> tuple[str, int]:
    """ ", right?" at a sentence's end: the sentence ends without it. "Right?" by itself goes whole."""
    kept = out.rstrip().rstrip(",")
    if not kept or kept[-1] in ".?!":
        return kept, end + 1
    return f"{kept}.", end + 1
