"""From the transcript's sentences to sentences that can be read: cleaned, split, joined, with their capitals.

A `Piece` is one sentence of the page; it knows which of the lecture's sentences it is from. One spoken
sentence may become several pieces, and several may become one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.models import Sentence
from pipeline.text import words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_clean import clean, core, normalised, tidy

MAX_SENTENCE_WORDS = 40
"""Longer sentences are split wherever a clause of their own can be told."""
_GOOD_WORDS = 26
_PAUSE_S = 0.6
_SENTENCE_END = re.compile(r"[.?!…][\"”')\]]*$")
_DENSE_END = "。？！…"


@dataclass(frozen=True)
class Piece:
    """A sentence of the page."""

    text: str
    sentences: tuple[str, ...]
    """Ids of the spoken sentences that it is from."""
    start_s: float
    end_s: float

    @property
    def words(self) -> int:
        return words.count(self.text)


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
            if word and not _SENTENCE_END.search(before) and re.fullmatch(r"[^\W\d_][\w'-]*", word):
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


# --------------------------------------------------------------------------------------------- the whole


def pieces_of(sentences: Sequence[Sentence], spelling: Spelling, language: str = "en") -> list[Piece]:
    """The sentences edited. Every source id stands in some piece, unless nothing at all was left."""
    english = language.startswith("en")
    pieces: list[Piece] = []
    for piece in _whole_sentences(sentences, english):
        text = clean(piece.text, language)
        parts = split_long(text, _pauses(piece, sentences)) if english else [text]
        pieces += _placed([part for part in parts if part], piece, sentences)
    pieces = _without_echoes(_without_empty(pieces, english))
    if english:
        pieces = _joined(_begun_well(pieces))
    return [replace(piece, text=finish(piece.text, spelling, language)) for piece in pieces]


def _whole_sentences(sentences: Sequence[Sentence], english: bool) -> list[Piece]:
    """One piece a sentence; what breaks off without punctuation and goes on in lower case is put together."""
    pieces: list[Piece] = []
    for sentence in sentences:
        text = normalised(sentence.text)
        if not text:
            continue
        if english and pieces and not _SENTENCE_END.search(pieces[-1].text) and text[:1].islower():
            before = pieces[-1]
            if sentence.start_s - before.end_s < _PAUSE_S and words.count(before.text) < 400:
                pieces[-1] = replace(
                    before, text=f"{before.text} {text}", sentences=(*before.sentences, sentence.id),
                    end_s=max(before.end_s, sentence.end_s),
                )  # fmt: skip
                continue
        pieces.append(Piece(text, (sentence.id,), sentence.start_s, sentence.end_s))
    return pieces


def _pauses(piece: Piece, sentences: Sequence[Sentence]) -> frozenset[str]:
    """Pairs of words ("tokens the") between which the speaker paused, of a piece with word times."""
    spoken = [word for sentence in sentences if sentence.id in piece.sentences for word in sentence.words]
    return frozenset(
        f"{core(a.text)} {core(b.text)}" for a, b in pairwise(spoken) if b.start_s - a.end_s >= _PAUSE_S
    )


def _placed(parts: list[str], whole: Piece, sentences: Sequence[Sentence]) -> list[Piece]:
    """The parts of a piece, each with the spoken sentences and the times that it is from."""
    if len(parts) <= 1:
        return [replace(whole, text=part) for part in parts]
    spoken = [word for sentence in sentences if sentence.id in whole.sentences for word in _timed(sentence)]
    starts, at = [], 0
    for part in parts:
        start, at = _found_from(spoken, [core(token) for token in part.split()], at)
        starts.append(start)
    starts[0] = 0
    stretches = [
        spoken[start : max(end, start + 1)]
        for start, end in zip(starts, [*starts[1:], len(spoken)], strict=True)
    ]
    placed = [
        Piece(part, _mainly_from(mine), mine[0][2], mine[-1][3])
        for part, mine in zip(parts, stretches, strict=True)
    ]
    # A sentence so short that it is at an edge everywhere belongs to the first part that holds it.
    named = {name for piece in placed for name in piece.sentences}
    for at, mine in enumerate(stretches):
        missing = tuple(dict.fromkeys(name for _, name, *_ in mine if name not in named))
        placed[at] = replace(placed[at], sentences=_union(placed[at].sentences, missing))
        named |= set(missing)
    return placed


def _mainly_from(mine: Sequence[_Spoken]) -> tuple[str, ...]:
    """Sentences of which more than three words, or all of the part, are from; a word at the edge is no source.

    What is at the edge stands in the next part's sources as well as most of its sentence does.
    """
    counts = Counter(sentence_id for _, sentence_id, *_ in mine)
    edge = {name for name, count in counts.items() if count <= 3 and count < counts.total() / 2}
    numbered = {sentence_id for word, sentence_id, *_ in mine if any(c.isdigit() for c in word)}
    return tuple(name for name in counts if name not in edge or name in numbered)


_Spoken = tuple[str, str, float, float]
"""A word as it was said: in lower case, its sentence, start and end in seconds."""


def _timed(sentence: Sentence) -> list[_Spoken]:
    """The sentence's words with their times; evenly spread where they have none."""
    if sentence.words:
        return [(core(word.text), sentence.id, word.start_s, word.end_s) for word in sentence.words]
    tokens = normalised(sentence.text).split()
    step = sentence.duration_s / max(len(tokens), 1)
    start = sentence.start_s
    return [
        (core(token), sentence.id, start + i * step, start + (i + 1) * step) for i, token in enumerate(tokens)
    ]


