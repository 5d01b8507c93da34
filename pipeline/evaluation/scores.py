"""An article's scores: what it keeps of the lecture, what it adds, where it points, what in it is wrong.

None of it asks a model; every count comes with the words it rests on, so that it can be looked up.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pipeline import languages
from pipeline.checks.reading import coverage, held, sentences
from pipeline.evaluation.alignment import LEAST_WORDS, NOT_ALIGNED, Span, align
from pipeline.evaluation.articles import Article, Part
from pipeline.evaluation.transcripts import Spoken
from pipeline.models import Model
from pipeline.reference import Reference
from pipeline.text import identifiers, numbers, words

__all__ = ["Chapters", "Links", "Scores", "score"]

NEAR_CHAPTER_S = 30.0
"""A chapter's beginning is found where one is stated or told within so many seconds of it."""
NEAR_LINK_S = 10.0
_KEPT = 0.55
"""Share of a spoken sentence's content words, by weight, that the article holds where it tells of it."""
_LEAST_WEIGHT = 1.2
_SUMMED_UP = 0.5
"""Share of a conclusion's content words, by weight, that are said where the lecturer sums up."""
_SURE = 0.5
"""Share of a part's words that its stretch holds, from which on it says how far the article goes."""
_AROUND = 2
"""Sentences before and after a part's stretch that it may tell of too."""


class Chapters(Model):
    """Beginnings of chapters, within the stretch of the lecture that the article tells of."""

    there: int
    found: int
    f1: float
    """Within 30 s."""


class Links(Model):
    """Moments that parts name, against the moments at which their words are said."""

    count: int
    within_10_s: float
    """Share."""
    median_s: float
    p90_s: float


class Scores(Model):
    """All of it; shares in [0, 1], rounded to four places."""

    article_words: int
    spoken_words: int
    parts: int
    """Paragraphs, items, captions and the like that say enough to be looked up."""
    parts_found: float
    """Share of them whose words were found in the lecture."""
    from_s: float
    until_s: float
    """The stretch of the lecture that the article tells of."""
    content_kept: float
    """Share of the content words spoken that the article holds, counted as often as they come."""
    content_kept_in_stretch: float
    sentences_kept_in_stretch: float
    """Share of the spoken sentences most of whose words stand where the article tells of them."""
    numbers_said: int
    numbers_kept: float
    numbers_kept_in_stretch: float
    """Distinct numbers of two digits or more."""
    numbers_stated: int
    numbers_supported: float
    numbers_unsupported: tuple[str, ...]
    names_stated: int
    names_unsupported: tuple[str, ...]
    chapters: Chapters | None
    """None where no chapters were given to compare with."""
    links: Links | None
    """None where no part that was found names a moment."""
    code_blocks: int
    code_checked: int
    """Blocks in a language that a checker is at hand for."""
    code_faults: tuple[str, ...]
    claims_true: int
    claims_false: tuple[str, ...]
    claims_unknown: int
    repeated_definitions: tuple[str, ...]
    stray_conclusions: tuple[str, ...]


