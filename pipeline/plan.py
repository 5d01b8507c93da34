"""What writing a lecture will take: calls, tokens, pictures, price and time, known before a model is called.

The calls are the ones the `openai` writer will make, rendered and counted; what they answer is estimated from the words
spoken. Prices come from the config and from nowhere else. How many blocks fail their check and are asked again, only
the checks can tell: the plan expects a tenth of each chapter's, in one call, and says so.
"""

from __future__ import annotations

import heapq
import os.path
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config import OpenAIOptions
from pipeline.interfaces import Assignment, Request
from pipeline.models import Chapter, Chapters, Outline, OutlineChapter, SourceVideo
from pipeline.replies import Usage
from pipeline.runner import Run
from pipeline.snippet_places import snippet_places
from pipeline.text import words
from pipeline.text.tokens import estimate
from pipeline.times import spell
from pipeline.unit_keys import part_of
from pipeline.writers.endpoint import EndpointWriter
from pipeline.writers.endpoint_budget import cost

__all__ = ["Plan", "by_hand", "compared", "in_words", "make_plan", "price_in_words"]

FIRST_S = 1.0
"""Until a reply begins."""
_UNSEEN_PLAN_TOKENS = 90
"""Of headings and terms in a call, while the outline is not made."""
_BEFORE_TOKENS = 130
_WORDS_KEPT = 0.85
_TOKENS_PER_WORD = 1.25
_FORM_TOKENS_PER_WORD = 0.6
"""JSON around the text: field names and ids."""
_OUTLINE_TOKENS_PER_WORD = 0.3
_REPAIRED = 0.1
"""Share of a chapter's blocks that is expected to fail its check once."""
_REPAIR_TOKENS = 450
"""Of a repair's prompt, without blocks and sentences."""
_CACHE_FROM, _CACHE_STEP = 1024, 128
"""The shortest beginning that prompt caches serve, and the steps they do it in."""


@dataclass(frozen=True)
class Call:
    """One call as far as it can be foreseen."""

    text: str
    tokens_in: int
    tokens_out: int
    images: int = 0
    chapter: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be done, in numbers."""

    writer: str
    model: str
    chapters: int
    """Chapters to be written."""
    calls: int
    outline_calls: int
    tokens_in: int
    tokens_cached: int
    """Of these, what a provider's prompt cache serves, where there is one."""
    tokens_out: int
    images: int
    price: float | None
    """In the prices' currency; None where a price is not known."""
    seconds: float
    repairs: int = 0
    """Calls for blocks that fail their check, as expected; not among `calls`, but in the price."""
    repair_tokens_in: int = 0
    repair_tokens_out: int = 0
    pictures: int = 0
    """Pictures to be generated, one a chapter."""
    kept: int = 0
    """Calls whose replies are kept from a run before: they cost nothing."""


def make_plan(run: Run) -> Plan:
    """The plan of what is out of date. Chapters have to be there; no model is called.

    Args:
        run: a run over the lecture; of its stages, `outline` and `write` are looked at.
    """
    options = run.config.openai
    outline_stale, stale = run.to_be_written()
    chapters = run.store.read(Chapters)
    writer = run.toolbox.writer("openai", lambda done, total, note: None)
    assert isinstance(writer, EndpointWriter)
    video = run.store.read(SourceVideo)
    outline = _plain_outline(video, chapters, run) if outline_stale else run.store.read(Outline)
    first: list[Call] = []
    if outline_stale:
        first = _outline_calls(writer, video, chapters.chapters, outline.language)
    texts: list[Call] = []
    kept = 0
    for name in stale:
        chapter = chapters.find(name)
        asked = run.requested(name)
        assignment = Assignment(chapter, part_of(outline, name), run.folder, asked.sample, asked.notes)
        planned, paid = writer.planned(assignment)
        texts += [
            _text_call(request, spoken, name, place, outline_stale, options)
            for place, (request, spoken) in enumerate(planned)
        ]
        kept += paid
    return _summed(first, texts, kept, len(stale), run, writer.model or "")


def _plain_outline(video: SourceVideo, chapters: Chapters, run: Run) -> Outline:
    """What is known of the outline before it is made: the titles, and the snippets that will be offered."""
    return Outline(
        title=video.title,
        author=video.author,
        language=chapters.language or video.language or "en",
        made_by="",
        chapters=tuple(OutlineChapter(id=one.id, title=one.title, summary="") for one in chapters.chapters),
        snippets=snippet_places(run.toolbox.reference(), video.video_key, chapters.chapters),
    )