def _found_from(spoken: Sequence[_Spoken], part: Sequence[str], at: int) -> tuple[int, int]:
    """Where a part begins among the spoken words, looked for from `at` on, and where it ends."""
    start = None
    for word in part:
        ahead = range(at, min(at + 40, len(spoken)))
        place = next((index for index in ahead if spoken[index][0] == word), None)
        if place is not None:
            start = place if start is None else start
            at = place + 1
    return (min(at, len(spoken) - 1) if start is None else start), at


def _without_empty(pieces: list[Piece], english: bool) -> list[Piece]:
    """Sentences that say nothing ("Okay.") go; their ids pass to the neighbour."""
    kept: list[Piece] = []
    orphaned: tuple[str, ...] = ()
    for piece in pieces:
        bare = re.sub(r"[^\w\s']", "", piece.text).casefold().strip()
        if not bare or (english and bare in rules.EMPTY_SENTENCES):
            if kept:
                kept[-1] = replace(kept[-1], sentences=_union(kept[-1].sentences, piece.sentences))
            else:
                orphaned = _union(orphaned, piece.sentences)
            continue
        kept.append(replace(piece, sentences=_union(orphaned, piece.sentences)))
        orphaned = ()
    return kept


def _without_echoes(pieces: list[Piece]) -> list[Piece]:
    """A sentence that only says the one before it again, or a stretch of it, goes."""
    kept: list[Piece] = []
    for piece in pieces:
        here = _cores(piece.text)
        for back in range(1, min(3, len(kept)) + 1):
            before = kept[-back]
            if len(here) >= 4 and _holds(_cores(before.text), here):
                kept[-back] = replace(before, sentences=_union(before.sentences, piece.sentences))
                break
            if back == 1 and len(_cores(before.text)) >= 4 and _begins(here, _cores(before.text)):
                kept[-1] = replace(
                    piece, sentences=_union(before.sentences, piece.sentences), start_s=before.start_s
                )
                break
        else:
            kept.append(piece)
    return kept


def _cores(text: str) -> list[str]:
    found = [words.normal(token.text) for token in words.tokens(text)]
    while found and found[0] in {"so", "and", "now", "but", "okay", "well", "then"}:
        found = found[1:]
    return found