def score(
    article: Article,
    spoken: Spoken,
    chapters_s: Sequence[float] | None = None,
    reference: Reference | None = None,
) -> Scores:
    """Score an article.

    Args:
        spoken: the lecture's words.
        chapters_s: where its chapters begin, to compare with; None: they are not compared.
        reference: decides statements about the subject; None: none are decided.
    """
    language, said = spoken.language, spoken.sentences
    spans = align(article.parts, said, language)
    found = [span for span in spans if span is not None]
    first, last = _stretch(found)
    stretch = said[first : last + 1]
    prose = "\n".join(part.text for part in article.parts if part.kind not in ("code", "label"))
    everything = "\n".join(part.text for part in article.parts)
    tellable = sum(
        span is not None
        or (part.kind not in NOT_ALIGNED and len(set(words.content(part.text, language))) >= LEAST_WORDS)
        for part, span in zip(article.parts, spans, strict=True)
    )
    stated, unsupported = _numbers_stated(prose, spoken)
    names, strange = _names(prose, spoken)
    checked = [part for part in article.parts if part.kind == "code" and _has_checker(part)]
    claims = [
        claim
        for text, is_html in article.sources
        for claim in (reference.claims(text, html=is_html) if reference else ())
    ]
    inside = " ".join(one.text for one in stretch)
    return Scores(
        article_words=words.count(everything),
        spoken_words=words.count(spoken.text),
        parts=tellable,
        parts_found=_share(len(found), tellable),
        from_s=round(stretch[0].start_s, 1) if stretch else 0.0,
        until_s=round(stretch[-1].end_s, 1) if stretch else 0.0,
        content_kept=_kept(spoken.text, everything, language),
        content_kept_in_stretch=_kept(inside, everything, language),
        sentences_kept_in_stretch=_sentences_kept(article.parts, spans, spoken, range(first, last + 1)),
        numbers_said=len(set(numbers.values(spoken.text, language, 2))),
        numbers_kept=_numbers_kept(spoken.text, everything, language),
        numbers_kept_in_stretch=_numbers_kept(inside, everything, language),
        numbers_stated=stated,
        numbers_supported=_share(stated - len(unsupported), stated),
        numbers_unsupported=unsupported,
        names_stated=names,
        names_unsupported=strange,
        chapters=_chapters(article, spans, spoken, chapters_s, (first, last)),
        links=_links(article.parts, spans, spoken),
        code_blocks=sum(part.kind == "code" for part in article.parts),
        code_checked=len(checked),
        code_faults=tuple(_faults(checked)),
        claims_true=sum(claim.verdict == "true" for claim in claims),
        claims_false=tuple(f"{claim.text} ({claim.truth})" for claim in claims if claim.verdict == "false"),
        claims_unknown=sum(claim.verdict == "unknown" for claim in claims),
        repeated_definitions=tuple(_repeated_definitions(article.parts, language)),
        stray_conclusions=tuple(_stray_conclusions(article.parts, spans, spoken)),
    )  # fmt: skip


def _stretch(spans: Sequence[Span]) -> tuple[int, int]:
    """First and last sentence told of, by the parts that were found surely where there are such; (0, -1) for none."""
    sure = [span for span in spans if span.share >= _SURE] or spans
    return (min(span.first for span in sure), max(span.last for span in sure)) if sure else (0, -1)


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 1.0


# ------------------------------------------------------------------------------------------- words, numbers


def _kept(source: str, text: str, language: str) -> float:
    there, spoken = Counter(words.content(text, language)), Counter(words.content(source, language))
    return _share((there & spoken).total(), spoken.total())


def _sentences_kept(
    parts: Sequence[Part], spans: Sequence[Span | None], spoken: Spoken, stretch: range
) -> float:
    texts: dict[int, list[str]] = {}
    for part, span in zip(parts, spans, strict=True):
        if span is not None:
            for number in range(span.first - _AROUND, span.last + _AROUND + 1):
                texts.setdefault(number, []).append(part.text)
    kept = total = 0
    for number in stretch:
        there = held("\n".join(texts.get(number, ())), spoken.language)
        found = coverage(spoken.sentences[number].text, there, spoken.language)
        if found.weight >= _LEAST_WEIGHT:
            total += 1
            kept += found.share >= _KEPT
    return _share(kept, total)


def _numbers_kept(source: str, text: str, language: str) -> float:
    said = {n.value for n in numbers.numbers(source, language) if not n.weak and n.digits >= 2}
    return _share(len(said) - len(numbers.lost(source, text, language, min_digits=2)), len(said))


def _numbers_stated(prose: str, spoken: Spoken) -> tuple[int, tuple[str, ...]]:
    stated = {n.value for n in numbers.numbers(prose, spoken.language) if not n.weak}
    source = f"{spoken.text}\n{spoken.shown}"
    return len(stated), tuple(n.surface for n in numbers.unsupported(source, prose, spoken.language))


def _names(prose: str, spoken: Spoken) -> tuple[int, tuple[str, ...]]:
    source = f"{spoken.text}\n{spoken.shown}"
    known = words.all_stems(source, spoken.language)
    strange = [
        one.text
        for one in identifiers.unsupported(source, prose)
        # Not addresses, numbers (counted by themselves), phrases in quotation marks, the capitals of a heading.
        if one.kind != "url"
        and re.search(r"[^\W\d]", one.text)
        and (one.kind != "quote" or re.search(r"[A-Z_\d]", one.text))
        and not words.all_stems(one.text, spoken.language) <= known
    ]
    return len({one.key for one in identifiers.named(prose) if one.kind != "url"}), tuple(
        dict.fromkeys(strange)
    )


