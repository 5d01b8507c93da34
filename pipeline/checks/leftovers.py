"""What has no business on a page: words of a model about itself, of a prompt or a reply's wrapping, injected
instructions, placeholders, paragraphs printed twice, and passages in another language than the chapter's.

A lecture may speak of any of these ("ignore previous instructions"): what was said or shown is let pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from pipeline.checks.evidence import Evidence, is_prose, text_of
from pipeline.checks.reading import sentences
from pipeline.models import Block, Code, Exercise, Heading, Problem, Tokens
from pipeline.text import identifiers, words

PHRASE = 8
"""Words in a row that a block may not share with a prompt."""
_MANY_WORDS = 8
_TWICE = 0.9

_TRACES: dict[str, tuple[str, ...]] = {
    "a model speaking of itself": (
        r"\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b[^.?!]{0,40}",
        r"\bI(?:'m| am) (?:just )?an? (?:AI|(?:large )?language model|assistant)\b",
        r"\bmy (?:training data|knowledge cutoff|system prompt|instructions)\b",
        r"\bI(?:'m sorry, but| apologi[sz]e, but)? (?:cannot|can't|am unable to) "
        r"(?:assist|help|comply|fulfil+|provide|process)\b[^.?!]{0,40}",
    ),
    "a model's answer to its prompt": (
        r"^\W*(?:sure|certainly|of course|okay|absolutely)[,!.] here(?:'s| is| are)\b[^.:]*",
        r"\bhere(?:'s| is) (?:the|your|a) (?:rewritten|edited|revised|cleaned|polished|corrected|requested) "
        r"(?:text|passage|version|chapter|transcript|paragraph)\b",
        r"\b(?:let me know|feel free to ask) if (?:you(?:'d| would) like|you need|there)\b",
    ),
    "an instruction to a model": (
        r"\b(?:ignore|disregard|forget) (?:all |any |the )*(?:previous|prior|above|earlier|your) "
        r"(?:instructions?|prompts?|rules?|text)\b",
        r"\byou are (?:now )?(?:an? )?(?:helpful|AI|language model|expert) ?(?:assistant|editor|writer)\b",
        r"\b(?:system|developer|hidden) prompt\b[^.?!]{0,30}",
        r"\b(?:respond|answer|reply|output) (?:only )?(?:with|in) (?:valid )?JSON\b",
    ),
    "a marker of a chat format": (
        r"<\|(?:im_start|im_end|system|user|assistant|eot_id|start_header_id)\|>|\[/?INST\]|<</?SYS>>",
        r"(?m)^#{1,4} (?:Instruction|Response|System|User|Assistant)s?:?\s*$",
    ),
    "a tag of the prompt": (
        r"</?(?:transcript|plan|screens|before|lecture|snippets|notes|passage|problems?|blocks?)>",
    ),
    "a piece of a reply": (
        r"[{,\[]\s*\"(?:blocks?|kind|text|sentences|screens|items|level|caption|snippet)\"\s*:",
        r"\"\s*\}\s*[,\]]|\}\s*\]\s*\}?\s*$|```(?:json)?",
    ),
    "an id of the transcript": (r"\[?\b(?:s\d{4,5}|f\d{3}|ch\d{2}-(?:b\d{3}|\d{2}))\b\]?",),
    "a placeholder": (
        r"\b(?-i:TODO|TBD|FIXME|XXX|PLACEHOLDER)\b|\blorem ipsum\b|\{\{.*?\}\}|\{%.*?%\}",
        r"\[(?:insert|placeholder|your|add|missing|figure|image|citation)\b[^\]]*\]",
    ),
    "a broken character": ("\ufffd",),
}
_PATTERNS = tuple(
    (what, re.compile(pattern, re.IGNORECASE)) for what, patterns in _TRACES.items() for pattern in patterns
)


def check_leftovers(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Nothing of a model, its prompt or its reply stands on the page."""
    if isinstance(block, Code | Tokens):
        return
    text = text_of(block)
    for what, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if not _said(match[0], evidence):
                yield evidence.problem("leftover", f"{what}: “{match[0].strip()}”", (match[0].strip(),))
    yield from _of_prompts(text, evidence)


