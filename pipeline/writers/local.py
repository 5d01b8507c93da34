"""The `local` writer: a small model in the process edits what was said, a few sentences at a time.

A model of 1.5 billion parameters cannot plan a chapter, and invents when asked to rewrite one. So the editor
plans: headings, lists, code, figures and exercises are its, and the model rewrites the paragraphs, in windows
of two to five sentences, each checked at once. A reply that fails is asked for again under a grammar that
holds only the window's words; where that fails too, the editor's text stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.interfaces import Assignment, LanguageModel, Progress, Request
from pipeline.models import (
    Block,
    Chapter,
    Code,
    Draft,
    Figure,
    Heading,
    Outline,
    Paragraph,
    Problem,
    Sentence,
    SourceVideo,
    WriterName,
)
from pipeline.prompts import Prompt, load
from pipeline.replies import Replies, identity
from pipeline.text import identifiers, numbers, words
from pipeline.writers.editor import EditorWriter, edit_text, markdown
from pipeline.writers.editor_spelling import Spelling, finish, learn_spelling
from pipeline.writers.local_grammar import edit_grammar

__all__ = ["LocalWriter", "fault", "windows"]

_NAME: WriterName = "local"
_MAX_SENTENCES = 5
_WINDOW_WORDS = 90
"""A window is closed once it holds so many words."""
_MAX_WINDOW_WORDS = 160
"""A single sentence longer than this (captions without punctuation) is left to the editor."""
_MIN_KEPT = 0.75
_SHORTEST, _LONGEST = 0.4, 1.15
"""Bounds of an edited window's words, as a share of the words spoken in it."""
_LEAK_WORDS = 5
_FRESH_TEMPERATURE = 0.5
"""For further samples of a chapter; the first is the model's surest."""


class LocalWriter:
    """Writes chapters with a small model that edits. Holds no state but its parts, so threads may share it.

    Args:
        model: the language model; a grammar is used where it takes one.
        editor: plans the chapter, and stands in where the model fails.
        replies: every reply is kept there the moment it arrives, and read back by the next run.
        prompt: `prompts/edit.md` if None.
    """

    name = "local"

    def __init__(
        self, model: LanguageModel, editor: EditorWriter, replies: Replies, prompt: Prompt | None = None
    ) -> None:
        self.model: str | None = model.name
        self._model = model
        self._editor = editor
        self._replies = replies
        self._prompt = prompt or load("edit")
        self._leaks = _phrases(
            message.text for message in self._prompt.render(passage="") if message.role == "assistant"
        )

    def outline(self, video: SourceVideo, chapters: Sequence[Chapter], progress: Progress) -> Outline:
        """The editor's outline."""
        return self._editor.outline(video, chapters, progress)

    def write(self, assignment: Assignment, progress: Progress) -> Draft:
        """The editor's chapter with its paragraphs rewritten.

        `notes` are for larger models and change nothing here; `sample` gives other wordings.

        Raises:
            ModelError: llama.cpp cannot run the model.
        """
        draft = self._editor.write(assignment, _silent)
        spelling = _spelling_of(assignment)
        plan = list(_whole_sentences(draft.blocks, assignment))
        total = sum(len(part.windows) for part in plan)
        blocks: list[Block] = []
        done = 0
        for part in plan:
            texts: list[str | None] = []
            for window in part.windows:
                progress(done, total, assignment.chapter.title)
                texts.append(self._edited(window, assignment, spelling))
                done += 1
            blocks.append(_rewritten(part, texts, assignment.outline.language, spelling))
        progress(total, total, assignment.chapter.title)
        return draft.model_copy(update={"writer": _NAME, "model": self.model, "blocks": tuple(blocks)})

    def repair(
        self, assignment: Assignment, blocks: Sequence[Block], problems: Sequence[Problem]
    ) -> tuple[Block, ...]:
        """The editor's text: a small model does not mend what it is told is wrong."""
        return self._editor.repair(assignment, blocks, problems)

    # ------------------------------------------------------------------------------------------- a window

    def _edited(self, window: Sequence[Sentence], assignment: Assignment, spelling: Spelling) -> str | None:
        """The window as the model edits it, or None where neither reply passes."""
        passage = " ".join(sentence.text.strip() for sentence in window)
        language = assignment.outline.language
        free = Request(
            messages=self._prompt.render(passage=passage),
            max_tokens=2 * words.count(passage) + 40,
            temperature=_FRESH_TEMPERATURE if assignment.sample else 0.0,
            seed=assignment.sample,
        )
        # Names as the screens spell them are no additions: the reply is held against the passage spelled alike.
        spelled = finish(passage, spelling, language)
        requests = [free]
        if self._model.takes_grammar:
            requests.append(_constrained(free, edit_grammar(passage, language)))
        for request in requests:
            text = self._ask(request)
            if text is None:
                continue
            text = finish(text, spelling, language)
            if fault(spelled, text, self._leaks, language) is None:
                return text
        return None

    def _ask(self, request: Request) -> str | None:
        """The reply's text, out of the store where it is there; None for one that was cut."""
        key = identity(self._model.name, request)
        reply = self._replies.find(key)
        if reply is None:
            reply = self._model.complete(request)
            self._replies.keep(key, self._model.name, request, reply)
        return " ".join(reply.text.split()) if reply.finished else None