# ------------------------------------------------------------------------------------------ chapters, links


def _chapters(
    article: Article,
    spans: Sequence[Span | None],
    spoken: Spoken,
    chapters_s: Sequence[float] | None,
    stretch: tuple[int, int],
) -> Chapters | None:
    if chapters_s is None or stretch[1] < 0:
        return None
    from_s, until_s = spoken.sentences[stretch[0]].start_s, spoken.sentences[stretch[1]].end_s
    there = [one for one in chapters_s if from_s - NEAR_CHAPTER_S <= one <= until_s]
    told = sorted(_beginnings(article, spans, spoken))
    hits = _matched(there, told)
    return Chapters(there=len(there), found=len(told), f1=_share(2 * hits, len(there) + len(told)))


def _beginnings(article: Article, spans: Sequence[Span | None], spoken: Spoken) -> Iterator[float]:
    """Where the article's chapters begin: each file, else each heading of the first level that has two."""
    places = article.chapters or _heading_places(article.parts)
    for place, end in zip(places, [*places[1:], len(article.parts)], strict=True):
        here = range(place, end)
        stated = next((s for n in here[:3] if (s := article.parts[n].stated_s) is not None), None)
        told = next((spoken.sentences[span.first].start_s for n in here if (span := spans[n])), None)
        if stated is not None or told is not None:
            yield stated if stated is not None else told or 0.0


_APPENDED = re.compile(
    r"(?:glossary|references?|bibliography|index|(?:foot)?notes|further reading|credits|how this was checked)\W*$",
    re.IGNORECASE,
)


def _heading_places(parts: Sequence[Part]) -> tuple[int, ...]:
    for level in range(1, 7):
        places = tuple(
            n
            for n, part in enumerate(parts)
            if part.kind == "heading" and part.level == level and not _APPENDED.match(part.text)
        )
        if len(places) > 1:
            # What stands before the first heading is a chapter too, unless it is the title alone.
            opens = any(part.kind == "paragraph" for part in parts[: places[0]])
            return (0, *places) if opens else places
    return (0,)


