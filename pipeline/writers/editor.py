"""The `editor` writer: the lecture edited by rules, no model at all.

Fillers, restarts and repetitions out; sentences split, joined and punctuated; paragraphs by subject and
pause; headings from slides, questions and key phrases; lists where the lecturer counts; code and figures from
the screens at their moment. It invents nothing, and every number, name and technical term survives, so it is
also what the checks put in the place of a block that fails.

Read the modules in this order: `editor_rules` (the rules, as data), `editor_clean` (what goes out of a sentence),
`editor_clauses` (where a long one is cut), `editor_spelling`, `editor_sentences` (all of these together),
`editor_paragraphs`, `editor_screens`, `editor_phrases`, `editor_outline`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.interfaces import Assignment, Progress
from pipeline.models import (
    Block,
    BulletList,
    Chapter,
    Code,
    Draft,
    Exercise,
    Figure,
    Heading,
    Outline,
    Paragraph,
    Problem,
    Quote,
    Screen,
    ScreenKind,
    Sentence,
    SourceVideo,
    WriterName,
)
from pipeline.text import identifiers, words
from pipeline.writers import editor_screens
from pipeline.writers.editor_outline import Namer, make_outline
from pipeline.writers.editor_paragraphs import MAX_PARAGRAPH_WORDS, enumeration, paragraphs
from pipeline.writers.editor_phrases import key_phrases
from pipeline.writers.editor_sentences import Piece, pieces_of
from pipeline.writers.editor_spelling import Spelling, learn_spelling

__all__ = [
    "MAX_PARAGRAPH_WORDS",
    "EditorWriter",
    "edit_block",
    "edit_sentence",
    "edit_text",
    "markdown",
    "plain",
]

_NAME: WriterName = "editor"


# ------------------------------------------------------------------------------- for writers and checks


def edit_text(sentences: Sequence[Sentence], language: str = "en", spelling: Spelling | None = None) -> str:
    """The sentences as edited prose, plain text in one paragraph.

    `spelling` is what was learned from the whole lecture; from these sentences alone if None.
    """
    spelling = spelling or learn_spelling([sentence.text for sentence in sentences], language=language)
    return _prose(pieces_of(sentences, spelling, language), language)


def edit_sentence(sentence: Sentence, language: str = "en", spelling: Spelling | None = None) -> str:
    """One sentence edited by itself; may come out as several, or empty where it says nothing ("Okay.")."""
    return edit_text([sentence], language, spelling)


def edit_block(sentences: Sequence[Sentence], block_id: str, language: str = "en") -> Paragraph:
    """The sentences as a paragraph that names them."""
    return Paragraph(
        id=block_id,
        sentences=tuple(sentence.id for sentence in sentences),
        writer=_NAME,
        text=markdown(edit_text(sentences, language)) or " ".join(sentence.text for sentence in sentences),
    )


def markdown(text: str) -> str:
    """Plain text as inline Markdown: identifiers as code, everything that Markdown would take for markup escaped.

    >>> markdown("call get_stats, then <|endoftext|> * 2")
    'call `get_stats`, then `<|endoftext|>` \\\\* 2'
    """
    out, at = [], 0
    for item in identifiers.named(text):
        if item.kind != "code":
            continue
        quoted = text[item.start - 1 : item.start] == "`" == text[item.end : item.end + 1]
        out += [_escaped(text[at : item.start - quoted]), f"`{item.text}`"]
        at = item.end + quoted
    return "".join([*out, _escaped(text[at:])])


def plain(text: str) -> str:
    """`markdown` undone: the words without its marks.

    >>> plain(markdown("call get_stats, then <|endoftext|> * 2 & #1"))
    'call get_stats, then <|endoftext|> * 2 & #1'
    """
    parts = re.split(r"(?<!\\)`([^`]*)`", text)
    return "".join(
        part if number % 2 else re.sub(r"\\([^A-Za-z0-9\s])", r"\1", part).replace("&amp;", "&")
        for number, part in enumerate(parts)
    )


def _escaped(text: str) -> str:
    text = re.sub(r"([\\`*_\[\]<>~|])", r"\\\1", text.replace("&", "&amp;"))
    return re.sub(r"^(\d+)([.)])(?=\s)|^([#+=-])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text)


def _prose(pieces: Sequence[Piece], language: str) -> str:
    glue = "" if language[:2] in {"zh", "ja", "th"} else " "
    return glue.join(piece.text for piece in pieces)


# -------------------------------------------------------------------------------------------- the writer


class EditorWriter:
    """Writes chapters by rules. Holds no state, so threads may share it."""

    name = "editor"
    model: str | None = None

    def outline(
        self,
        video: SourceVideo,
        chapters: Sequence[Chapter],
        progress: Progress,
        namer: Namer | None = None,
    ) -> Outline:
        """The outline in the lecturer's own words; `namer` is asked for headings first."""
        progress(0, 1, "outline")
        language = video.language or "en"
        spelling = learn_spelling(
            [sentence.text for chapter in chapters for sentence in chapter.sentences],
            [screen.text for chapter in chapters for screen in chapter.screens],
            language,
        )
        outline = make_outline(video, chapters, spelling, self.name, language, namer)
        progress(1, 1, "outline")
        return outline

    def write(self, assignment: Assignment, progress: Progress) -> Draft:
        """The chapter edited; `notes` are for models and change nothing here."""
        blocks = _ChapterEditor(assignment).blocks(progress)
        return Draft(
            chapter=assignment.chapter.id,
            title=assignment.outline.chapter.title,
            writer=_NAME,
            sample=assignment.sample,
            blocks=tuple(blocks),
        )

    def repair(
        self, assignment: Assignment, blocks: Sequence[Block], problems: Sequence[Problem]
    ) -> tuple[Block, ...]:
        """The editor's text of what each block names, whatever its problem was."""
        editor = _ChapterEditor(assignment)
        return tuple(new for block in blocks for new in editor.again(block))


