"""Words of running text: tokens, content words as stems, fillers, and what of one text another one keeps.

Content words are what carries the meaning: not function words ("the", "we", "really"), not fillers. They are
compared as stems, and numbers as values, so "fifty thousand two hundred and fifty seven tokens" and "50,257
token" hold the same. English has rules of its own; other languages get their most frequent words as function
words, and only the hesitations ("um", "uh") as fillers.

>>> content("So, um, we're merging the pairs, you know, fifty seven merges")
['merg', 'pair', '57', 'merg']
>>> kept_share("um, so the the pairs are merged again", "The pairs are merged again.")
1.0
>>> lost("the pairs are merged again", "The pairs."), added("the pairs", "The quick pairs.")
(['merged'], ['quick'])
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipeline.text import numbers as _numbers

__all__ = [
    "FILLERS", "FUNCTION_WORDS", "HESITATIONS", "Filler", "Token", "added", "all_stems", "content", "content_tokens",
    "count", "filler_spans", "fillers_per_thousand", "function_words", "identical_share", "kept_share",
    "lost", "normal", "reading_ease", "stem", "tokens",
]  # fmt: skip


class Token(NamedTuple):
    """A word where it stands: `text[start:end]`."""

    text: str
    start: int
    end: int


# Scripts without spaces between words: there a character counts as a word.
_DENSE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = re.compile(
    rf"[{_DENSE}]|\d+(?:[.,:]\d+)*[^\W\d_{_DENSE}]*|[^\W\d_{_DENSE}]+\d*(?:['’][^\W\d_{_DENSE}]+)*"
)


def tokens(text: str) -> list[Token]:
    """Words and numbers, without punctuation; hyphens and underscores part words.

    >>> [token.text for token in tokens("byte-level BPE isn't vocab_size=50,257")]
    ['byte', 'level', 'BPE', "isn't", 'vocab', 'size', '50,257']
    """
    return list(_tokens(text))


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(Token(match[0], match.start(), match.end()) for match in _WORD.finditer(text))


def count(text: str) -> int:
    """How many words a text has.

    >>> count("byte-level BPE isn't hard")
    5
    """
    return sum(1 for _ in _WORD.finditer(text))


@lru_cache(maxsize=65536)
def normal(word: str) -> str:
    """Lower case, straight apostrophe, no possessive.

    >>> normal("Tokenizer’s")
    'tokenizer'
    """
    return re.sub(r"'s$|'$", "", word.casefold().replace("’", "'"))


# ------------------------------------------------------------------------------------------------- stems

_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
# Snowball's stemmers hold state while they work: one a thread.
_of_thread = threading.local()


def stem(word: str, language: str = "en") -> str:
    """The word's stem in lower case; the word itself where no stemmer knows the language.

    >>> stem("Tokenizers") == stem("tokenizer")
    True
    """
    return _stem(normal(word), language[:2])


@lru_cache(maxsize=65536)
def _stem(word: str, language: str) -> str:
    name = _STEMMERS.get(language)
    if name is None or any(character.isdigit() for character in word):
        return word
    stemmers = _of_thread.__dict__.setdefault("stemmers", {})
    if name not in stemmers:
        import snowballstemmer

        stemmers[name] = snowballstemmer.stemmer(name)
    return str(stemmers[name].stemWord(word))


# ---------------------------------------------------------------------------------------- function words


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _listed(
    """
    a an the this that these those here there each every either neither some any no none such same other
    another both all half few many much more most less least own several lot lots bunch
    i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its
    itself we us our ours ourselves they them their theirs themselves one ones oneself who whom whose which
    what whatever whichever whoever someone something anyone anything everyone everything nobody nothing
    somebody anybody everybody thing things stuff
    and or but nor so yet for if then than because since although though while whereas unless until whether
    as when whenever where wherever why how however therefore thus hence also too either instead otherwise
    of in on at by with without from to into onto out off over under up down about above below between
    among through during before after against around along across behind beyond within upon per via
    be am is are was were been being do does did doing done have has had having can could will would shall
    should may might must ought need dare used gonna wanna gotta let lets
    get gets got getting go goes going went gone come comes came coming
    able not n't never ever just only even still already now again once really very quite pretty rather somewhat
    almost maybe perhaps actually basically literally simply essentially obviously clearly certainly
    definitely probably honestly totally kind sort like well okay ok yes yeah yep no oh ah right alright
    sure anyway anyways etc hi hello everyone guys please thanks
    say says said see sees saw seen look looks looking know known mean means want wants
    """
) | _listed(
    """
    isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't cannot couldn't won't
    wouldn't shan't shouldn't mightn't mustn't needn't ain't i'm i've i'd i'll you're you've you'd you'll
    he'd he'll she'd she'll it'd it'll we're we've we'd we'll they're they've they'd they'll that'd that'll
    there'd there'll who'd who'll who've let's y'all em
    """
)

_FREQUENT = 120
"""How many of another language's most frequent words count as function words."""