def _holds(whole: list[str], part: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _begins(whole: list[str], part: list[str]) -> bool:
    return whole[: len(part)] == part


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


# ------------------------------------------------------------------------------------------ beginnings

_OPENERS = tuple((rule.compiled(), rule.replacement) for rule in rules.OPENERS)


def _begun_well(pieces: list[Piece]) -> list[Piece]:
    """Strings of openers become one, and "So" does not begin sentence after sentence; tics are thinned."""
    out: list[Piece] = []
    # As if an opener had stood before: a chapter does not begin with "So" either.
    last_opener = dict.fromkeys(rules.THINNED, -(10**6)) | {"so": -1}
    last_tic = dict.fromkeys(rules.TICS, -(10**6))
    spoken = 0
    for index, piece in enumerate(pieces):
        text = piece.text
        for pattern, replacement in _OPENERS:
            text = pattern.sub(replacement, text)
        first = core(text.split(" ", 1)[0])
        if first in rules.THINNED:
            if index - last_opener[first] <= rules.THINNED[first] and _may_drop(text, first):
                text = re.sub(r"^\w+,?\s+", "", text)
            else:
                last_opener[first] = index
        text = _thin_tics(text, spoken, last_tic)
        spoken += words.count(text)
        out.append(replace(piece, text=text))
    return out


def _may_drop(text: str, opener: str) -> bool:
    """ "So far", "so that", "so long", "and vice versa" are no openers; a question keeps its "So"."""
    second = core(text.split(" ", 2)[1]) if " " in text else ""
    return (
        not text.endswith("?")
        and not second[:1].isdigit()
        and second
        not in {
            "far",
            "that",
            "long",
            "much",
            "many",
            "vice",
            "called",
            "on",
        }
    )


def _thin_tics(text: str, spoken: int, last: dict[str, int]) -> str:
    for tic, distance in rules.TICS.items():
        pattern = re.compile(rf"(?P<before>,\s*|\s|^){tic}(?P<after>,?)(?=[\s.?!]|$)", re.IGNORECASE)
        for match in reversed(list(pattern.finditer(text))):
            at = spoken + words.count(text[: match.start()])
            if at - last[tic] < distance and not _is_needed(text, match):
                before = " " if match["before"] else ""
                text = text[: match.start()] + before + text[match.end() :].lstrip(" ")
                text = re.sub(r"^\s+", "", text)
            else:
                last[tic] = max(last[tic], at)
    return tidy(text)


def _is_needed(text: str, match: re.Match[str]) -> bool:
    """After "not" or "what", before a full stop, or between commas at only one side: the word is wanted."""
    before = text[: match.start()].rstrip()
    last = core(before.split(" ")[-1]) if before else ""
    negated = last in {"not", "what", "how", "once", "and", "or", "do", "does", "did"} or last.endswith("n't")
    ahead = text[match.end() :].strip(" ,")
    return negated or not ahead.strip(".?!") or ahead.lower().startswith("and again")


# --------------------------------------------------------------------------------------------- splitting


def split_long(text: str, pauses: frozenset[str] = frozenset()) -> list[str]:
    """A sentence as sentences of at most 40 words, cut before clauses that can stand alone.

    What cannot be cut without leaving a fragment stays whole, however long. No word is lost but an "and".

    >>> split_long("so this is the raw bytes that represent this string according to the encoding we can also look "
    ... "at utf-16 we get a slightly different byte stream and here we start to see one of the disadvantages")
    ... # doctest: +NORMALIZE_WHITESPACE
    ['so this is the raw bytes that represent this string according to the encoding we can also look at utf-16.',
     'we get a slightly different byte stream and here we start to see one of the disadvantages']
    """
    tokens = text.split()
    if len(tokens) <= _GOOD_WORDS:
        return [text]
    costs = {
        at: cost for at in range(3, len(tokens) - 2) if (cost := _cut_cost(tokens, at, pauses)) is not None
    }
    cuts = _cheapest(tokens, costs)
    parts = [tokens[a:b] for a, b in zip([0, *cuts], [*cuts, len(tokens)], strict=True)]
    return [_part(part, last=index == len(parts) - 1, first=index == 0) for index, part in enumerate(parts)]


def with_commas(text: str) -> str:
    """Commas between the clauses of a sentence that has none: before "but" and "so", after an "if" clause.

    >>> with_commas("When you go into the paper as well I can show you the number but it is small.")
    'When you go into the paper as well, I can show you the number, but it is small.'
    """
    tokens = text.split()
    if len(tokens) < 10 or re.search(r"[,;:]", text):
        return text
    out = list(tokens)
    for at in range(4, len(tokens) - 3):
        word = core(tokens[at])
        joins = word in {"but", "so"} or (word == "and" and at >= 8 and core(tokens[at + 1]) in _PERSONS)
        if (
            joins
            and _start_cost(tokens, at, comma=False) is not None
            and core(tokens[at - 1]) not in rules.DANGLING
        ):
            out[at - 1] += ","
    lead = 1 if core(tokens[0]) in {"so", "and", "but", "now", "then"} else 0
    if core(tokens[lead]) in {"if", "when", "once", "because", "since", "as"} and (
        main := _main_clause(tokens, lead)
    ):
        out[main - 1] = out[main - 1].rstrip(",") + ","
    return " ".join(out)


def _main_clause(tokens: Sequence[str], lead: int) -> int | None:
    """Where the main clause begins behind a leading "if ...": at the next bare subject with its verb."""
    for at in range(lead + 4, min(lead + 22, len(tokens) - 2)):
        word, before = core(tokens[at]), core(tokens[at - 1])
        if word in {"and", "but", "so", "that", "which"}:
            return None
        starts = word in _PERSONS or word in {"that's", "this", "then"}
        if starts and before not in words.FUNCTION_WORDS - {"well", "this", "it", "them", "that", "here"}:
            return at if core(tokens[at + 1]) not in _NO_VERB - rules.SUBJECTS or word == "then" else None
    return None


def _part(tokens: list[str], last: bool, first: bool) -> str:
    if not first and core(tokens[0]) == "and" and len(tokens) > 1:
        tokens = tokens[1:]
    text = " ".join(tokens)
    if last:
        return text
    text = text.rstrip(",;:-–— ")
    return text if _SENTENCE_END.search(text) else f"{text}."


def _cheapest(tokens: list[str], costs: dict[int, float]) -> list[int]:
    """The cuts that together cost least, by dynamic programming over where the last cut was."""
    ends = [*sorted(costs), len(tokens)]
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for end in ends:
        options = (
            (cost + _part_cost(tokens, start, end) + costs.get(end, 0.0), [*cuts, end])
            for start, (cost, cuts) in best.items()
        )
        best[end] = min(options, key=lambda option: option[0])
    return [cut for cut in best[len(tokens)][1] if cut < len(tokens)]


def _part_cost(tokens: list[str], start: int, end: int) -> float:
    length = end - start
    cost = 0.0 if length >= 7 else 1.2 * (7 - length)
    cost += max(length - _GOOD_WORDS, 0) ** 2 / 60
    if length > MAX_SENTENCE_WORDS:
        cost += 12 + (length - MAX_SENTENCE_WORDS)
    part = [core(token) for token in tokens[start:end]]
    if _waits_for_more(part):
        cost += 15
    if not _has_verb(part) or _promises_a_clause(part):
        cost += 8
    if end < len(tokens) and core(tokens[end]) == "and" and _condition_is_open(part):
        cost += 4
    return cost


_POINTING = frozenset({"that", "this", "these", "those", "what", "here", "there"})
_PERSONS = rules.SUBJECTS - _POINTING
_NO_VERB = (
    rules.SUBJECTS | rules.DETERMINERS | rules.listed("and or but so of in on at to for with by from as")
)


def _has_verb(part: list[str]) -> bool:
    return any(word in rules.AUXILIARIES or "'" in word for word in part) or any(
        a in rules.SUBJECTS and b not in _NO_VERB for a, b in pairwise(part)
    )


_SAYING = rules.listed(
    "is notice noticed see saw say said know think means mean believe sure fact so show shows"
)


def _promises_a_clause(part: list[str]) -> bool:
    """Ends within "they noticed that, for example, for numbers": what was noticed is still to come."""
    at = max((index for index, word in enumerate(part) if word == "that"), default=0)
    return at > 0 and part[at - 1] in _SAYING and at < len(part) - 1 and not _has_verb(part[at + 1 :])


def _condition_is_open(part: list[str]) -> bool:
    """Ends within an "if you have ..." that the next clause may still belong to."""
    tail = part[-12:]
    at = max((index for index, word in enumerate(tail) if word in {"if", "when", "once"}), default=None)
    return at is not None and sum(word in rules.SUBJECTS for word in tail[at:]) < 2


def _waits_for_more(cores: list[str]) -> bool:
    """As "if you have a sentence in English" waits for its main clause, at the beginning or behind an "and"."""
    if cores[:2] == ["now", "that"] or cores[1:3] == ["now", "that"]:
        return _clauses(cores) < 4
    opened = [
        at for at, word in enumerate(cores)
        if word in rules.SUBORDINATORS and word not in {"because", "before", "after", "until"}
        and (at == 0 or cores[at - 1] in {"so", "and", "but", "now", "then", "that"})
    ]  # fmt: skip
    if cores[:1] == ["because"] or ["so", "that"] in [cores[at : at + 2] for at in range(3)]:
        opened.append(0)
    return bool(opened) and _clauses(cores[opened[-1] :]) < 2


def _clauses(cores: Sequence[str]) -> int:
    return sum(1 for a, b in pairwise(cores) if a in _PERSONS and b not in _NO_VERB)


def _cut_cost(tokens: list[str], at: int, pauses: frozenset[str]) -> float | None:
    """How bad it would be to begin a sentence at token `at`; None where it cannot be."""
    before, word = tokens[at - 1], core(tokens[at])
    last = core(before)
    if not word or _SENTENCE_END.search(before):
        return 0.0 if word and not re.search(r"\.\w", before) else None
    if last in rules.DANGLING or _opens_bracket(tokens[:at]):
        return None
    comma = before[-1:] in ",;:—–"
    base = _start_cost(tokens, at, comma)
    if base is None:
        return None
    paused = f"{last} {word}" in pauses
    # Without a comma anywhere the recognizer gave no punctuation: clauses then follow one another bare.
    bare = 0.0 if any(token[-1:] in ",;:" for token in tokens) else 2.4
    return base - (0.7 if comma else 0.0) - (1.0 if paused else 0.0) - bare


def _opens_bracket(tokens: list[str]) -> bool:
    text = " ".join(tokens)
    return text.count("(") > text.count(")") or text.count('"') % 2 == 1 or text.count("“") > text.count("”")


def _start_cost(tokens: list[str], at: int, comma: bool) -> float | None:
    cores = [core(token) for token in tokens[at : at + 12]]
    word, rest = cores[0], cores[1:]
    if word in {"and", "so", "but", "now", "then", "however"}:
        if word == "and" and rest[:1] in (["so"], ["then"], ["now"]):
            rest = rest[1:]
        if word == "so" and rest[:1] in (["that"], ["far"], ["on"], ["long"], ["much"], ["many"]):
            return None
        clause = _clause_cost(rest)
        if clause is None:
            return None
        return clause + {"so": 0.8, "but": 0.9, "now": 0.9, "and": 1.4}.get(word, 1.0)
    if " ".join(cores).startswith(rules.STRONG_STARTS) and core(tokens[at - 1]) not in words.FUNCTION_WORDS:
        if word in rules.DETERMINERS - _POINTING and _clause_cost(cores) is None:
            return None
        # "the bytes we have in it" is no clause of its own; "we get a byte stream", with its object, is.
        if word not in {"we", "you", "i", "i'd"} or any(word in _OBJECTS for word in cores[1:6]):
            return 2.2
        return None
    if comma and word in rules.SUBJECTS and word not in {"that", "what"} and _clause_cost(cores) is not None:
        return 2.8
    if comma and word in {"because", "which", "where"} and len(tokens) > MAX_SENTENCE_WORDS:
        return None
    return None


_OBJECTS = rules.DETERMINERS | {"that", "how", "what", "it", "them", "to"}


def _clause_cost(cores: list[str]) -> float | None:
    """Whether a clause of its own begins here: a subject, a lead-in, or a noun phrase with its verb; else None."""
    if len(cores) < 3:
        return None
    if cores[0] in rules.SUBJECTS:
        demonstrative = cores[0] in _POINTING
        if demonstrative and not any(word in rules.AUXILIARIES or word.endswith("s") for word in cores[1:7]):
            return None
        return 0.0
    if cores[0] in rules.LEADS and any(word in rules.SUBJECTS - _POINTING for word in cores[1:8]):
        return 0.4
    if cores[0] in rules.DETERMINERS or cores[0] not in words.FUNCTION_WORDS:
        ahead = cores[1:8]
        verb = next((index for index, word in enumerate(ahead) if word in rules.AUXILIARIES), None)
        relative = any(word in {"that", "which", "who", "and", "or"} for word in ahead[: verb or 0])
        if verb is not None and not relative:
            return 0.9
    return None


# ----------------------------------------------------------------------------------------------- joining


_COUNTING = r"(?:first|second|third|fourth|fifth|last|one|two|three|four|five|finally|lastly)(?:ly)?\b"


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Two short sentences of which the second goes on with "and" or "but" become one."""
    out: list[Piece] = []
    for piece in pieces:
        match = re.match(r"^(and|but|or),? (?=\w)", piece.text, re.IGNORECASE)
        counts = match and re.match(_COUNTING, piece.text[match.end() :], re.IGNORECASE)
        if match and not counts and out and _can_join(out[-1], piece):
            before = out[-1]
            text = f"{before.text.rstrip('.')}, {match[1].lower()} {_lowered(piece.text[match.end() :])}"
            out[-1] = replace(
                before, text=text, sentences=_union(before.sentences, piece.sentences), end_s=piece.end_s
            )
            continue
        out.append(piece)
    return out


def _can_join(before: Piece, piece: Piece) -> bool:
    short = before.words + piece.words <= 24 and before.words >= 3
    near = piece.start_s - before.end_s < 2 * _PAUSE_S
    return short and near and before.text.endswith(".") and not re.search(r",\s(?:and|but|or)\s", before.text)


def _lowered(text: str) -> str:
    first = text.split(" ", 1)[0]
    word = core(first)
    if first[:1].isupper() and word in words.FUNCTION_WORDS and word not in rules.ALWAYS_CAPITAL:
        return text[:1].lower() + text[1:]
    return text


# --------------------------------------------------------------------------------------------- finishing


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
