"""Finds where clauses of their own begin: cuts sentences that run on, and sets commas where there are none.

No grammar and no model: a conjunction with a subject behind it, a turn like "let's", a pause. What speaks against
a cut (a fragment without a verb, an "if" without its consequence) counts as cost, and the cuts that together
cost least are made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.text import words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_clean import core

MAX_SENTENCE_WORDS = 40
"""Longer sentences are cut wherever a clause of their own can be told."""
SENTENCE_END = re.compile(r"[.?!…][\"”')\]]*$")
_GOOD_WORDS = 26


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
    return text if SENTENCE_END.search(text) else f"{text}."


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
    if waits_for_more(part):
        cost += 15
    if not has_verb(part) or _promises_a_clause(part):
        cost += 8
    if end < len(tokens) and core(tokens[end]) == "and" and _condition_is_open(part):
        cost += 4
    if end < len(tokens) and _is_answered(part, core(tokens[end])):
        cost += 24
    return cost


_CONDITIONS = rules.listed("if when once suppose say imagine because since given")


def _is_answered(part: Sequence[str], following: str) -> bool:
    """Whether the next word answers what these opened: "if ..." its "then", "not only ..." its "but"."""
    if following == "then":
        opened = max((at for at, word in enumerate(part) if word in _CONDITIONS), default=None)
        return opened is not None and "then" not in part[opened:]
    if following == "but":
        opened = max(
            (at for at, (a, b) in enumerate(pairwise(part))
             if (a == "not" or a.endswith("n't")) and b in {"only", "just", "merely", "simply"}), default=None,
        )  # fmt: skip
        return opened is not None and "but" not in part[opened:]
    return False


_POINTING = frozenset({"that", "this", "these", "those", "what", "here", "there"})
_PERSONS = rules.SUBJECTS - _POINTING
_NO_VERB = (
    rules.SUBJECTS | rules.DETERMINERS | rules.listed("and or but so of in on at to for with by from as")
)


def has_verb(part: Sequence[str]) -> bool:
    """Whether words (in lower case) hold an auxiliary, or a subject with something like a verb behind it."""
    return any(word in rules.AUXILIARIES or "'" in word for word in part) or any(
        a in rules.SUBJECTS and b not in _NO_VERB for a, b in pairwise(part)
    )


_SAYING = rules.listed(
    "is notice noticed see saw say said know think means mean believe sure fact so show shows"
)


def _promises_a_clause(part: list[str]) -> bool:
    """Ends within "they noticed that, for example, for numbers": what was noticed is still to come."""
    at = max((index for index, word in enumerate(part) if word == "that"), default=0)
    rest = part[at + 1 :]
    if (
        rest[:1] in (["i"], ["we"], ["you"])
        and rest[1:2]
        and rest[1] in {"think", "believe", "guess", "mean"}
    ):
        rest = rest[2:]
        return at > 0 and part[at - 1] in _SAYING and not has_verb(rest)
    return at > 0 and part[at - 1] in _SAYING and bool(rest) and not has_verb(rest)


def _condition_is_open(part: list[str]) -> bool:
    """Ends within an "if you have ..." that the next clause may still belong to."""
    tail = part[-12:]
    at = max((index for index, word in enumerate(tail) if word in {"if", "when", "once"}), default=None)
    return at is not None and sum(word in rules.SUBJECTS for word in tail[at:]) < 2


def waits_for_more(cores: list[str]) -> bool:
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
    if not word or SENTENCE_END.search(before):
        return 0.0 if word and not re.search(r"\.\w", before) else None
    behind_a_tail = _ends_a_list(tokens, at)
    if (last in rules.DANGLING and not behind_a_tail) or _opens_bracket(tokens[:at]):
        return None
    comma = before[-1:] in ",;:—–"
    base = _start_cost(tokens, at, comma)
    if base is None:
        return None
    paused = f"{last} {word}" in pauses
    # Without a comma anywhere the recognizer gave no punctuation: clauses then follow one another bare.
    bare = 0.0 if any(token[-1:] in ",;:" for token in tokens) else 2.4
    return base - (0.7 if comma else 0.0) - (1.0 if paused else 0.0) - bare


def _ends_a_list(tokens: list[str], at: int) -> bool:
    return [core(token) for token in tokens[max(at - 2, 0) : at]] in _TAILS


def _opens_bracket(tokens: list[str]) -> bool:
    text = " ".join(tokens)
    return text.count("(") > text.count(")") or text.count('"') % 2 == 1 or text.count("“") > text.count("”")


def _start_cost(tokens: list[str], at: int, comma: bool) -> float | None:
    """How bad a sentence would begin at token `at`, for its own words; None where none begins."""
    cores = [core(token) for token in tokens[at : at + 12]]
    if cores[0] in {"and", "so", "but", "now", "then", "however"}:
        return _joined_cost(tokens, at, cores)
    if _is_introduced(tokens, at):
        return None
    if " ".join(cores).startswith(rules.STRONG_STARTS) and core(tokens[at - 1]) not in words.FUNCTION_WORDS:
        return _bare_cost(cores)
    if cores[0] in _AFTER_A_TAIL and _ends_a_list(tokens, at):
        return 1.0
    if comma and cores[0] in rules.SUBJECTS - {"that", "what"} and _clause_cost(cores) is not None:
        return 2.8
    return None


_INTRODUCING = rules.listed(
    "in for with by from to at on after before instead given under without during despite besides like unlike as "
    "if when once whenever unless although though whereas"
)
_INTRODUCED_WORDS = 16


def _is_introduced(tokens: Sequence[str], at: int) -> bool:
    """Whether the clause at `at` has its introduction before it: "instead of taking two, | I took all of them"."""
    for start in range(at - 2, max(at - _INTRODUCED_WORDS, 0) - 1, -1):
        word = core(tokens[start])
        before = tokens[start - 1] if start else "."
        begins = before[-1:] in ".?!,;:" or core(before) in {"and", "but", "so", "that", "because", "now"}
        if word in _INTRODUCING and begins:
            inside = [core(token) for token in tokens[start:at]]
            own = sum(b in _PERSONS and a not in _RELATIVE for a, b in pairwise(inside))
            return own <= (word in rules.SUBORDINATORS)
        if before[-1:] in ".?!":
            return False
    return False


_RELATIVE = rules.listed("that which who where")


def _joined_cost(tokens: list[str], at: int, cores: list[str]) -> float | None:
    """Behind a conjunction: a clause of its own has to follow, unless the sentence would never end."""
    word, rest = cores[0], cores[1:]
    if word == "and" and rest[:2] in _TAILS:
        return None
    if word == "and" and rest[:1] in (["so"], ["then"], ["now"]):
        rest = rest[1:]
    if word == "so" and rest[:1] in (["that"], ["far"], ["on"], ["long"], ["much"], ["many"]):
        return None
    if core(tokens[at - 1])[-1:].isdigit() and rest and rest[0][:1].isdigit():
        return None
    clause = _clause_cost(rest)
    if clause is not None:
        return clause + {"so": 0.8, "but": 0.9, "now": 0.9, "and": 1.4}.get(word, 1.0)
    if len(tokens) <= MAX_SENTENCE_WORDS or word in {"then", "now"}:
        return None
    return 5.0 if has_verb(_to_the_comma(tokens[at + 1 : at + 10])) else None


def _to_the_comma(tokens: Sequence[str]) -> list[str]:
    """The words before the next comma or subordinate clause: a verb behind it is not theirs."""
    found: list[str] = []
    for token in tokens:
        if core(token) in rules.SUBORDINATORS or (found and core(token) == "then"):
            break
        found.append(core(token))
        if token[-1:] in ",;:.?!":
            break
    return found


def _bare_cost(cores: list[str]) -> float | None:
    """Without a conjunction: "we get a byte stream", with its object, is one; "the bytes we have in it" is none."""
    if cores[0] in rules.DETERMINERS - _POINTING and _clause_cost(cores) is None:
        return None
    if cores[0] in {"we", "you", "i", "i'd"} and not any(word in _OBJECTS for word in cores[1:6]):
        return None
    return 2.2


_AFTER_A_TAIL = _PERSONS | rules.SUBORDINATORS | {"so", "this", "that's"}
_TAILS = (["so", "on"], ["so", "forth"], ["vice", "versa"])
"""What ends a list or a sentence and never begins one: "and so on"."""
_OBJECTS = rules.DETERMINERS | {"that", "how", "what", "it", "them", "to"}


_NOT_BEFORE_A_VERB = _PERSONS | {"that", "which", "who", "and", "or"}
"""Between a noun and its verb: the verb behind one of these is another's."""


def _clause_cost(cores: list[str]) -> float | None:
    """Whether a clause of its own begins here: a subject, a lead-in, or a noun phrase with its verb; else None."""
    if len(cores) < 3:
        return None
    if cores[0] in rules.SUBJECTS:
        demonstrative = cores[0] in _POINTING
        if demonstrative and not any(word in rules.AUXILIARIES or word.endswith("s") for word in cores[1:7]):
            return None
        return 0.0
    if cores[0].endswith("ly") and cores[1] in _PERSONS:
        return 0.2
    # "If you", but not "for you": behind a preposition the subject comes after its noun.
    first = 1 if cores[0] in rules.SUBORDINATORS | {"then", "basically", "again", "because"} else 2
    if cores[0] in rules.LEADS and any(word in _PERSONS for word in cores[first:8]):
        return 0.4
    if cores[0] in rules.DETERMINERS or cores[0] not in words.FUNCTION_WORDS:
        ahead = cores[1:8]
        verb = next((index for index, word in enumerate(ahead) if word in rules.AUXILIARIES), None)
        relative = any(word in _NOT_BEFORE_A_VERB for word in ahead[: verb or 0])
        if verb is not None and not relative:
            return 0.9
    return None