@lru_cache(maxsize=32)
def function_words(language: str = "en") -> frozenset[str]:
    """The language's function words in lower case; none for a language that wordfreq does not know."""
    if language.startswith("en"):
        return FUNCTION_WORDS
    from wordfreq import available_languages, top_n_list

    if language[:2] not in available_languages("best"):
        return frozenset()
    return frozenset(normal(word) for word in top_n_list(language[:2], _FREQUENT))


# ------------------------------------------------------------------------------------------------ fillers

HESITATIONS = _listed("um umm uhm uh uhh uhhh er erm ehm hm hmm hmmm mm mmm mhm ähm äh öh euh hein")
"""Sounds, not words, whatever the language. "er" and "hein" only where they stand alone between commas."""
_AMBIGUOUS_HESITATIONS = frozenset({"er", "hein", "mm"})


@dataclass(frozen=True)
class Filler:
    """A phrase that fills time, and where it does not."""

    phrase: str
    pattern: str
    """Regular expression, case ignored; matched between word boundaries."""
    examples: tuple[str, ...]
    """Where it fills: the phrase alone is matched."""
    counterexamples: tuple[str, ...] = ()
    """Where the same words mean something."""


FILLERS: tuple[Filler, ...] = (
    Filler(
        "um",
        r"(?:u+mm*|u+hm*|uh+|erm|ehm|hm+|mhm|mmm+)",
        ("so, um, the text", "uh 220", "the uhm tokenizer"),
        ("the umbrella", "a hum"),
    ),
    Filler("er", r"(?<=, )(?:er|mm)(?=,)", ("so, er, the text",), ("er ist da",)),
    Filler(
        "you know",
        r"(?:(?<=, )you know(?=[,.?!])|(?<=, )you know$|"
        r"(?<!do )(?<!did )(?<!if )(?<!as )(?<!don't )(?<!let )(?<!that )(?<!what )(?<!once )(?<!when )"
        r"(?<!all )(?<!now )(?<!because )(?<!things )(?<!thing )(?<!before )(?<!until )(?<!how )"
        r"you know(?! (?:what|how|why|that|if|about|where|when|who|which|whether|of|the|this|it|them|a|an|"
        r"any|anything|enough|exactly|nothing|some|something|from|already|python|all|your|my|our|their)\b)"
        r"(?=[, ]))",
        ("it is, you know, slow", "you know, we merge", "it can't, you know, not able"),
        ("do you know", "you know what I mean", "as you know", "if you know the answer", "now you know"),
    ),
    Filler(
        "I mean",
        r"(?:(?<=, )I mean(?=,)|(?<![\w,] )I mean(?=,))",
        ("it is, I mean, slow", "I mean, it works"),
        ("what I mean by that", "by merge I mean this"),
    ),
    Filler(
        "sort of",
        r"(?<!\ba )(?<!the )(?<!this )(?<!that )(?<!what )(?<!some )(?<!any )(?<!every )(?<!same )(?<!different )"
        r"(?<!these )(?<!those )(?<!certain )(?<!another )(?<!one )(?<!no )(?<!other )(?<!each )(?<!which )"
        r"(?:sort|kind) of(?! like (?:that|this))",
        ("it sort of groups them", "is kind of like a tree"),
        (
            "a kind of magic",
            "what kind of tokenizer",
            "this sort of thing",
            "some kind of a sweet spot",
            "the kind of text",
        ),
    ),
    Filler(
        "right?",
        r"(?<=[,.?!] )(?:right|okay|ok)(?=\?)",
        ("that is a byte, right?", "we merge. Right?"),
        ("is that right?", "on the right"),
    ),
    Filler(
        "like,",
        r"(?:(?<=, )like(?=,)|(?<=\bis )like(?=,)|(?<=are this )like|(?<=is this )like)",
        ("it is, like, slow", "tokens are this like fundamental unit"),
        ("it looks like this", "I like it"),
    ),
    Filler(
        "well",
        r"(?<=, )well(?=,)",
        ("in 2019, well, hardly anybody wrote of it", "it is, well, slow"),
        ("it works well, and fast", "as well, as we saw"),
    ),
    Filler(
        "basically",
        r"(?:basically|literally|essentially)",
        ("it basically groups them",),
    ),
    Filler(
        "okay so", r"(?:(?<=^)|(?<=[.?!] ))(?:okay|ok|alright|all right)(?=,? so\b)", ("Okay so we merge",)
    ),
)
"""English fillers, as data: tried in this order, each with examples that a test runs."""

_FILLER_PATTERNS = tuple(
    (filler.phrase, re.compile(rf"(?<![\w'’-]){filler.pattern}(?![\w'’-])", re.IGNORECASE))
    for filler in FILLERS
)
_HESITATION = re.compile(
    r"(?<![\w'’-])(?:" + "|".join(sorted(HESITATIONS - _AMBIGUOUS_HESITATIONS, key=len, reverse=True))
    + r")(?![\w'’-])",
    re.IGNORECASE,
)  # fmt: skip


def filler_spans(text: str, language: str = "en") -> list[tuple[int, int, str]]:
    """`(start, end, phrase)` of each filler, in order, without overlaps.

    >>> [phrase for _, _, phrase in filler_spans("um, it sort of works, right? What kind of text?")]
    ['um', 'sort of', 'right?']
    """
    if not language.startswith("en"):
        return [(match.start(), match.end(), "um") for match in _HESITATION.finditer(text)]
    spans: list[tuple[int, int, str]] = []
    for phrase, pattern in _FILLER_PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end, _ in spans):
                spans.append((match.start(), match.end(), phrase))
    return sorted(spans)