def _outline_calls(
    writer: EndpointWriter, video: SourceVideo, chapters: Sequence[Chapter], language: str
) -> list[Call]:
    calls = []
    for request in writer.outliner.requests(video, chapters, language):
        text = _text(request)
        spoken = words.count(request.messages[-1].text)
        calls.append(Call(text, estimate(text), round(spoken * _OUTLINE_TOKENS_PER_WORD) + 60))
    if writer.outliner.needs_whole(chapters, language):
        size = 400 + 90 * len(chapters)
        calls.append(Call("", size, 20 * len(chapters) + 100))
    return calls


def _text_call(
    request: Request, spoken: int, chapter: str, place: int, outline_stale: bool, options: OpenAIOptions
) -> Call:
    text = _text(request)
    images = sum(len(message.images) for message in request.messages)
    unseen = (_UNSEEN_PLAN_TOKENS if outline_stale else 0) + (_BEFORE_TOKENS if place else 0)
    written = spoken * (_WORDS_KEPT * _TOKENS_PER_WORD + _FORM_TOKENS_PER_WORD)
    return Call(
        text, estimate(text) + unseen + images * options.image_tokens, round(written) + 20, images, chapter
    )


def _text(request: Request) -> str:
    return "\n".join(message.text for message in request.messages)


def _summed(
    first: Sequence[Call], texts: Sequence[Call], kept: int, chapters: int, run: Run, model: str
) -> Plan:
    options, everything = run.config.openai, [*first, *texts]
    pictures = chapters if run.config.images.model is not None else 0
    tokens_in = sum(call.tokens_in for call in everything)
    cached = _cached(first) + _cached(texts)
    tokens_out = sum(call.tokens_out for call in everything)
    again = [_repair(texts, name) for name in dict.fromkeys(call.chapter for call in texts)]
    again = again if run.config.verify.repair else []
    more_in, more_out = sum(call.tokens_in for call in again), sum(call.tokens_out for call in again)
    price = cost(options, tokens_in + more_in, cached, tokens_out + more_out)
    return Plan(
        writer="openai",
        model=model,
        chapters=chapters,
        calls=len(everything),
        outline_calls=len(first),
        tokens_in=tokens_in,
        tokens_cached=cached,
        tokens_out=tokens_out,
        images=sum(call.images for call in everything),
        price=_with_pictures(price, pictures, run.config.images.price),
        repairs=len(again),
        repair_tokens_in=more_in,
        repair_tokens_out=more_out,
        pictures=pictures,
        seconds=_seconds(first, [*texts, *again], options.tokens_per_s, run.config.write.parallel),
        kept=kept,
    )


def _repair(texts: Sequence[Call], chapter: str) -> Call:
    """The one call expected for blocks of a chapter that fail: they go back with their sentences."""
    mine = [call for call in texts if call.chapter == chapter]
    written = sum(call.tokens_out for call in mine)
    return Call(
        "", round(_REPAIR_TOKENS + 2 * _REPAIRED * written), round(_REPAIRED * written), chapter=chapter
    )


def _with_pictures(price: float | None, pictures: int, each: float | None) -> float | None:
    if not pictures:
        return price
    return None if price is None or each is None else price + pictures * each


