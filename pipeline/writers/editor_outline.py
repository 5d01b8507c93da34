"""The outline without a model: all of it is the lecturer's own words, chosen and never composed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.models import (
    Chapter,
    Outline,
    OutlineChapter,
    Reference,
    Screen,
    Section,
    Sentence,
    SourceVideo,
    Term,
)
from pipeline.text import identifiers, numbers, words
from pipeline.writers import editor_rules as rules
from pipeline.writers import editor_screens
from pipeline.writers.editor_paragraphs import boundary
from pipeline.writers.editor_phrases import commonness, is_topical, key_phrases
from pipeline.writers.editor_sentences import Piece, pieces_of
from pipeline.writers.editor_spelling import Spelling

_SECTION_WORDS = 260
_MIN_SECTION_WORDS = 120
_SUMMARY_SENTENCES = 2


Namer = Callable[[str], str | None]
"""Gives a section's text a heading, or None where it has no good one."""


def make_outline(
    video: SourceVideo,
    chapters: Sequence[Chapter],
    spelling: Spelling,
    made_by: str,
    language: str,
    namer: Namer | None = None,
) -> Outline:
    """Chapters with summaries and section headings, terms, and references, from speech, screens and description.

    Args:
        namer: is asked for a heading where neither a slide nor a question gives one; key phrases are taken where
            it has none.
    """
    edited = {chapter.id: pieces_of(chapter.sentences, spelling, language) for chapter in chapters}
    whole = " ".join(piece.text for pieces in edited.values() for piece in pieces)
    names = _Names(whole, language, namer)
    return Outline(
        title=video.title,
        author=video.author,
        language=language,
        made_by=made_by,
        chapters=tuple(
            OutlineChapter(
                id=chapter.id,
                title=chapter.title,
                summary=summary(edited[chapter.id], chapter.title, whole, language),
                sections=tuple(sections(chapter, edited[chapter.id], names)),
            )
            for chapter in chapters
        ),
        terms=tuple(terms(edited, whole, language)),
        references=tuple(references(video, chapters, edited)),
    )


# ----------------------------------------------------------------------------------------------- summary


def summary(pieces: Sequence[Piece], title: str, whole: str, language: str) -> str:
    """The one or two sentences that most of the chapter is about, in their order; its first ones if it is short."""
    text = " ".join(piece.text for piece in pieces)
    here = Counter(words.content(text, language))
    rare = Counter(words.content(whole, language))
    titled = set(words.content(title, language))

    def weight(piece: Piece) -> float:
        keys = set(words.content(piece.text, language))
        value = sum(here[key] / (1 + rare[key]) ** 0.5 + 2 * (key in titled) for key in keys)
        early = 1.25 if piece is pieces[0] or pieces.index(piece) < 3 else 1.0
        early *= _POINTING_WEIGHT if language.startswith("en") and _POINTING.search(piece.text) else 1.0
        return float(early * value / (len(keys) + 6) * (len(keys) + 1) ** 0.35)

    fit = [piece for piece in pieces if _can_stand_alone(piece, language)]
    best = sorted(fit, key=lambda piece: -weight(piece))[:_SUMMARY_SENTENCES]
    chosen = sorted(best, key=lambda piece: piece.start_s) or list(pieces[:1])
    return " ".join(_without_opener(piece.text) for piece in chosen)


_POINTING = re.compile(
    r"\b(?:here|above|below|earlier|as I mentioned|you(?:'ll| can)? (?:see|notice)|let me|let's|"
    r"I(?:'ve| have)? (?:went|took|put|pasted|copied|created|wrote|asked|tried|showed|set)|(?:this|these) (?:is|are)|"
    r"this (?:one|file|page|code|line|case|part))\b",
    re.IGNORECASE,
)
"""In a sentence about what is on screen just then, or about what the lecturer does: a summary can do without it."""
_POINTING_WEIGHT = 0.55


def _without_opener(text: str) -> str:
    rest = re.sub(r"^(?:So|Now|And|But|Then|Well),? +(?=\w)", "", text)
    return rest[:1].upper() + rest[1:]


def _can_stand_alone(piece: Piece, language: str) -> bool:
    """Neither a question nor a fragment, and understood without the sentence before."""
    if not 7 <= piece.words <= 38 or piece.text.rstrip().endswith("?"):
        return False
    pointing = (
        r"(?:it|they|he|she|that|this|these|those|here|there|for example|because|which|or|then|"
        r"one|two|three|first|second|third)\b"
    )
    return not (language.startswith("en") and re.match(pointing, _without_opener(piece.text), re.IGNORECASE))


