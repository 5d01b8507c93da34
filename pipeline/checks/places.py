"""Does what stands on the page stand where it belongs in the lecture? Sources, links, order, figures, even slices."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.checks.evidence import Evidence, is_prose, text_of
from pipeline.checks.reading import coverage, held, sentences
from pipeline.models import Block, Chapter, Figure, Paragraph, Problem, Sentence
from pipeline.times import clock

NEAR_S = 10.0
"""How far from its words a link may land."""
_THERE, _ELSEWHERE = 0.5, 0.75
"""Share of a written sentence's content words, by weight: below the first it was not said where the block says, from
the second on it was said somewhere else."""
_UNHEARD = 0.34
_LEAST_WEIGHT = 1.2
_EVEN, _FEW = 0.01, 6


def check_sources(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """A block names sentences of its own chapter, in order, and prose names one at least."""
    known = {one.id for one in evidence.chapter.sentences}
    foreign = [name for name in block.sentences if name not in known]
    if foreign:
        yield evidence.problem("source", "names sentences of another chapter", tuple(foreign))
    if not block.sentences and is_prose(block) and sentences(text_of(block)) and block.writer != "person":
        yield evidence.problem("source", "names no sentence of the lecture", ())


def check_link(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """The block's link lands within ten seconds of its words."""
    if not is_prose(block) or not evidence.sentences:
        return
    link_s, language = evidence.sentences[0].start_s, evidence.language
    page = held(text_of(block), language)
    heard = [one for one in evidence.sentences if _is_told(one, page, language)]
    if (
        heard
        and heard[0].start_s - link_s > NEAR_S
        and not _is_told(evidence.sentences[0], page, language, _UNHEARD)
    ):
        yield _off(evidence, link_s, heard[0])
        return
    cited = held(evidence.said, language)
    for sentence in sentences(text_of(block)):
        here = coverage(sentence, cited, language)
        if here.weight < _LEAST_WEIGHT or here.share >= _THERE:
            continue
        place = _said_elsewhere(sentence, evidence)
        if place is not None and not _within(place, evidence):
            yield _off(evidence, link_s, place)
            return


def _is_told(said: Sentence, page: frozenset[str], language: str, least: float = _THERE) -> bool:
    found = coverage(said.text, page, language)
    return found.weight >= _LEAST_WEIGHT / 2 and found.share >= least


def _said_elsewhere(sentence: str, evidence: Evidence) -> Sentence | None:
    """The sentence of the chapter that says this, alone or with the next."""
    everything, language = evidence.chapter.sentences, evidence.language
    for at, one in enumerate(everything):
        window = " ".join(near.text for near in everything[at : at + 2])
        if coverage(sentence, held(window, language), language).share >= _ELSEWHERE:
            return one
    return None


def _within(place: Sentence, evidence: Evidence) -> bool:
    first, last = evidence.sentences[0], evidence.sentences[-1]
    return first.start_s - NEAR_S <= place.start_s <= last.end_s + NEAR_S


def _off(evidence: Evidence, link_s: float, place: Sentence) -> Problem:
    far_s = abs(place.start_s - link_s)
    where = "before" if link_s < place.start_s else "after"
    return evidence.problem(
        "time", f"the link lands {far_s:.0f} s {where} the words, which were said at {clock(place.start_s)}",
        (clock(link_s), clock(place.start_s)), place,
    )  # fmt: skip


def check_order(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Paragraphs follow the lecture: none goes back behind where the one before it began."""
    if not isinstance(block, Paragraph) or not evidence.sentences or not evidence.began_s:
        return
    began_s = evidence.began_s
    if evidence.sentences[0].start_s < began_s - NEAR_S:
        yield evidence.problem(
            "time", f"goes back to {clock(evidence.sentences[0].start_s)}, behind the paragraph before it",
            (clock(evidence.sentences[0].start_s), clock(began_s)),
        )  # fmt: skip


def check_figure(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """A figure stands where its screen is up: in the stretch of the lecture that the text around it is from."""
    if not isinstance(block, Figure):
        return
    screens = [one for one in evidence.chapter.screens if one.id in block.screens]
    if not screens:
        yield evidence.problem("place", "shows a screen of another chapter", tuple(block.screens))
        return
    moments = [one.start_s for one in evidence.sentences] or ([evidence.began_s] if evidence.began_s else [])
    chunks = [one for one in evidence.chapter.chunks if any(one.start_s <= at < one.end_s for at in moments)]
    shown = {(one.start_s, one.end_s) for one in screens}
    if chunks and not any(a < chunk.end_s and chunk.start_s < b for a, b in shown for chunk in chunks):
        at_s = screens[0].start_s
        yield evidence.problem(
            "place", f"the screen is up at {clock(at_s)}, not where its text is", (clock(at_s),)
        )


def sliced_evenly(starts_s: Sequence[float]) -> bool:
    """Whether moments follow one another so evenly that a clock set them and no lecturer.

    >>> sliced_evenly([0, 259, 519, 778, 1037, 1297, 1556]), sliced_evenly([0, 58, 106, 168, 231, 264, 314])
    (True, False)
    """
    lengths = [after - before for before, after in pairwise(starts_s)]
    if len(lengths) < _FEW or min(lengths) <= 0:
        return False
    return statistics.pstdev(lengths) / statistics.fmean(lengths) < _EVEN


def times_of(chapter: Chapter) -> tuple[str, ...]:
    """What is wrong with a chapter's times: sentences outside it, or out of order."""
    wrong = [
        f"sentence {one.id} at {clock(one.start_s)} lies outside the chapter"
        for one in chapter.sentences
        if not chapter.start_s - NEAR_S <= one.start_s <= chapter.end_s + NEAR_S
    ]
    wrong += [
        f"sentence {after.id} at {clock(after.start_s)} goes back in time"
        for before, after in pairwise(chapter.sentences)
        if after.start_s < before.start_s
    ]
    return tuple(wrong)