def _said(trace: str, evidence: Evidence) -> bool:
    letters = identifiers.bare(trace)
    return len(letters) > 2 and letters in identifiers.bare(evidence.context)


@lru_cache(maxsize=1)
def _prompt_phrases() -> frozenset[tuple[str, ...]]:
    from pipeline.resources import resource

    files = sorted(resource("prompts").glob("*.md"))
    return frozenset(one for path in files for one in _phrases(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=512)
def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    plain = [words.normal(token.text) for token in words.tokens(text)]
    return frozenset(tuple(plain[at : at + PHRASE]) for at in range(len(plain) - PHRASE + 1))


def _of_prompts(text: str, evidence: Evidence) -> Iterator[Problem]:
    leaked = _phrases(text) & _prompt_phrases()
    if leaked and not leaked & _phrases(evidence.context):
        phrase = " ".join(min(leaked))
        yield evidence.problem("leftover", f"a phrase of the prompt: “{phrase}”", (phrase,))


def check_repeated(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """No paragraph, and no sentence of one, is printed twice, unless it was said twice."""
    if not is_prose(block):
        return
    text = text_of(block)
    if words.count(text) >= _MANY_WORDS:
        for other, cited in evidence.before:
            again = set(block.sentences) & set(cited) or not set(block.sentences)
            if _same(text, other) and (again or not _said_twice(text, evidence)):
                yield evidence.problem(
                    "repeated", "the paragraph stands on the page already", (_opening(text),)
                )
                break
    seen: set[str] = set()
    for sentence in sentences(text):
        plain = identifiers.bare(sentence)
        if plain in seen and words.count(sentence) >= 5 and identifiers.bare(evidence.said).count(plain) < 2:
            yield evidence.problem("repeated", f"“{sentence}” stands here twice", (_opening(sentence),))
        seen.add(plain)


def _same(text: str, other: str) -> bool:
    a, b = identifiers.bare(text), identifiers.bare(other)
    if min(len(a), len(b)) < _TWICE * max(len(a), len(b)):
        return False
    if a == b:
        return True
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return (
        matcher.real_quick_ratio() >= _TWICE and matcher.quick_ratio() >= _TWICE and matcher.ratio() >= _TWICE
    )


def _said_twice(text: str, evidence: Evidence) -> bool:
    there = words.kept_share(text, evidence.said, evidence.language)
    return there >= _TWICE


def _opening(text: str, many: int = 60) -> str:
    return text if len(text) <= many else f"{text[:many].rsplit(' ', 1)[0]} …"


# ----------------------------------------------------------------------------------------------- language


_COMPARED = ("en", "de", "fr", "es", "it", "pt", "nl")
_FREQUENT = 60
_OWN = 0.15
"""Share of a passage's words that are among its language's most frequent; in running prose it is 0.35 to 0.5."""
_OTHER = 0.3


def check_language(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Each block is in the chapter's language; what was said or shown in another may be quoted."""
    if not is_prose(block) or isinstance(block, Exercise | Heading):
        return
    expected = evidence.written_in[:2].lower()
    if expected not in _COMPARED:
        return
    for sentence in sentences(text_of(block)):
        plain = [words.normal(token.text) for token in words.tokens(sentence) if token.text.isalpha()]
        if len(plain) < _MANY_WORDS or _share(plain, expected) >= _OWN:
            continue
        if not evidence.translated and _said(sentence, evidence):
            continue
        other = max((one for one in _COMPARED if one != expected), key=lambda one: _share(plain, one))
        if _share(plain, other) >= _OTHER:
            yield evidence.problem(
                "language",
                f"“{_opening(sentence)}” is in “{other}”, the chapter in “{expected}”",
                (sentence,),
            )


def _share(plain: list[str], language: str) -> float:
    return sum(word in _frequent(language) for word in plain) / len(plain)


@lru_cache
def _frequent(language: str) -> frozenset[str]:
    from wordfreq import top_n_list

    return frozenset(words.normal(word) for word in top_n_list(language, _FREQUENT))