# ---------------------------------------------------------------------------------------------- sections


@dataclass(frozen=True)
class _Heading:
    at: int
    text: str
    bonus: float


def sections(chapter: Chapter, pieces: Sequence[Piece], names: _Names) -> list[Section]:
    """Headings about every 260 words, where the subject changes: a slide's title, a question asked, a key phrase.

    A chapter's beginning has its title for a heading.
    """
    lengths = [piece.words for piece in pieces]
    if sum(lengths) < 2 * _MIN_SECTION_WORDS:
        return []
    titled = _titled(chapter, pieces)
    breaks = frozenset(screen.start_s for screen in chapter.screens)
    scores = [0.0] * len(pieces)
    for at in range(1, len(pieces)):
        if pieces[at].sentences[0] in pieces[at - 1].sentences:
            scores[at] = -100.0
            continue
        scores[at] = boundary(pieces, at, breaks, names.language, window=8)
        scores[at] += titled[at].bonus if at in titled else _asked_or_announced(pieces[at].text, names)
    return _named(chapter, pieces, _cuts(scores, lengths), titled, names)


def _asked_or_announced(text: str, names: _Names) -> float:
    return 0.9 if question(text, names.language) or announced(text, names.language) else 0.0


def _cuts(scores: Sequence[float], lengths: Sequence[int]) -> list[int]:
    """Where sections begin, the first at 0: the best total of scores and lengths."""
    count = len(scores)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * count
    for end in range(1, count + 1):
        length = 0
        for start in range(end - 1, -1, -1):
            length += lengths[start]
            if length > 3 * _SECTION_WORDS:
                break
            short = 4.0 * max(1 - length / _MIN_SECTION_WORDS, 0)
            cost = (
                ((length - _SECTION_WORDS) / _SECTION_WORDS) ** 2
                + short
                - (scores[start] if start else 0)
                + 0.6
            )
            best[end] = min(best[end], (best[start][0] + cost, start))
    cuts, end = [], count
    while end > 0:
        end = best[end][1]
        cuts.append(end)
    return cuts[::-1]


def _named(
    chapter: Chapter,
    pieces: Sequence[Piece],
    cuts: Sequence[int],
    titled: Mapping[int, _Heading],
    names: _Names,
) -> list[Section]:
    names.take(chapter.title)
    found: list[Section] = []
    for start, end in zip(cuts, [*cuts[1:], len(pieces)], strict=True):
        if not start:
            continue
        shown = titled[start].text if start in titled else None
        heading = names.of([piece.text for piece in pieces[start:end]], shown)
        if heading is not None:
            found.append(Section(title=heading, sentence=pieces[start].sentences[0]))
    return found