_LONGEST_WAIT_S = 60.0
_LAST_MOMENT_S = 3.0


def _due_s(screen: Screen) -> float:
    """The moment whose paragraph a screen stands behind: when it was complete, at most a minute after it came up.

    A frame taken just before the screen went says nothing of when it was complete: then half of its time.
    """
    complete_s = screen.frame_s
    if screen.end_s - complete_s < _LAST_MOMENT_S:
        complete_s = (screen.start_s + screen.end_s) / 2
    return min(complete_s, screen.start_s + _LONGEST_WAIT_S)


@dataclass
class _ChapterEditor:
    """Makes one chapter's blocks."""

    assignment: Assignment
    made: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chapter = self.assignment.chapter
        self.language = self.assignment.outline.language
        self.spelling = learn_spelling(
            [sentence.text for sentence in self.chapter.sentences] + self._outline_texts(),
            [screen.text for screen in self.chapter.screens],
            self.language,
        )
        self.pending = self._to_show()

    def _outline_texts(self) -> list[str]:
        outline = self.assignment.outline
        return [term.definition for term in outline.terms] + [
            f"- {title}" for title in outline.chapter_titles
        ]

    def _id(self) -> str:
        return f"{self.chapter.id}-b{len(self.made) + 1:03d}"

    # ---- writing

    def blocks(self, progress: Progress) -> list[Block]:
        sections = self._sections()
        for done, (heading, pieces) in enumerate(sections):
            progress(done, len(sections), self.chapter.title)
            if heading is not None:
                self.made.append(self._heading(heading, pieces))
            self._write_section(pieces)
        for screen in list(self.pending):
            self._show(screen, None)
        progress(len(sections), len(sections), self.chapter.title)
        return self.made

    def _sections(self) -> list[tuple[str | None, list[Piece]]]:
        """`(heading, sentences of the page)`; the outline says before which spoken sentence each heading stands.

        The chapter is edited as one: a heading never cuts a sentence, and stands before the first that is begun.
        """
        pieces = pieces_of(self.chapter.sentences, self.spelling, self.language)
        starts = _starts_of(pieces)
        headings = {
            starts[section.sentence]: section.title
            for section in self.assignment.outline.chapter.sections
            if section.sentence in starts
        }
        found: list[tuple[str | None, list[Piece]]] = [(None, [])]
        for at, piece in enumerate(pieces):
            if at in headings:
                found.append((headings[at], []))
            found[-1][1].append(piece)
        return [(heading, mine) for heading, mine in found if heading or mine]

    def _heading(self, text: str, pieces: Sequence[Piece]) -> Heading:
        """The heading names the sentence it stands before, those that its words are from, and slides that show it."""
        wanted = set(words.content(text, self.language))
        said: list[str] = list(pieces[0].sentences[:1])
        named = {sentence.id: sentence for sentence in self.chapter.sentences}
        for name in _ids(pieces):
            if wanted & (here := set(words.content(named[name].text, self.language))):
                said.append(name)
                wanted -= here
        shown = tuple(
            screen.id for screen in self.chapter.screens
            if identifiers.bare(editor_screens.title(screen) or "") == identifiers.bare(text)
        )  # fmt: skip
        return Heading(
            id=self._id(),
            sentences=tuple(dict.fromkeys(said)),
            screens=shown[:1],
            writer=_NAME,
            text=markdown(text),
        )

    def _write_section(self, pieces: Sequence[Piece]) -> None:
        breaks = frozenset(screen.start_s for screen in self.chapter.screens)
        listed = enumeration(pieces) if self.language.startswith("en") else None
        while listed is not None:
            self._write_paragraphs(pieces[: listed.first], breaks)
            self._write_list(pieces[listed.first : listed.last], [text for *_, text in listed.items])
            pieces = pieces[listed.last :]
            listed = enumeration(pieces)
        self._write_paragraphs(pieces, breaks)

    def _write_paragraphs(self, pieces: Sequence[Piece], breaks: frozenset[float]) -> None:
        for stretch in _exercises(pieces, self.chapter.screens, self.language):
            if stretch.is_exercise:
                self._write_prose(stretch.pieces, exercise=True)
                continue
            for paragraph in paragraphs(stretch.pieces, breaks, self.language):
                self._write_prose(paragraph, exercise=False)

    def _write_prose(self, pieces: Sequence[Piece], exercise: bool) -> None:
        if not pieces:
            return
        text = markdown(_prose(pieces, self.language))
        common = {
            "id": self._id(),
            "sentences": _ids(pieces),
            "screens": self._up_during(pieces),
            "writer": _NAME,
        }
        kind = Exercise if exercise else Paragraph
        self.made.append(kind.model_validate({**common, "text": text}))
        self._show_completed(pieces)

    def _write_list(self, pieces: Sequence[Piece], items: Sequence[str]) -> None:
        self.made.append(
            BulletList(
                id=self._id(), sentences=_ids(pieces), screens=self._up_during(pieces), writer=_NAME,
                ordered=True, items=tuple(markdown(item) for item in items),
            )
        )  # fmt: skip
        self._show_completed(pieces)

    def _up_during(self, pieces: Sequence[Piece]) -> tuple[str, ...]:
        start_s, end_s = pieces[0].start_s, max(piece.end_s for piece in pieces)
        return tuple(s.id for s in self.chapter.screens if s.start_s < end_s and s.end_s > start_s)

    # ---- screens

    def _to_show(self) -> list[Screen]:
        """Screens that this chapter shows, each thing once: those completed in it and not seen before."""
        mine = [
            screen for screen in self.chapter.screens
            if screen.same_as is None and self.chapter.start_s <= _due_s(screen) < self.chapter.end_s
        ]  # fmt: skip
        whole = {screen.id for screen in editor_screens.final_code(mine)}
        return [screen for screen in mine if screen.id in whole or self._is_figure(screen)]

    def _is_figure(self, screen: Screen) -> bool:
        if screen.frame is None or screen.kind is ScreenKind.PERSON or editor_screens.code(screen):
            return False
        return not any(editor_screens.builds_on(later, screen) for later in self.chapter.screens)

    def _show_completed(self, pieces: Sequence[Piece]) -> None:
        """What was complete by the end of these sentences stands behind them."""
        end_s = max(piece.end_s for piece in pieces)
        for screen in [screen for screen in self.pending if _due_s(screen) < end_s]:
            said = next(iter(key_phrases(_prose(pieces, self.language), self.language)), None)
            self._show(screen, said)

    def _show(self, screen: Screen, said: str | None) -> None:
        self.pending.remove(screen)
        cells = editor_screens.cells(screen)
        spoken = self._said_during(screen)
        for cell in cells:
            self.made.append(
                Code(
                    id=self._id(), sentences=spoken, screens=(screen.id,), writer=_NAME, code=cell.code,
                    language=self._language_of(cell.code, cells), origin="screen", output=cell.output,
                )
            )  # fmt: skip
        if screen.frame is not None and not (cells and editor_screens.code_is_sure(screen)):
            self.made.append(
                Figure(
                    id=self._id(), sentences=spoken, screens=(screen.id,), writer=_NAME,
                    caption=markdown(editor_screens.caption(screen, said)), alt=editor_screens.alt(screen),
                )
            )  # fmt: skip

    @staticmethod
    def _language_of(code: str, cells: Sequence[editor_screens.Cell]) -> str:
        """A cell's language; a notebook is in Python where all its cells can be read as such."""
        if (len(cells) > 1 or cells[0].output) and all(editor_screens.is_python(cell.code) for cell in cells):
            return "python"
        return editor_screens.language_of(code)

    def _said_during(self, screen: Screen) -> tuple[str, ...]:
        return tuple(
            sentence.id for sentence in self.chapter.sentences
            if sentence.end_s > screen.start_s and sentence.start_s < screen.end_s
        )  # fmt: skip

    # ---- repairing

    def again(self, block: Block) -> Iterator[Block]:
        """The editor's text in a block's place; its first keeps the id, further ones get it with two digits more."""
        cited = [sentence for sentence in self.chapter.sentences if sentence.id in block.sentences]
        screens = {screen.id: screen for screen in self.chapter.screens}
        if isinstance(block, Figure):
            screen = screens.get(block.screens[0])
            if screen is not None:
                yield block.model_copy(
                    update={
                        "caption": markdown(editor_screens.caption(screen)),
                        "alt": editor_screens.alt(screen),
                        "writer": _NAME,
                    }
                )
                return
        if isinstance(block, Code):
            shown = [
                code
                for name in block.screens
                if name in screens and (code := editor_screens.code(screens[name]))
            ]
            if shown:
                code = shown[-1]
                yield block.model_copy(
                    update={
                        "code": code, "language": editor_screens.language_of(code), "origin": "screen",
                        "snippet": None, "output": None, "writer": _NAME,
                    }
                )  # fmt: skip
                return
        if isinstance(block, Heading):
            yield self._heading_again(block, cited)
            return
        pieces = pieces_of(cited, self.spelling, self.language)
        groups = paragraphs(pieces, frozenset(), self.language)
        if not groups:
            yield block
            return
        for number, group in enumerate(groups):
            block_id = block.id if number == 0 else f"{block.id}{number:02d}"
            ids = _ids(group) if len(groups) > 1 else tuple(sentence.id for sentence in cited)
            text = markdown(_prose(group, self.language))
            kind = (
                Exercise if isinstance(block, Exercise) else Quote if isinstance(block, Quote) else Paragraph
            )
            yield kind(id=block_id, sentences=ids, screens=block.screens, writer=_NAME, text=text)

    def _heading_again(self, block: Heading, cited: Sequence[Sentence]) -> Heading:
        """The outline's heading for the place, else a key phrase of what is said."""
        headings = {section.sentence: section.title for section in self.assignment.outline.chapter.sections}
        text = next((headings[sentence.id] for sentence in cited if sentence.id in headings), None)
        if text is None:
            phrases = key_phrases(edit_text(cited, self.language, self.spelling), self.language)
            text = phrases[0][:1].upper() + phrases[0][1:] if phrases else self.chapter.title
        return block.model_copy(update={"text": markdown(text), "writer": _NAME})


