"""The `openai` writer: a large model behind an endpoint rewrites a chapter, a stretch of chunks at a time.

Each call has the lecture in view first, then the plan of its stretch out of the outline, the words said with their
ids, what was read off the screens, and the frames where the model sees. The reply is blocks as JSON, checked at
once; a mistake is named and asked about again once, a reply cut at the token limit has its stretch split in two.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config import OpenAIOptions
from pipeline.errors import ModelError
from pipeline.interfaces import Assignment, LanguageModel, Message, Progress, Reply, Request
from pipeline.models import (
    Block,
    Chapter,
    ChapterOutline,
    Code,
    Draft,
    Figure,
    Heading,
    Outline,
    Paragraph,
    Problem,
    Screen,
    ScreenKind,
    Sentence,
    SourceVideo,
    Tokens,
    WriterName,
)
from pipeline.prompts import load
from pipeline.reference import Reference
from pipeline.replies import Asker, Replies, Unusable, Usage, identity
from pipeline.text import words
from pipeline.text.tokens import estimate
from pipeline.writers.editor import EditorWriter
from pipeline.writers.endpoint_budget import Budget
from pipeline.writers.endpoint_outline import OutlineMaker
from pipeline.writers.endpoint_reply import (
    SCHEMA,
    Written,
    block_of,
    check_coverage,
    check_subject,
    parse,
    plain,
    without_repeats,
)
from pipeline.writers.verified import Offered, offered

__all__ = ["EndpointWriter"]

_NAME: WriterName = "openai"
_ATTEMPTS = 2
_BEFORE_CHARACTERS = 600


class _Cut(Exception):
    """The reply ended at the token limit."""


@dataclass(frozen=True)
class _Stretch:
    """What one call is about."""

    sentences: tuple[Sentence, ...]
    screens: tuple[Screen, ...]

    def halves(self) -> tuple[_Stretch, _Stretch]:
        middle = len(self.sentences) // 2
        edge_s = self.sentences[middle].start_s
        first = tuple(screen for screen in self.screens if screen.start_s < edge_s)
        second = tuple(screen for screen in self.screens if screen.end_s > edge_s)
        return _Stretch(self.sentences[:middle], first), _Stretch(self.sentences[middle:], second)


class EndpointWriter:
    """Writes chapters with a large model. Threads may share it.

    Args:
        model: the language model; frames go with the calls where it sees.
        editor: its outline stands where the model's cannot be used.
        replies: every reply is kept there the moment it arrives, and read back by the next run.
        options: sizes, prices and bounds of the calls.
        output_language: language to write in, where it is not the lecture's.
        side_by_side: parts of the outline asked for at a time.
        reference: its verified snippets are shown to the model, which may place them.

    Raises:
        ConfigError: the cost is limited, but a price is not known; or a prompt file has mistakes.
    """

    name = "openai"

    def __init__(
        self,
        model: LanguageModel,
        editor: EditorWriter,
        replies: Replies,
        options: OpenAIOptions | None = None,
        output_language: str | None = None,
        side_by_side: int = 4,
        reference: Reference | None = None,
    ) -> None:
        self.model: str | None = model.name
        self._model = model
        self._editor = editor
        self._options = options or OpenAIOptions()
        self._language = output_language
        self._reference = reference
        self._prompt = load("write")
        self._repair_prompt = load("repair")
        self.budget = Budget(self._options)
        self._asker = Asker(
            model, replies, attempts=_ATTEMPTS, before=self.budget.before, after=self.budget.after
        )
        self.outliner = OutlineMaker(model, self._asker, self._options, output_language, side_by_side)

    @property
    def usage(self) -> Usage:
        """What this run paid for so far."""
        return self._asker.usage

    def outline(self, video: SourceVideo, chapters: Sequence[Chapter], progress: Progress) -> Outline:
        """The outline by the model, in parts made one.

        Raises:
            ModelError: the endpoint fails.
        """
        # The rules take a second or two of a long lecture: they run while the model's replies are waited for.
        with ThreadPoolExecutor(max_workers=1) as beside:
            by_rules = beside.submit(self._editor.outline, video, chapters, _silent)
            return self.outliner.make(video, chapters, by_rules.result, progress)

    # -------------------------------------------------------------------------------------------- writing

    def write(self, assignment: Assignment, progress: Progress) -> Draft:
        """The chapter rewritten, stretch by stretch.

        Raises:
            ModelError: the endpoint fails, or its reply cannot be used the second time either; the reply is kept.
        """
        waiting = list(_stretches(assignment.chapter, self._options.call_words))
        total = sum(len(stretch.sentences) for stretch in waiting)
        blocks: list[Block] = []
        done = 0
        while waiting:
            stretch = waiting.pop(0)
            progress(done, total, assignment.chapter.title)
            try:
                blocks = self._written(stretch, assignment, blocks)
            except _Cut:
                waiting[:0] = self._split(stretch, assignment, blocks)
                continue
            done += len(stretch.sentences)
        progress(total, total, assignment.chapter.title)
        return Draft(
            chapter=assignment.chapter.id,
            title=assignment.outline.chapter.title,
            writer=_NAME,
            model=self.model,
            sample=assignment.sample,
            language=self._language,
            blocks=tuple(blocks),
        )

    def planned(self, assignment: Assignment) -> tuple[list[tuple[Request, int]], int]:
        """The calls that the chapter still takes if none is split or asked again, each with the words spoken in it.

        Returns:
            the calls, and how many more have a reply kept from before.
        """
        calls: list[tuple[Request, int]] = []
        kept, so_far = 0, list[Block]()
        for stretch in _stretches(assignment.chapter, self._options.call_words):
            request = self._request(stretch, assignment, so_far)
            reply = None if calls else self._asker.replies.find(identity(self._model.name, request))
            if reply is None:
                calls.append((request, _word_count(stretch.sentences)))
                continue
            kept += 1
            with contextlib.suppress(Unusable, _Cut):
                so_far = self._usable(reply, stretch, assignment, so_far)
        return calls, kept

    def _written(self, stretch: _Stretch, assignment: Assignment, so_far: list[Block]) -> list[Block]:
        """The chapter so far with this stretch's blocks behind it."""
        return self._asker.ask(
            self._request(stretch, assignment, so_far),
            lambda reply: self._usable(reply, stretch, assignment, so_far),
            f"write {assignment.chapter.id}, {stretch.sentences[0].id}",
        )

    def _usable(
        self, reply: Reply, stretch: _Stretch, assignment: Assignment, so_far: list[Block]
    ) -> list[Block]:
        """What `_written` makes of a reply; raises `Unusable` and `_Cut`."""
        language = assignment.outline.language
        snippets = self._offered(stretch, assignment)
        found = parse(_text(reply))
        check_coverage(found, stretch.sentences, language)
        if self._language in (None, language):
            check_subject(_but_snippets(found, snippets), stretch.sentences, stretch.screens, language)
        return _joined(found, stretch, assignment.chapter.id, so_far, snippets)

    def _split(
        self, stretch: _Stretch, assignment: Assignment, so_far: Sequence[Block]
    ) -> tuple[_Stretch, _Stretch]:
        if len(stretch.sentences) > 1:
            return stretch.halves()
        # Moved aside, so that the next run asks again: kept, it would fail every run to come.
        key = identity(self._model.name, self._request(stretch, assignment, so_far))
        self._asker.replies.reject(key, last=True)
        raise ModelError(
            f"write {assignment.chapter.id}: the reply for {stretch.sentences[0].id} alone is cut at "
            f"{self._options.max_output_tokens} tokens",
            kept="the reply, in work/llm/; all other chapters",
            fix="run the same command again to ask once more, or raise openai.max_output_tokens",
        )

    def _request(self, stretch: _Stretch, assignment: Assignment, so_far: Sequence[Block]) -> Request:
        messages = self._prompt.render(
            lecture=_lecture_text(assignment.outline),
            title=assignment.outline.chapter.title,
            language=self._language or assignment.outline.language,
            plan=_plan_text(assignment.outline, stretch),
            snippets=str(self._offered(stretch, assignment) or ""),
            notes=assignment.notes,
            before=_last_words(so_far),
            screens=_screens_text(stretch.screens),
            transcript=_transcript_text(stretch.sentences),
        )
        room = self._model.context_tokens - sum(estimate(message.text) for message in messages)
        pictures = self._pictures(stretch, assignment.folder, room - self._options.max_output_tokens)
        if pictures:
            messages = (*messages[:-1], replace(messages[-1], images=pictures))
        room -= len(pictures) * self._options.image_tokens
        return Request(
            messages=messages,
            max_tokens=max(min(self._options.max_output_tokens, room), 256),
            temperature=self._options.temperature,
            seed=assignment.sample,
            schema=SCHEMA,
        )

    def _offered(self, stretch: _Stretch, assignment: Assignment) -> Offered | None:
        names = {sentence.id for sentence in stretch.sentences}
        return offered(self._reference, assignment.outline.snippets, names)

    def _pictures(self, stretch: _Stretch, folder: Path, room: int) -> tuple[Path, ...]:
        """Frames of the screens in order, as many as fit; the same picture once."""
        if not self._model.sees:
            return ()
        frames = dict.fromkeys(
            folder / screen.frame
            for screen in stretch.screens
            if screen.frame is not None and screen.kind is not ScreenKind.PERSON
        )
        there = [frame for frame in frames if frame.is_file()]
        most = min(self._options.max_images, max(room, 0) // self._options.image_tokens)
        return tuple(there[:most])

    # ------------------------------------------------------------------------------------------ repairing

    def repair(
        self, assignment: Assignment, blocks: Sequence[Block], problems: Sequence[Problem]
    ) -> tuple[Block, ...]:
        """The blocks again, with what is wrong in view; unchanged where the reply cannot be used.

        Raises:
            ModelError: the endpoint fails.
        """
        named = {name for block in blocks for name in block.sentences}
        said = tuple(sentence for sentence in assignment.chapter.sentences if sentence.id in named)
        shown = tuple(
            screen
            for screen in assignment.chapter.screens
            if any(screen.id in block.screens for block in blocks)
        )
        messages: tuple[Message, ...] = self._repair_prompt.render(
            language=self._language or assignment.outline.language,
            terms="\n".join(
                f"{term.term}: {term.translation}" for term in assignment.outline.terms if term.translation
            ),
            blocks=json.dumps([_as_written(block) for block in blocks], ensure_ascii=False, indent=1),
            problems="\n".join(f"- {problem.message}{_named(problem)}" for problem in problems),
            transcript=_transcript_text(said),
            screens=_screens_text(shown),
        )
        request = Request(
            messages, self._options.max_output_tokens, self._options.temperature, assignment.sample, SCHEMA
        )

        def check(reply: Reply) -> tuple[Block, ...]:
            try:
                return _mended(parse(_text(reply)), blocks, named, shown)
            except (Unusable, _Cut):
                # The checks have the editor's text for a block that is not mended; asking on would cost more.
                return tuple(blocks)

        return self._asker.ask(request, check, f"repair {blocks[0].id if blocks else ''}")


# --------------------------------------------------------------------------------------------- stretches


def _stretches(chapter: Chapter, call_words: int) -> Iterator[_Stretch]:
    """The chapter's chunks, as many in a row as have so many words."""
    sentences: list[Sentence] = []
    screens: dict[str, Screen] = {}
    for chunk in chapter.chunks:
        size = _word_count(sentences) + _word_count(chunk.sentences)
        if sentences and size > call_words:
            yield _Stretch(tuple(sentences), tuple(screens.values()))
            sentences, screens = [], {}
        sentences += chunk.sentences
        screens |= {screen.id: screen for screen in chunk.screens}
    if sentences:
        yield _Stretch(tuple(sentences), tuple(screens.values()))


def _word_count(sentences: Sequence[Sentence]) -> int:
    return sum(words.count(sentence.text) for sentence in sentences)


# ------------------------------------------------------------------------------------- what the model sees


def _lecture_text(outline: ChapterOutline) -> str:
    """What is the same for all chapters."""
    author = f", by {outline.author}" if outline.author else ""
    return "\n".join([f"{outline.title}{author}", *(f"- {title}" for title in outline.chapter_titles)])


def _plan_text(outline: ChapterOutline, stretch: _Stretch) -> str:
    """What of the outline is about these sentences."""
    names = {sentence.id for sentence in stretch.sentences}
    text = f"{_transcript_text(stretch.sentences)}\n{_screens_text(stretch.screens)}".casefold()
    lines = [
        f"Heading before {one.sentence}: {one.title}"
        for one in outline.chapter.sections
        if one.sentence in names
    ]
    for term in outline.terms:
        if term.term.casefold() in text or term.sentence in names:
            here = term.chapter == outline.chapter.id
            called = f", written {term.translation}" if term.translation else ""
            lines.append(
                f"Term{' of this chapter' if here else f' defined in {term.chapter}'}: {term.term}{called}"
            )
    lines += [f"{one.symbol}: {one.meaning}" for one in outline.notation if one.symbol.casefold() in text]
    lines += [
        f"Reference: {one.title}{f' {one.url}' if one.url else ''}"
        for one in outline.references
        if names & set(one.sentences)
    ]
    return "\n".join(lines)


def _transcript_text(sentences: Sequence[Sentence]) -> str:
    return "\n".join(f"{sentence.id} {' '.join(sentence.text.split())}" for sentence in sentences)


def _screens_text(screens: Sequence[Screen]) -> str:
    shown = [screen for screen in screens if screen.kind is not ScreenKind.PERSON]
    return "\n\n".join(
        f"{screen.id} ({screen.kind.value}, {screen.start_s:.0f} to {screen.end_s:.0f} s)\n{screen.text}".rstrip()
        for screen in shown
    )


def _last_words(blocks: Sequence[Block]) -> str:
    texts = [block.text for block in blocks[-3:] if block.kind in {"heading", "paragraph"}]
    return "\n\n".join(texts)[-_BEFORE_CHARACTERS:]


def _silent(done: float, total: float, note: str) -> None:
    """The editor takes no time worth showing."""


def _named(problem: Problem) -> str:
    return f" ({', '.join(problem.words[:20])})" if problem.words else ""


def _as_written(block: Block) -> dict[str, object]:
    data = block.model_dump(mode="json", exclude={"id", "writer", "origin", "snippet", "output", "level"})
    if isinstance(block, Figure):
        data["text"] = data.pop("caption")
    if isinstance(block, Tokens):
        data["language"] = data.pop("tokenizer")
    return data


# ------------------------------------------------------------------------------------------------ replies


def _text(reply: Reply) -> str:
    if reply.refusal:
        raise Unusable(f"the model would not answer: {reply.refusal[:200]}")
    if not reply.finished:
        raise _Cut
    return reply.text


def _joined(
    found: Sequence[Written],
    stretch: _Stretch,
    chapter_id: str,
    so_far: Sequence[Block],
    snippets: Offered | None = None,
) -> list[Block]:
    """Ids are ours; a screen that was shown already is not shown again, nor is a snippet."""
    blocks = list(so_far)
    first_showing = {screen.id: screen.same_as or screen.id for screen in stretch.screens}
    seen = {first_showing.get(b.screens[0], b.screens[0]) for b in so_far if isinstance(b, Figure)}
    placed = {block.snippet for block in so_far if isinstance(block, Code)}
    names = {sentence.id for sentence in stretch.sentences}
    before = {plain(block.text) for block in so_far if isinstance(block, Heading | Paragraph)}
    for written in without_repeats(found, before):
        block = block_of(written, f"{chapter_id}-b{len(blocks) + 1:03d}", names, stretch.screens, snippets)
        if block is None or (isinstance(block, Code) and block.snippet and block.snippet in placed):
            continue
        if isinstance(block, Code) and block.snippet:
            placed.add(block.snippet)
        if isinstance(block, Figure):
            picture = first_showing[block.screens[0]]
            if picture in seen:
                continue
            seen.add(picture)
        blocks.append(block)
    if len(blocks) == len(so_far):
        raise Unusable("it holds no block that can be used")
    return blocks


def _but_snippets(found: Sequence[Written], snippets: Offered | None) -> list[Written]:
    """The blocks that hold words of the model's own."""
    return [
        one for one in found
        if one.kind != "code" or snippets is None or not snippets.named(one.snippet, one.code)
    ]  # fmt: skip


def _mended(
    found: Sequence[Written], blocks: Sequence[Block], named: set[str], screens: Sequence[Screen]
) -> tuple[Block, ...]:
    if [written.kind for written in found] != [block.kind for block in blocks]:
        raise Unusable("these are not the same blocks")
    return tuple(
        # A mended block names the same sources: it cannot pass by dropping what it was held against.
        replacement.model_copy(update={"sentences": old.sentences, "screens": old.screens})
        if (replacement := block_of(written, old.id, named, screens)) is not None
        else old
        for written, old in zip(found, blocks, strict=True)
    )