class _Names:
    """Finds headings, none of them twice in a lecture."""

    def __init__(self, whole: str, language: str, namer: Namer | None) -> None:
        self.language = language
        self._whole = whole
        self._namer = namer
        self._taken: list[frozenset[str]] = []
        # An empty word stands where a sentence or a clause ends.
        tokens = re.findall(r"[\w'’-]+|[.,;:?!]", whole)
        self._said = [words.normal(token) if token[0].isalnum() else "" for token in tokens]
        self._places: dict[str, list[int]] = {}
        for at, word in enumerate(self._said):
            self._places.setdefault(word, []).append(at)

    def take(self, text: str) -> None:
        """No heading is to say the same as `text`."""
        self._taken.append(self._keys(text))

    def of(self, texts: Sequence[str], shown: str | None) -> str | None:
        """A heading for a section of these sentences: the best there is that is not taken; now it is."""
        for option in self._options(texts, shown):
            if self._is_free(option):
                self.take(option)
                return option[:1].upper() + option[1:]
        return None

    def _options(self, texts: Sequence[str], shown: str | None) -> Iterator[str]:
        text = " ".join(texts)
        if shown:
            yield shown
        if asked := question(texts[0], self.language):
            yield asked
        if self._namer is not None and (named := self._namer(text)):
            yield named
        if told := announced(texts[0], self.language):
            yield told
        yield from self._key_phrases(texts)

    def _key_phrases(self, texts: Sequence[str]) -> Iterator[str]:
        """Phrases that this section is about more than the others; a word alone only if it is said often."""
        text = " ".join(texts)
        fit = [
            phrase for phrase in key_phrases(text, self.language, self._whole, limit=_PHRASES)
            if not phrase.endswith("ly") and self._is_a_thing(phrase)
            and sum(_said(phrase, one) > 0 for one in texts) >= _SENTENCES_WITH_IT
        ]  # fmt: skip
        own = {phrase: _said(phrase, text) / max(_said(phrase, self._whole), 1) for phrase in fit}
        yield from (phrase for phrase in fit if " " in phrase and own[phrase] >= _OWN_SHARE)
        if self.language.startswith("en"):
            yield from (
                phrase for phrase in fit
                if own[phrase] >= _OWN_SHARE and _said(phrase, text) >= _SAID_ALONE and not numbers.numbers(phrase)
            )  # fmt: skip
            yield from (phrase for phrase in fit if " " in phrase and own[phrase] >= _SOME_SHARE)

    def _is_a_thing(self, phrase: str) -> bool:
        """Whether a phrase is one as English goes: behind articles rather than subjects, and no adjective alone."""
        if not self.language.startswith("en"):
            return True
        around = list(self._neighbours(phrase))
        thing = sum(before in _BEFORE_THINGS for before, _ in around)
        done = sum(before in _BEFORE_DEEDS or before.endswith("'ll") for before, _ in around)
        whole = sum(before in _BEFORE_THINGS and not is_topical(after) for before, after in around)
        if not around:
            return True
        return thing > 2 * done and whole >= 0.6 * thing

    def _neighbours(self, phrase: str) -> Iterator[tuple[str, str]]:
        """The word before and the word behind, in lower case, wherever the lecture has the phrase; "" for none."""
        parts = [words.normal(token.text) for token in words.tokens(phrase)]
        for at in self._places.get(parts[0], ()) if parts else ():
            if self._said[at : at + len(parts)] == parts:
                yield self._said[max(at - 1, 0)], "".join(self._said[at + len(parts) : at + len(parts) + 1])

    def _is_free(self, option: str) -> bool:
        keys = self._keys(option)
        inside = any(keys <= taken or (len(taken) > 1 and taken <= keys) for taken in self._taken)
        return bool(keys) and not inside and len(option) <= _LONGEST_HEADING

    def _keys(self, text: str) -> frozenset[str]:
        return frozenset(words.content(text, self.language))


_OWN_SHARE = 0.3
_SOME_SHARE = 0.12
"""Of what the lecture says of a phrase, as much is said in the section that it names; less will do where nothing
else names it."""
_SAID_ALONE = 4
"""Times that a word is said that names a section by itself."""
_SENTENCES_WITH_IT = 2
_BEFORE_THINGS = rules.DETERMINERS | rules.listed(
    "of in for with no any more many single two three by from into and or about on called like"
)
_BEFORE_DEEDS = rules.listed("to will can i we you they not would could should it don't let's")
_PHRASES = 14
_LONGEST_HEADING = 70


def _said(phrase: str, text: str) -> int:
    """How often, in the singular or plural."""
    return len(re.findall(rf"(?<!\w){re.escape(phrase.removesuffix('s'))}s?(?!\w)", text, re.IGNORECASE))


def _titled(chapter: Chapter, pieces: Sequence[Piece]) -> dict[int, _Heading]:
    """Sentence at which a slide with a title comes up -> that title."""
    found: dict[int, _Heading] = {}
    for screen in chapter.screens:
        text = editor_screens.title(screen)
        if text is None or not chapter.start_s <= screen.start_s < chapter.end_s:
            continue
        at = next((i for i, piece in enumerate(pieces) if piece.end_s > screen.start_s + 0.3), None)
        if at:
            found.setdefault(at, _Heading(at, text, 1.6))
    return found


def question(text: str, language: str) -> str | None:
    """A short question of the lecturer's, fit for a heading: "What is tokenization?"."""
    if not language.startswith("en"):
        return None
    asked = rules.LEAD_INS.sub("", text, count=1) if rules.LEAD_INS.match(text) else text
    match = re.fullmatch(r"(?:what|why|how|when|where|which)\b[^.?!]*\?", asked, re.I)
    if match is None or not 3 <= words.count(asked) <= 9:
        return None
    if re.search(r"\b(?:it|this|that|these|those|they|here|you|your|I)\b", asked):
        return None
    if not any(is_topical(token.text) for token in words.tokens(asked)):
        return None
    return asked[:1].upper() + asked[1:]