def _starts_of(pieces: Sequence[Piece]) -> dict[str, int]:
    """Spoken sentence -> the first sentence of the page that begins with it, else the first that holds it."""
    starts: dict[str, int] = {}
    for at, piece in enumerate(pieces):
        starts.setdefault(piece.sentences[0], at)
    for at, piece in enumerate(pieces):
        for name in piece.sentences:
            starts.setdefault(name, at)
    return starts


def _ids(pieces: Sequence[Piece]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for piece in pieces for sentence in piece.sentences))


# --------------------------------------------------------------------------------------------- exercises


@dataclass(frozen=True)
class _Stretch:
    pieces: list[Piece]
    is_exercise: bool


_SET = re.compile(
    r"\b(?:your turn|as an exercise|exercise (?:is(?! progression)|for you)|homework|"
    r"(?:it's|is) a (?:fun |good |nice )?exercise|"
    r"(?:(?:an|the|next) exercise|this exercise(?! \w+ that)) (?:is|asks|for)|"
    r"pause (?:the|this) video|try (?:it|this) (?:yourself|on your own|out yourself)|"
    r"try to (?:maybe )?(?:write|implement|figure out|prove|derive|compute|work out|solve|do) [^.?!]*"
    r"\b(?:yourself|on your own|why|how)\b|try to (?:write|implement) (?:that|this|it)\b[^.?!]*\byourself|"
    r"I (?:would )?(?:encourage|invite|challenge) you to "
    r"(?!(?:(?:maybe|just|like|pause and|stop and) )*(?:look|read|go|watch|see|check|pause|step|take)\b))\b",
    re.IGNORECASE,
)
_EXERCISE_TITLE = re.compile(
    r"^(?:exercises?|your turn|homework|assignment|problem set|quiz)\b", re.IGNORECASE
)