def _cached(calls: Sequence[Call]) -> int:
    """Tokens that a cache serves if the first call of a kind fills it for the others."""
    texts = [call.text for call in calls if call.text]
    if len(texts) < 2:
        return 0
    shared = estimate(os.path.commonprefix(texts))  # noqa: RUF071 - of texts, letter by letter, is what is wanted
    return (len(texts) - 1) * (shared // _CACHE_STEP * _CACHE_STEP if shared >= _CACHE_FROM else 0)


def _seconds(first: Sequence[Call], texts: Sequence[Call], tokens_per_s: float, at_a_time: int) -> float:
    """Parts of the outline side by side, then what makes them one, then chapters side by side, the longest first."""
    parts = [FIRST_S + call.tokens_out / tokens_per_s for call in first if call.text]
    whole = sum(FIRST_S + call.tokens_out / tokens_per_s for call in first if not call.text)
    chapters: dict[str, float] = {}
    for call in texts:
        took = FIRST_S + call.tokens_out / tokens_per_s
        chapters[call.chapter] = chapters.get(call.chapter, 0.0) + took
    return _side_by_side(parts, at_a_time) + whole + _side_by_side(list(chapters.values()), at_a_time)


def _side_by_side(durations: Sequence[float], at_a_time: int) -> float:
    """When the last is done, each taken up by whoever is free first, the longest first.

    >>> _side_by_side([3.0, 2.0, 2.0, 1.0], 2)
    4.0
    """
    free = [0.0] * max(at_a_time, 1)
    for took in sorted(durations, reverse=True):
        heapq.heapreplace(free, free[0] + took)
    return max(free)


# ------------------------------------------------------------------------------------------------ in words


def by_hand(run: Run) -> str:
    """The plan of a writer that asks no endpoint."""
    _, stale = run.to_be_written()
    chapters = run.store.read(Chapters)
    spoken = sum(words.count(one.text) for name in stale for one in chapters.find(name).sentences)
    name = run.toolbox.writer_name(run.config)
    speed = _WORDS_PER_S[name]
    images = run.config.images
    if images.model is not None:
        drawn = _with_pictures(0.0, len(stale), images.price)
        pictures = f"{len(stale)} pictures are asked of {images.model}"
    else:
        drawn, pictures = 0.0, "no endpoint is asked, and nothing is sent anywhere"
    return (
        f"{len(stale)} chapter{'' if len(stale) == 1 else 's'} to write with the {name} writer, on this machine\n"
        f"  calls                  0   {pictures}\n"
        f"  price       {price_in_words(drawn) if drawn != 0 else '0':>12}\n"
        f"  time        {spell(spoken / speed):>12}   about, for {spoken:,} words at {speed:g} a second"
    )


_WORDS_PER_S = {"local": 11.0, "editor": 2_000.0}
"""Words spoken that a writer gets through in a second on two cores, as measured."""


def in_words(plan: Plan, options: OpenAIOptions, at_a_time: int) -> str:
    """The plan as a person reads it, a line for each number."""
    lines = [
        f"{plan.chapters} chapter{'' if plan.chapters == 1 else 's'} to write with {plan.model}",
        f"  calls       {plan.calls:>12,}   {plan.outline_calls} of them for the outline",
        f"  tokens in   {plan.tokens_in:>12,}   {plan.tokens_cached:,} of them from the provider's prompt cache, "
        "where it has one",
        f"  tokens out  {plan.tokens_out:>12,}",
        f"  repairs     {plan.repairs:>12,}   calls expected, if a tenth of the blocks fail their check: "
        f"{plan.repair_tokens_in:,} tokens in, {plan.repair_tokens_out:,} out, counted in the price",
        f"  images      {plan.images:>12,}   shown to the model; {plan.pictures} to be generated",
        f"  price       {price_in_words(plan.price):>12}   {_about_price(plan, options)}".rstrip(),
        f"  time        {spell(plan.seconds):>12}   {at_a_time} replies at a time, "
        f"{options.tokens_per_s:g} tokens/s each",
    ]
    if plan.kept:
        lines.append(f"  {plan.kept} replies are kept from before and cost nothing")
    return "\n".join(lines)


def price_in_words(price: float | None) -> str:
    """A price, or that there is none."""
    return "not known" if price is None else f"{price:,.4f}" if price < 10 else f"{price:,.2f}"


def _about_price(plan: Plan, options: OpenAIOptions) -> str:
    if plan.price is None:
        return "set openai.price_in and openai.price_out to what your provider charges"
    if options.max_cost is not None and plan.price > options.max_cost:
        return f"more than openai.max_cost ({options.max_cost:g}): the run would stop before it"
    return "in the currency of openai.price_in"


def compared(plan: Plan, usage: Usage, options: OpenAIOptions, picture: float | None = None) -> str:
    """Plan and fact, side by side; repairs are among both.

    Args:
        picture: price of a generated picture; None: not known.
    """
    spent = cost(options, usage.tokens_in, usage.tokens_cached, usage.tokens_out)
    spent = _with_pictures(spent, usage.pictures, picture)
    rows = [
        ("calls", f"{plan.calls:,}", f"{usage.calls:,}"),
        ("repairs, about", f"+ {plan.repairs:,}", "in these"),
        ("tokens in", f"{plan.tokens_in + plan.repair_tokens_in:,}", f"{usage.tokens_in:,}"),
        ("of them cached", f"{plan.tokens_cached:,}", f"{usage.tokens_cached:,}"),
        ("tokens out", f"{plan.tokens_out + plan.repair_tokens_out:,}", f"{usage.tokens_out:,}"),
        ("images", f"{plan.images:,}", f"{usage.images:,}"),
        ("pictures made", f"{plan.pictures:,}", f"{usage.pictures:,}"),
        ("price", price_in_words(plan.price), price_in_words(spent)),
    ]
    lines = [f"  {name:<16}{planned:>12}{fact:>12}" for name, planned, fact in rows]
    return "\n".join([f"writing, {'planned':>19}{'paid for':>12}", *lines])