def fillers_per_thousand(text: str, language: str = "en") -> float:
    """Fillers left in 1,000 words."""
    return 1000 * len(filler_spans(text, language)) / max(count(text), 1)


# ---------------------------------------------------------------------------------------------- content


def content(text: str, language: str = "en") -> list[str]:
    """Content words as stems, numbers as digits, in order; fillers out."""
    return [key for key, _ in content_tokens(text, language)]


def content_tokens(text: str, language: str = "en") -> list[tuple[str, Token]]:
    """The same, each with the word as it stands: `(stem or number, token)`."""
    return list(_content_tokens(text, language))


@lru_cache(maxsize=8192)
def _content_tokens(text: str, language: str) -> tuple[tuple[str, Token], ...]:
    blank = list(text)
    for start, end, _ in filler_spans(text, language):
        blank[start:end] = " " * (end - start)
    found: list[tuple[str, Token]] = []
    for number in _numbers.numbers(text, language):
        blank[number.start : number.end] = " " * (number.end - number.start)
        if not number.weak:
            found.append((number.value, Token(number.surface, number.start, number.end)))
    functional = function_words(language)
    for token in tokens("".join(blank)):
        word = normal(token.text)
        if word not in functional and word not in HESITATIONS and (len(word) > 1 or not word.isascii()):
            found.append((_stem(word, language[:2]), token))
    return tuple(sorted(found, key=lambda pair: pair[1].start))


def _without_repeats(keys: Sequence[str], longest: int = 8) -> list[str]:
    """Phrases said twice in a row count once: "take the text, take the text"."""
    out: list[str] = []
    for key in keys:
        out.append(key)
        for length in range(1, min(longest, len(out) // 2) + 1):
            if out[-length:] == out[-2 * length : -length]:
                del out[-length:]
                break
    return out


def kept_share(source: str, text: str, language: str = "en", distinct: bool = False) -> float:
    """Share of `source`'s content words that `text` holds, in [0, 1]; 1 where there are none.

    Each occurrence counts (what is said twice in a row once), or with `distinct` each word once.
    """
    said = _without_repeats(content(source, language))
    wanted, there = Counter(said), Counter(content(text, language))
    if distinct:
        return sum(1 for key in wanted if there[key]) / len(wanted) if wanted else 1.0
    return sum((wanted & there).values()) / len(said) if said else 1.0


def lost(source: str, text: str, language: str = "en") -> list[str]:
    """Distinct content words of `source` (as spoken) that `text` does not hold at all, in order."""
    there = all_stems(text, language)
    missing = {
        key: token.text for key, token in reversed(content_tokens(source, language)) if key not in there
    }
    return list(missing.values())[::-1]


def added(source: str, text: str, language: str = "en") -> list[str]:
    """Distinct content words of `text` (as written) that `source` does not hold at all, in order."""
    said = all_stems(source, language)
    new = {key: token.text for key, token in reversed(content_tokens(text, language)) if key not in said}
    return list(new.values())[::-1]


@lru_cache(maxsize=2048)
def all_stems(text: str, language: str = "en") -> frozenset[str]:
    """Stems of every word, function words too, and every reading of every number."""
    stems = {_stem(normal(token.text), language[:2]) for token in tokens(text)}
    for number in _numbers.numbers(text, language):
        stems |= number.any_value
    # "white space" and "whitespace", "dataset" and "data set" are the same words.
    plain = [normal(token.text) for token in tokens(text)]
    # A stemmer would cut what is joined as it cuts the second word, but for an e: most pairs are no word at all.
    joined = {a + _stem(b, language[:2]) for a, b in pairwise(plain)}
    return frozenset(stems | joined | {one.removesuffix("e") for one in joined})


# ---------------------------------------------------------------------------------------------- measures


def identical_share(source: str, text: str) -> float:
    """How much of a source a text merely copies: 1 for word-for-word the same, case and punctuation aside.

    Twice the words in common, in order, over the words of both (Ratcliff and Obershelp's measure).
    """
    from difflib import SequenceMatcher

    a = [normal(token.text) for token in tokens(source)]
    b = [normal(token.text) for token in tokens(text)]
    return SequenceMatcher(None, a, b, autojunk=False).ratio() if a or b else 1.0


def reading_ease(text: str) -> float:
    """Flesch's reading ease of English text: 206.835 - 1.015 words a sentence - 84.6 syllables a word.

    Higher is easier; 60 to 70 is plain English. Source: R. Flesch, "A new readability yardstick", 1948.
    """
    words = [token.text for token in tokens(text)]
    sentences = max(len(re.findall(r"[.!?]+(?=\s|$)", text)), 1)
    if not words:
        return 206.835
    syllables = sum(_syllables(word) for word in words)
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)


def _syllables(word: str) -> int:
    vowels = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and vowels > 1
    return max(vowels - silent, 1)