def _matched(there: Sequence[float], told: Sequence[float]) -> int:
    """Pairs within bounds, the nearest first, each taken once."""
    pairs = sorted(
        (abs(a - b), i, j)
        for i, a in enumerate(there)
        for j, b in enumerate(told)
        if abs(a - b) <= NEAR_CHAPTER_S
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, i, j in pairs:
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
    return len(taken[0])


def _links(parts: Sequence[Part], spans: Sequence[Span | None], spoken: Spoken) -> Links | None:
    errors = sorted(
        _distance(part.stated_s, span, spoken)
        for part, span in zip(parts, spans, strict=True)
        if part.stated_s is not None and span is not None
    )
    if not errors:
        return None
    return Links(
        count=len(errors),
        within_10_s=_share(sum(error <= NEAR_LINK_S for error in errors), len(errors)),
        median_s=round(statistics.median(errors), 1),
        p90_s=round(errors[min(len(errors) - 1, int(0.9 * len(errors)))], 1),
    )


def _distance(stated_s: float, span: Span, spoken: Spoken) -> float:
    """Seconds from the moment named to where the part's words begin; none within their first sentence."""
    begins = spoken.sentences[span.first]
    if begins.start_s <= stated_s <= begins.end_s:
        return 0.0
    return abs(stated_s - begins.start_s)


# ----------------------------------------------------------------------------------------------------- code


def _has_checker(part: Part) -> bool:
    return languages.told(part.text, part.language) in languages.CHECKED


def _faults(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if (wrong := languages.fault(part.text, part.language)) is not None:
            yield f"{languages.told(part.text, part.language)}: {wrong}, in {part.text.strip().splitlines()[0][:60]}"


# ------------------------------------------------------------------------------- definitions and conclusions

_DEFINITION = re.compile(
    r"^(?:(?:so|now|and|in short|in other words|here),? )?(?:an? |the )?(?P<term>[\w`*-]+(?: [\w`*-]+){0,3}?)"
    r"(?:,? (?:also|or) [^,.]{1,40},?| \([^)]{1,40}\))?"
    r" (?:is|are|means|refers to|stands for|is defined as|are defined as) "
    r"(?:simply |just |basically |essentially |called )?(?P<what>(?:an?|the|what|how|when)\b.{8,})",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"^(?:it|this|that|these|those|there|here|he|she|they|we|i|you|which|what|one|another|the (?:first|second|third"
    r"|last|next|other|same|result|reason|idea|point|question|answer|problem|goal|thing|rest|latter|former).*)$",
    re.IGNORECASE,
)
_ALIKE = 0.3
"""Share of the words that two definitions of one term have in common, of the shorter one's."""


def _repeated_definitions(parts: Sequence[Part], language: str) -> Iterator[str]:
    """Terms that are told twice what they are."""
    told: dict[tuple[str, ...], list[set[str]]] = {}
    for part in parts:
        if part.kind not in ("paragraph", "item", "quote"):
            continue
        for sentence in sentences(part.text):
            match = _DEFINITION.match(sentence)
            if match is None or _POINTING.match(match["term"]):
                continue
            term = tuple(words.content(match["term"], language))
            what = set(words.content(match["what"], language))
            if not term or not what:
                continue
            before = told.setdefault(term, [])
            if any(len(what & other) >= max(2, _ALIKE * min(len(what), len(other))) for other in before):
                yield sentence
            before.append(what)


_CONCLUDES = re.compile(
    r"\b(?:in (?:conclusion|summary|closing|essence|short)\b|to (?:conclude|summari[sz]e|sum up|wrap up|recap)\b|"
    r"(?:in|throughout) this (?:section|chapter|article|post|lesson|tutorial|guide),? (?:we|you|i)\b|"
    r"we(?: have|'ve|’ve) (?:now )?(?:seen|explored|covered|learned|discussed|examined|looked at) "
    r"(?:how|that|why|the)\b|"
    r"in the (?:next|following|upcoming) (?:section|chapter|part)s?,? (?:we|you)\b|"
    r"by understanding\b|overall, |ultimately, |all in all\b|key takeaways?\b|"
    r"(?:this|the) (?:section|chapter|article|post) (?:has )?"
    r"(?:covers?|covered|explores?|explored|provide[sd]|introduced?s?)\b)",
    re.IGNORECASE,
)
_CLOSING_HEADING = re.compile(
    r"^\W*(?:\d+\.?)?\s*(?:conclusions?|summary|key takeaways?|takeaways|wrapping up|"
    r"final thoughts|in summary|recap)\W*$",
    re.IGNORECASE,
)
_SUMS_UP = re.compile(
    r"\b(?:sum(?:ming)? (?:it |this |that )?up|summar\w+|conclu\w+|recap\w*|wrap\w* (?:it |this )?up|in short|overall|"
    r"takeaway|final (?:thoughts|recommendations)|we(?:'ve| have) (?:seen|covered|talked|looked))\b",
    re.IGNORECASE,
)  # fmt: skip


def _stray_conclusions(parts: Sequence[Part], spans: Sequence[Span | None], spoken: Spoken) -> Iterator[str]:
    """Summings-up and announcements that the lecturer did not speak."""
    near = _telling(spans)
    for number, part in enumerate(parts):
        if part.kind == "code":
            continue
        closing = part.kind == "heading" and _CLOSING_HEADING.match(part.text)
        for sentence in [part.text] if part.kind == "heading" else sentences(part.text):
            if (closing or _CONCLUDES.search(sentence)) and not _spoken_so(sentence, near[number], spoken):
                yield sentence


def _telling(spans: Sequence[Span | None]) -> list[Span | None]:
    """For each part its stretch, or that of the nearest part before or after that has one."""
    near = list(spans)
    for order in (range(1, len(near)), range(len(near) - 2, -1, -1)):
        for number in order:
            beside = near[number - 1 if order.step > 0 else number + 1]
            near[number] = near[number] if near[number] is not None else beside
    return near


def _spoken_so(sentence: str, span: Span | None, spoken: Spoken) -> bool:
    if span is None:
        return False
    said = " ".join(one.text for one in spoken.sentences[max(span.first - 6, 0) : span.last + 7])
    if not (_SUMS_UP.search(said) or _CONCLUDES.search(said)):
        return False
    # The lecturer sums up as well: then it has to be that which is summed up.
    found = coverage(sentence, held(said, spoken.language), spoken.language)
    return found.lacking < _LEAST_WEIGHT or found.share >= _SUMMED_UP