def _exercises(pieces: Sequence[Piece], screens: Sequence[Screen], language: str) -> list[_Stretch]:
    """Where the lecturer sets an exercise, the sentences that set it, apart from the rest.

    It begins with the sentence that says so and lasts while a screen with such a title is up, else for the
    two sentences after it at most, none of them a new subject.
    """
    if not language.startswith("en"):
        return [_Stretch(list(pieces), False)]
    titled = [
        screen
        for screen in screens
        if any(_EXERCISE_TITLE.match(line.text.strip()) for line in screen.lines[:3])
    ]
    stretches: list[_Stretch] = []
    at = 0
    while at < len(pieces):
        screen = next((s for s in titled if s.start_s <= pieces[at].start_s + 0.5 < s.end_s), None)
        set_here = bool(_SET.search(pieces[at].text))
        end = at + 1
        if screen is not None and (set_here or pieces[at].start_s - screen.start_s < 5):
            while end < len(pieces) and pieces[end].start_s < screen.end_s - 0.5:
                end += 1
        elif set_here:
            while end < min(at + 3, len(pieces)) and pieces[end].words > 3 and _goes_on(pieces[end].text):
                end += 1
        is_exercise = (screen is not None and end > at + 1) or set_here
        if set_here and screen is None and stretches and not stretches[-1].is_exercise:
            stretches.append(_Stretch(_pointed_to(stretches[-1].pieces, pieces[at].text), True))
        if stretches and stretches[-1].is_exercise == is_exercise:
            stretches[-1].pieces.extend(pieces[at:end])
        else:
            stretches.append(_Stretch(list(pieces[at:end]), is_exercise))
        at = end
    return _within_limits([stretch for stretch in stretches if stretch.pieces])


def _pointed_to(before: list[Piece], text: str) -> list[Piece]:
    """Takes off `before` the two sentences that "implement this yourself" needs to be understood by itself."""
    if not re.search(r"\b(?:this|that|it|these|those|so)\b", text, re.IGNORECASE):
        return []
    taken = before[-_POINTED_TO:]
    del before[-_POINTED_TO:]
    return taken


_POINTED_TO = 2


def _goes_on(text: str) -> bool:
    return bool(
        re.match(
            r"(?:and|then|you|try|take|write|implement|compute|do|how many|what|hint|once)\b", text, re.I
        )
    )


def _within_limits(stretches: list[_Stretch]) -> list[_Stretch]:
    """What would be an exercise of 150 words or more is more talk than task, and stays prose."""

    def short(stretch: _Stretch) -> bool:
        return sum(piece.words for piece in stretch.pieces) < MAX_PARAGRAPH_WORDS

    return [_Stretch(stretch.pieces, stretch.is_exercise and short(stretch)) for stretch in stretches]