_ANNOUNCING = re.compile(
    r"\b(?:let's|let me|(?:I|we)(?:'ll| will|'d like to| want to| wanted to| would like to| are going to)?)"
    r"(?: (?:now|just|briefly|next|also|first|start|try to|continue))*"
    r" (?:talk about|(?:take a )?look at|looking at|turn to|cover|(?:begin|start) with|implement|discuss|introduce|"
    r"(?:go|walk) through|move on to|explain|train|build|introduce you to|turn to is(?: that of)?) "
    r"(?P<what>[^.,;:?!]+)",
    re.IGNORECASE,
)
_WHAT_ENDS = re.compile(
    r" (?!of\b)(?=(?:that|which|who|because|so|but|when|if|where|here|for|using|with|at|by|as|is|are|was|to|in|on|"
    r"and|how|from|now|then|we|you|I|it|again|briefly|next|first)\b)"
)


def announced(text: str, language: str) -> str | None:
    """What a sentence says comes next, in its words: "Let's now turn to encodings." gives "Encodings"."""
    match = _ANNOUNCING.search(text) if language.startswith("en") else None
    if match is None:
        return None
    what = _WHAT_ENDS.split(match["what"].strip(), maxsplit=1)[0]
    what = re.sub(r"^(?:the|a|an|some|our|all|another|this|these|one)\b ?", "", what)
    tokens = [words.normal(token.text) for token in words.tokens(what)]
    fit = 1 <= len(tokens) <= 6 and is_topical(tokens[-1]) and is_topical(tokens[0])
    return what[:1].upper() + what[1:] if fit else None


# ------------------------------------------------------------------------------------------------- terms

_NO_TERM = r"(?!(?:is|are|and|or|of|in|so|that|which|to)\b)"
_PHRASE = rf"(?P<term>[A-Za-z][\w-]*(?: {_NO_TERM}[A-Za-z][\w-]*){{0,3}})"
_CALL = r"\b(?:we|I|you|people|they)(?:'ll| will| can| would)? call (?:this|that|these|it|them)"
_CALLED = r"\b(?:is|are|was|'s|'re) (?:what(?:'s| is) )?(?:called|known as|referred to as)"
_DEFINITIONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_CALLED} (?:an? |the )?{_PHRASE}",
        rf"{_CALL} (?:an? |the )?{_PHRASE}",
        rf"{_PHRASE} (?:stands for|is short for) ",
        rf"^(?:(?:So|Now|And|But),? )?(?:[Aa]n? |[Tt]he )?{_PHRASE} (?:is|are) (?:just )?(?:an?|the) \w+",
    )
)
_IS_A = _DEFINITIONS[-1]


def terms(edited: Mapping[str, Sequence[Piece]], whole: str, language: str) -> list[Term]:
    """Terms where a sentence says what they are ("X is a ...", "this is called X"), each at its first definition."""
    if not language.startswith("en"):
        return []
    said = Counter(words.content(whole))
    found: dict[str, Term] = {}
    for chapter_id, pieces in edited.items():
        for piece in pieces:
            for term in _defined_in(piece.text, said, whole):
                key = words.normal(term).removesuffix("s")
                if key not in found:
                    found[key] = Term(
                        term=term,
                        definition=_without_opener(piece.text),
                        chapter=chapter_id,
                        sentence=piece.sentences[0],
                    )
    return list(found.values())


def _defined_in(text: str, said: Counter[str], whole: str) -> Iterable[str]:
    if text.endswith("?") or words.count(text) > 40 or words.count(text) < 5:
        return
    for pattern in _DEFINITIONS:
        for match in pattern.finditer(text):
            term = match["term"] if pattern is _IS_A else _trimmed(match["term"])
            keys = words.content(term)
            common = min((said[key] for key in keys), default=0)
            whole_count = len(re.findall(rf"\b{re.escape(term)}\b", whole, re.IGNORECASE)) if term else 0
            if keys and common >= 2 and whole_count >= 2 and not _is_vague(term) and _is_special(term):
                yield term


def _is_special(term: str) -> bool:
    """Several words, a capital inside it, or a word that is rare in the language at large."""
    return (
        " " in term or any(c.isupper() or c.isdigit() for c in term[1:]) or commonness(term, "en") < _COMMON
    )


_COMMON = 4.0
"""Zipf frequency from which a word is everyday language (10 in a million words)."""