# ------------------------------------------------------------------------------------------------- checks


def fault(passage: str, text: str, leaks: frozenset[tuple[str, ...]], language: str = "en") -> str | None:
    """What is wrong with `text` as an edited `passage`, or None.

    Args:
        leaks: runs of five words of the prompt's examples, which no answer may hold unless the passage does.

    >>> fault("we merge 256 pairs of bytes", "We merge 257 pairs of bytes.", frozenset())
    'numbers'
    >>> fault("we um we merge pairs of bytes", "We merge pairs of bytes.", frozenset())
    """
    spoken, written = words.count(passage), words.count(text)
    if not written or not _SHORTEST * spoken <= written + 2 or written > _LONGEST * spoken + 3:
        return "length"
    if (_phrases([text]) & leaks) - _phrases([passage]):
        return "leak"
    if numbers.unsupported(passage, text, language) or numbers.lost(passage, text, language):
        return "numbers"
    if identifiers.unsupported(passage, text) or identifiers.lost(passage, text):
        return "names"
    if words.kept_share(passage, text, language) < _MIN_KEPT:
        return "lost"
    if len(words.added(passage, text, language)) > max(1, written // 40):
        return "added"
    if language.startswith("en") and _negations_changed(passage, text):
        return "negation"
    return None


_NEGATION = re.compile(
    r"\b(?:not|never|no|nothing|nobody|none|neither|without|cannot)\b|n['’]t\b", re.IGNORECASE
)


def _negations_changed(passage: str, text: str) -> bool:
    """A "not" that comes or goes turns a statement around; one said twice may be said once."""
    said, kept = len(_NEGATION.findall(passage)), len(_NEGATION.findall(text))
    return kept > said or kept < (said + 1) // 2


def _phrases(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for text in texts:
        run = [words.normal(token.text) for token in words.tokens(text)]
        found |= {tuple(run[i : i + _LEAK_WORDS]) for i in range(len(run) - _LEAK_WORDS + 1)}
    return frozenset(found)


def _constrained(request: Request, grammar: str) -> Request:
    return Request(
        messages=request.messages,
        max_tokens=request.max_tokens,
        temperature=request.temperature,
        seed=request.seed,
        grammar=grammar,
    )


# --------------------------------------------------------------------------------------------------- plan


@dataclass(frozen=True)
class _Part:
    """A block of the editor's, and the windows to rewrite it from; none for a block that stays."""

    block: Block
    windows: tuple[tuple[Sentence, ...], ...] = ()
    reshaped: bool = False
    """Its sentences are not those the editor's text was made from."""


def _whole_sentences(blocks: Sequence[Block], assignment: Assignment) -> Iterator[_Part]:
    """Each block with its windows, every sentence in one of them at most.

    The editor may part a long sentence between two blocks; the model edits whole ones. Such a sentence goes
    to the paragraph that holds most of it. A paragraph that shares one with a list or an exercise stays,
    and so do those that a sentence too long for a window was cut into.
    """
    said = {sentence.id: sentence for sentence in assignment.chapter.sentences}
    language = assignment.outline.language
    owners: dict[str, list[Block]] = {}
    for block in blocks:
        if not isinstance(block, Heading | Figure | Code):
            for name in block.sentences:
                owners.setdefault(name, []).append(block)
    staying = {
        one.id
        for name, sharing in owners.items()
        if not all(isinstance(block, Paragraph) for block in sharing)
        or (name in said and words.count(said[name].text) > _MAX_WINDOW_WORDS)
        for one in sharing
    }
    # What shares a sentence with a paragraph that stays has to stay too.
    changed = True
    while changed:
        linked = {
            one.id for sharing in owners.values() if staying & {b.id for b in sharing} for one in sharing
        }
        changed = not linked <= staying
        staying |= linked
    for block in blocks:
        if not isinstance(block, Paragraph) or block.id in staying:
            yield _Part(block)
            continue
        mine = [
            said[name]
            for name in block.sentences
            if name in said and _owner(said[name], owners[name], language) == block.id
        ]
        if not mine:
            # Both halves of its sentence read on in the paragraph before or after.
            continue
        reshaped = tuple(sentence.id for sentence in mine) != block.sentences
        yield _Part(block, tuple(windows(mine)), reshaped)


def _owner(sentence: Sentence, sharing: Sequence[Block], language: str) -> str:
    if len(sharing) == 1:
        return sharing[0].id
    shares = [
        (words.kept_share(sentence.text, block.text, language), -place, block.id)
        for place, block in enumerate(sharing)
        if isinstance(block, Paragraph)
    ]
    return max(shares)[2]


def windows(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """The sentences in runs of up to five, of some ninety words; a last one by itself joins the run before."""
    runs: list[list[Sentence]] = []
    size = 0
    for sentence in sentences:
        length = words.count(sentence.text)
        if not runs or len(runs[-1]) == _MAX_SENTENCES or (size and size + length > _WINDOW_WORDS):
            runs.append([])
            size = 0
        runs[-1].append(sentence)
        size += length
    if len(runs) > 1 and len(runs[-1]) == 1 and len(runs[-2]) < _MAX_SENTENCES and size < _WINDOW_WORDS // 2:
        last = runs.pop()
        runs[-1] += last
    yield from (tuple(run) for run in runs)


def _rewritten(part: _Part, texts: Sequence[str | None], language: str, spelling: Spelling) -> Block:
    if not part.windows or not isinstance(part.block, Paragraph):
        return part.block
    edited = [text for text in texts if text is not None]
    if not edited and not part.reshaped:
        return part.block
    whole = [
        text if text is not None else edit_text(window, language, spelling)
        for text, window in zip(texts, part.windows, strict=True)
    ]
    glue = "" if language[:2] in {"zh", "ja", "th"} else " "
    return part.block.model_copy(
        update={
            "text": markdown(glue.join(text for text in whole if text)),
            "sentences": tuple(sentence.id for window in part.windows for sentence in window),
            "writer": _NAME if edited else "editor",
        }
    )


def _spelling_of(assignment: Assignment) -> Spelling:
    chapter, outline = assignment.chapter, assignment.outline
    return learn_spelling(
        [sentence.text for sentence in chapter.sentences] + [term.definition for term in outline.terms],
        [screen.text for screen in chapter.screens],
        outline.language,
    )


def _silent(done: float, total: float, note: str) -> None:
    """The editor takes no time worth showing."""
