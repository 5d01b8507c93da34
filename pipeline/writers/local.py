"""The `local` writer: a small model in the process edits what was said, a few sentences at a time.

A model of 1.5 billion parameters cannot plan a chapter, and invents when asked to rewrite one. So the editor
plans: lists, code, figures and exercises are its, and so is a first edit of every paragraph. The model names the
sections, and it is given those windows of two to five edited sentences that still read like speech. Each answer is
checked at once. One that invents is asked for again under a grammar that holds only the window's words; where that
fails too, where the answer loses something, and where it is a mere copy, the editor's text stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.interfaces import Assignment, LanguageModel, Progress, Request
from pipeline.models import Block, Chapter, Draft, Outline, Paragraph, Problem, SourceVideo, WriterName
from pipeline.prompts import Prompt, load
from pipeline.replies import Replies, identity
from pipeline.text import words
from pipeline.writers.editor import EditorWriter, markdown, plain
from pipeline.writers.editor_spelling import Spelling, finish, learn_spelling
from pipeline.writers.local_checks import INVENTED, Phrases, fault, heading_fault, is_crooked, phrases
from pipeline.writers.local_grammar import edit_grammar
from pipeline.writers.local_windows import is_rough, windows

__all__ = ["LocalWriter"]

_NAME: WriterName = "local"
_NAMED_FROM_WORDS = 180
"""A section is named from its first so many words; fewer than 150 or more than 200 gave worse headings."""
_FRESH_TEMPERATURE = 0.5
"""For further samples of a chapter; the first is the model's surest."""


class LocalWriter:
    """Writes chapters with a small model that edits. Holds no state but its parts, so threads may share it.

    Args:
        model: the language model; a grammar is used where it takes one.
        editor: plans the chapter and edits it first, and stands in where the model fails.
        replies: every reply is kept there the moment it arrives, and read back by the next run.
        prompt: `prompts/edit.md` if None.
        headings: `prompts/heading.md` if None.
    """

    name = "local"

    def __init__(
        self,
        model: LanguageModel,
        editor: EditorWriter,
        replies: Replies,
        prompt: Prompt | None = None,
        headings: Prompt | None = None,
    ) -> None:
        self.model: str | None = model.name
        self._model = model
        self._editor = editor
        self._replies = replies
        self._prompt = prompt or load("edit")
        self._headings = headings or load("heading")
        self._leaks = _examples(self._prompt)
        self._leaked_headings = {
            message.text.strip().casefold()
            for message in self._headings.render(passage="") if message.role == "assistant"
        }  # fmt: skip

    def outline(self, video: SourceVideo, chapters: Sequence[Chapter], progress: Progress) -> Outline:
        """The editor's outline, its sections named by the model where no slide or question names them.

        Raises:
            ModelError: llama.cpp cannot run the model.
        """
        language = video.language or "en"
        asked = 0

        def named(text: str) -> str | None:
            nonlocal asked
            asked += 1
            progress(asked, asked + 1, "naming sections")
            return self._heading(text, language)

        return self._editor.outline(video, chapters, progress, named)

    def write(self, assignment: Assignment, progress: Progress) -> Draft:
        """The editor's chapter, its paragraphs edited further.

        `notes` are for larger models and change nothing here; `sample` gives other wordings.

        Raises:
            ModelError: llama.cpp cannot run the model.
        """
        draft = self._editor.write(assignment, _silent)
        spelling = _spelling_of(assignment)
        plan = [
            (block, windows(plain(block.text)) if isinstance(block, Paragraph) else [])
            for block in draft.blocks
        ]
        total = sum(len(parts) for _, parts in plan)
        blocks: list[Block] = []
        done = 0
        for block, parts in plan:
            texts: list[str | None] = []
            for part in parts:
                progress(done, total, assignment.chapter.title)
                texts.append(self._edited(part, assignment, spelling))
                done += 1
            blocks.append(_rewritten(block, parts, texts, assignment.outline.language))
        progress(total, total, assignment.chapter.title)
        return draft.model_copy(update={"writer": _NAME, "model": self.model, "blocks": tuple(blocks)})

    def repair(
        self, assignment: Assignment, blocks: Sequence[Block], problems: Sequence[Problem]
    ) -> tuple[Block, ...]:
        """The editor's text: a small model does not mend what it is told is wrong."""
        return self._editor.repair(assignment, blocks, problems)

    # ---------------------------------------------------------------------------- a window, and a heading

    def _edited(self, window: str, assignment: Assignment, spelling: Spelling) -> str | None:
        """The window as the model edits it; None where the editor's text is to stand."""
        language = assignment.outline.language
        if language.startswith("en") and not assignment.sample and not is_rough(window):
            return None
        free = Request(
            messages=self._prompt.render(passage=window),
            max_tokens=2 * words.count(window) + 40,
            temperature=_FRESH_TEMPERATURE if assignment.sample else 0.0,
            seed=assignment.sample,
        )
        text, why = self._checked(free, window, spelling, language)
        if why in INVENTED and self._model.takes_grammar:
            bound = replace(free, grammar=edit_grammar(window, language))
            text, why = self._checked(bound, window, spelling, language)
        return text if why is None and text != window else None

    def _checked(
        self, request: Request, window: str, spelling: Spelling, language: str
    ) -> tuple[str, str | None]:
        """The reply, spelled as the lecture spells, and what is wrong with it, or None."""
        reply = self._ask(request)
        if reply is None:
            return "", "cut"
        text = finish(reply, spelling, language)
        why = fault(window, text, self._leaks, language)
        if why is None and request.grammar is not None and is_crooked(window, text):
            why = "crooked"
        return text, why

    def _heading(self, text: str, language: str) -> str | None:
        """A heading for the section that begins with `text`, or None where the model has no good one."""
        tokens = words.tokens(text)[:_NAMED_FROM_WORDS]
        passage = text[: tokens[-1].end] if tokens else ""
        request = Request(messages=self._headings.render(passage=passage), max_tokens=24)
        reply = self._ask(request) if passage else None
        if reply is None:
            return None
        heading = reply.strip(" .\"'“”#*")
        if heading.casefold() in self._leaked_headings or heading_fault(heading, text, language):
            return None
        return heading

    def _ask(self, request: Request) -> str | None:
        """The reply's text, out of the store where it is there; None for one that was cut."""
        key = identity(self._model.name, request)
        reply = self._replies.find(key)
        if reply is None:
            reply = self._model.complete(request)
            self._replies.keep(key, self._model.name, request, reply)
        return " ".join(reply.text.split()) if reply.finished else None


def _examples(prompt: Prompt) -> Phrases:
    return phrases(message.text for message in prompt.render(passage="") if message.role == "assistant")


def _rewritten(block: Block, parts: Sequence[str], texts: Sequence[str | None], language: str) -> Block:
    """The paragraph with the windows that the model bettered in their places."""
    if not isinstance(block, Paragraph) or not any(texts):
        return block
    glue = "" if language[:2] in {"zh", "ja", "th"} else " "
    whole = glue.join(text or part for text, part in zip(texts, parts, strict=True))
    return block.model_copy(update={"text": markdown(whole), "writer": _NAME})


def _spelling_of(assignment: Assignment) -> Spelling:
    chapter, outline = assignment.chapter, assignment.outline
    return learn_spelling(
        [sentence.text for sentence in chapter.sentences] + [term.definition for term in outline.terms],
        [screen.text for screen in chapter.screens],
        outline.language,
    )


def _silent(done: float, total: float, note: str) -> None:
    """The editor takes no time worth showing."""