def _trimmed(term: str) -> str:
    """Without function words at either end."""
    parts = term.split()
    while parts and words.normal(parts[-1]) in words.FUNCTION_WORDS:
        parts.pop()
    while parts and words.normal(parts[0]) in words.FUNCTION_WORDS:
        parts.pop(0)
    return " ".join(parts)


def _is_vague(term: str) -> bool:
    parts = [words.normal(part) for part in term.split()]
    vague = {"video", "example", "reason", "problem", "question", "answer", "goal", "point", "idea", "lecture", "case",
             "way", "time", "number", "rest", "result", "part", "order", "name", "word", "first", "second", "third",
             "next", "last", "final", "main", "other", "new", "big", "paper", "issue", "trick", "hint"}  # fmt: skip
    inner = any(part in words.FUNCTION_WORDS for part in parts)
    return (
        inner
        or parts[-1] in vague
        or parts[0] in vague
        or len(term) < 3
        or any(p.endswith("ly") for p in parts)
    )


# -------------------------------------------------------------------------------------------- references

_URL = re.compile(r"https?://[^\s<>()\"']*[^\s<>()\"'.,;:!?]")
_PAPER = re.compile(
    r"(?:[Pp]aper|[Aa]rticle|[Bb]ook|[Bb]log post) (?:called|titled|entitled|named) [\"“]?"
    r"(?P<called>[A-Z][^.?!,\"”]{3,100})"
    r"|\b[Ii]t(?:'s| is) called [\"“]?(?P<it>[A-Z][\w'-]+(?: (?:[A-Z][\w'-]+|of|with|for|and|in|the|to|on|a)){2,12})"
    r"|\b[Tt]he (?P<named>[A-Z][\w-]*(?: [A-Z\d][\w-]*){0,4}) (?:paper|article)\b"
)
_BY = re.compile(
    r"\b(?:by|is from|comes from|was from|author|professor|Professor|Dr\.?|from(?= [A-Z]\w+ [A-Z]\w+,? who\b)) "
    r"(?P<people>[A-Z][a-z'’-]+(?: [A-Z][\w'’-]*)+(?:(?:, (?:and )?| and )[A-Z][a-z'’-]+(?: [A-Z][\w'’-]*)+)*)"
)


def references(
    video: SourceVideo, chapters: Sequence[Chapter], edited: Mapping[str, Sequence[Piece]]
) -> list[Reference]:
    """Papers and people that are spoken of, and links of the description and the screens."""
    found: dict[tuple[str, str], Reference] = {}
    pieces = [piece for pieces in edited.values() for piece in pieces]
    for kind, title, url, sentences in (*_spoken(pieces), *_described(video), *_on_screens(chapters)):
        key = (kind, identifiers.bare(url or title))
        before = found[key].sentences if key in found else ()
        title = found[key].title if key in found else title
        every = tuple(dict.fromkeys((*before, *sentences)))
        found[key] = Reference(kind=kind, title=title, url=url, sentences=every)
    return list(found.values())


_Mention = tuple[Literal["paper", "person", "link"], str, str | None, tuple[str, ...]]


def _spoken(pieces: Sequence[Piece]) -> Iterator[_Mention]:
    for piece in pieces:
        where = piece.sentences[:1]
        for match in _PAPER.finditer(piece.text):
            title = next(group for group in match.groupdict().values() if group)
            yield "paper", f"{title} paper" if match["named"] else title.strip(), None, where
        for match in _BY.finditer(piece.text):
            for person in re.split(r", and |, | and ", match["people"]):
                yield "person", person, None, where
        for match in _URL.finditer(piece.text):
            yield "link", match[0], match[0], where


def _described(video: SourceVideo) -> Iterator[_Mention]:
    for line in video.description.splitlines():
        for match in _URL.finditer(line):
            label = line[: match.start()].strip(" -–—•*:\t") or match[0]
            yield "link", label[:200], match[0], ()


def _on_screens(chapters: Sequence[Chapter]) -> Iterator[_Mention]:
    for screen in (screen for chapter in chapters for screen in chapter.screens):
        for match in _URL.finditer(screen.text):
            yield "link", match[0], match[0], _said_during(screen, chapters)


def _said_during(screen: Screen, chapters: Sequence[Chapter]) -> tuple[str, ...]:
    spoken: Iterable[Sentence] = (sentence for chapter in chapters for sentence in chapter.sentences)
    return tuple(s.id for s in spoken if s.end_s > screen.start_s and s.start_s < screen.end_s)[:1]
