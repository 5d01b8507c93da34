"""The `write` stage: one chapter, by the chosen writer or by a person.

A person's own `edits/chapters/03.md` (also `3.md`, `ch03.md`) wins over every writer. It is read as Markdown, and
each block of it is given the lecture's sentences that it shares the most words with, so that it links to its
moments as the others do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from pipeline import seams
from pipeline.chapter_text import as_text, to_markdown
from pipeline.config import ImagesOptions, WriteOptions
from pipeline.errors import CostLimit, ModelError
from pipeline.hand_edits import Base, base_name, edit_names, keep_generated, merge, put_generated, read_base
from pipeline.interfaces import Assignment, Work, Writer
from pipeline.models import (
    Block,
    Chapter,
    ChapterOutline,
    Degradation,
    Draft,
    GeneratedPicture,
    Screen,
    Sentence,
)
from pipeline.prompts import load
from pipeline.reference import Reference
from pipeline.store import atomic_write, digest, digest_model
from pipeline.text import words
from pipeline.writers.verified import with_snippets, with_tokens

__all__ = ["person_draft", "run"]

_BLOCK: TypeAdapter[Block] = TypeAdapter(Block)
# A sentence is cited when at least this share of its content words stands in the block.
_CITED_SHARE = 0.5
PICTURES = "work/pictures"


def run(
    work: Work,
    *,
    make_writer: Callable[[], Writer],
    reference: Reference | None = None,
    make_picture: Callable[[str], bytes] | None = None,
) -> Draft:
    """A chapter's draft.

    Args:
        make_writer: makes the chosen writer; not called where a person wrote the chapter.
        reference: verified snippets and token examples are drawn from it; None: none are.
        make_picture: draws a PNG for the chapter; None: its best frame stands for it.

    Raises:
        ModelError: the writer's language model fails.
    """
    chapter = work.read(Chapter)
    outline = work.read(ChapterOutline)
    draft = _by_somebody(work, chapter, outline, make_writer, reference)
    return draft if make_picture is None else _pictured(work, draft, outline, make_picture)


def _by_somebody(
    work: Work,
    chapter: Chapter,
    outline: ChapterOutline,
    make_writer: Callable[[], Writer],
    reference: Reference | None,
) -> Draft:
    """The chapter by a person where one wrote it, else by the chosen writer."""
    for name in edit_names(chapter.id):
        if (edited := work.edit(name)) is not None:
            return _edited(
                work,
                edited,
                chapter,
                outline,
                lambda: _written(work, chapter, outline, make_writer, reference),
            )
    return _written(work, chapter, outline, make_writer, reference)


def _written(
    work: Work,
    chapter: Chapter,
    outline: ChapterOutline,
    make_writer: Callable[[], Writer],
    reference: Reference | None,
) -> Draft:
    """The chapter by the chosen writer."""
    assignment = Assignment(chapter, outline, work.folder, work.sample, work.notes)
    writer = make_writer()
    _admit_what_is_passed_over(work, assignment, writer.name)
    draft = writer.write(assignment, work.progress)
    if writer.name != "editor":
        draft = _seamless(work, draft, assignment)
    if writer.name != "openai":
        # A large model was shown the snippets and placed those that fit; the others cannot judge.
        draft = with_snippets(draft, outline.snippets, reference)
    return with_tokens(draft, reference)


def _pictured(
    work: Work, draft: Draft, outline: ChapterOutline, make_picture: Callable[[str], bytes]
) -> Draft:
    """The chapter with a picture generated for it; one that was paid for is found again."""
    chapter, model = outline.chapter, work.config(ImagesOptions).model or ""
    (asked,) = load("picture").render(title=chapter.title, summary=chapter.summary)
    size = work.config(ImagesOptions).size
    name = digest("\n".join((model, size, str(draft.sample), asked.text)).encode())[:20]
    path = f"{PICTURES}/{draft.chapter}-{name}.png"
    try:
        if not (work.folder / path).is_file():
            atomic_write(work.folder / path, make_picture(asked.text))
    except CostLimit:
        raise
    except ModelError as error:
        work.degrade(
            Degradation(
                stage="write",
                what=f"no picture was generated: {error.what}",
                consequence="the chapter's best frame stands for it",
                remedy=error.fix,
                chapter=draft.chapter,
            )
        )
        return draft
    return draft.model_copy(update={"picture": GeneratedPicture(path=path, model=model)})


def _seamless(work: Work, draft: Draft, assignment: Assignment) -> Draft:
    mended, left = seams.mend(draft, assignment.chapter, assignment.outline)
    for what in left:
        work.degrade(
            Degradation(
                stage="write",
                what=what,
                consequence="a reader meets it twice",
                remedy="write the chapter afresh with make chapter, with NOTES that say so",
                chapter=draft.chapter,
            )
        )
    return mended


def _edited(
    work: Work,
    edited: str,
    chapter: Chapter,
    outline: ChapterOutline,
    written: Callable[[], Draft],
) -> Draft:
    """The chapter as a person edited it, with what changed in the lecture since taken in where that is clean."""
    base = read_base(work.edit(base_name(chapter.id)))
    if base is None:
        return person_draft(edited, chapter, outline, work.sample)
    if base.source == digest_model(chapter):
        return person_draft(edited, chapter, outline, work.sample, base.draft.blocks)
    generated = written()
    keep_generated(work.folder, chapter.id, Base(source=digest_model(chapter), draft=generated))
    merged = merge(to_markdown(base.draft), edited, to_markdown(generated))
    if merged is not None and merged.clean:
        return person_draft(merged.text, chapter, outline, work.sample, generated.blocks)
    kept = put_generated(work.folder, chapter.id, generated)
    work.degrade(
        Degradation(
            stage="write",
            what="the lecture has changed where you edited the chapter"
            if merged is not None
            else "the lecture has changed since you edited the chapter, and there is no git to merge with",
            consequence=f"your text stands; what the lecture gives now is kept in {kept}",
            remedy=f"lecturebook edit URL {int(chapter.id.removeprefix('ch'))} --merge puts both into your file",
            chapter=chapter.id,
            passing=merged is None,
        )
    )
    return person_draft(edited, chapter, outline, work.sample, generated.blocks)


def _admit_what_is_passed_over(work: Work, assignment: Assignment, writer: str) -> None:
    """Only a large model follows instructions and writes in another language; the others edit what was said."""
    if writer == "openai":
        return
    wanted, spoken = work.config(WriteOptions).output_language, assignment.outline.language
    remedy = "WRITER=openai with an OpenAI-compatible endpoint"
    if wanted is not None and wanted != spoken:
        work.degrade(
            Degradation(
                stage="write",
                what=f"the {writer} writer cannot write in {wanted!r}",
                consequence=f"the chapter is in the language spoken ({spoken!r})",
                remedy=remedy,
                chapter=assignment.chapter.id,
            )
        )
    if assignment.notes:
        work.degrade(
            Degradation(
                stage="write",
                what=f"the {writer} writer follows no instructions (NOTES)",
                consequence="the chapter is edited as it would be without them",
                remedy=remedy,
                chapter=assignment.chapter.id,
            )
        )


# ------------------------------------------------------------------------------------ a person's chapter


def person_draft(
    text: str, chapter: Chapter, outline: ChapterOutline, sample: int = 0, known: Sequence[Block] = ()
) -> Draft:
    """A chapter from a person's Markdown: headings, paragraphs, lists, quotes, fenced code, and pictures of screens.

    A first heading of level 1 is the chapter's title. A picture whose path holds a screen's id is that figure.

    Args:
        known: blocks of a draft of this chapter; one that the person left alone stays what it is, sources and all.
    """
    left_alone = {as_text(block): block for block in reversed(known)}
    title = outline.chapter.title
    blocks: list[Block] = []
    for part in _parts(text):
        if part.kind == "title":
            title = part.fields["text"]
            continue
        block = _block(part, f"{chapter.id}-b{len(blocks) + 1:03d}", chapter, outline.language)
        if (same := left_alone.get(as_text(block))) is not None:
            block = same.model_copy(update={"id": block.id})
        blocks.append(block)
    return Draft(
        chapter=chapter.id, title=title, writer="person", model=None, sample=sample, blocks=tuple(blocks)
    )


@dataclass(frozen=True)
class _Part:
    kind: str
    fields: dict[str, Any]
    words: str
    """What to look for in the lecture."""


_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w+#.-]*)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"^\s{0,3}(?:([-*+])|(\d+)[.)])\s+(.*)$")
_PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)\s]+)[^)]*\)$")


def _parts(text: str) -> Iterator[_Part]:
    """Blocks of Markdown, split at blank lines, fences and headings."""
    lines = re.sub(r"<!--.*?-->", "", text.replace("\r\n", "\n"), flags=re.DOTALL).split("\n")
    at, first = 0, True
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
            continue
        if fence := _FENCE.match(line):
            end = _fence_end(lines, at + 1, fence[1])
            code = "\n".join(lines[at + 1 : end])
            yield _fence_part(code, fence[2])
            at = end + 1
        elif heading := _HEADING.match(line):
            level = len(heading[1])
            kind = "title" if level == 1 and first else "heading"
            yield _Part(kind, {"text": heading[2], "level": min(max(level, 2), 4)}, heading[2])
            at += 1
        else:
            end = _stretch_end(lines, at)
            yield _prose(lines[at:end])
            at = end
        first = False


def _fence_part(text: str, language: str) -> _Part:
    """Code, or what `chapter_text` writes as a fence: tokens and exercises."""
    if language == "exercise":
        return _Part("exercise", {"text": text}, text)
    if language.startswith("tokens-"):
        return _Part("tokens", {"text": text, "tokenizer": language.removeprefix("tokens-")}, text)
    return _Part("code", {"code": text, "language": language or "text", "origin": "writer"}, text)


def _fence_end(lines: Sequence[str], at: int, fence: str) -> int:
    closing = re.compile(rf"^\s{{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    return next((i for i in range(at, len(lines)) if closing.match(lines[i])), len(lines))


def _stretch_end(lines: Sequence[str], at: int) -> int:
    for i in range(at + 1, len(lines)):
        if not lines[i].strip() or _FENCE.match(lines[i]) or _HEADING.match(lines[i]):
            return i
    return len(lines)


def _prose(lines: Sequence[str]) -> _Part:
    text = " ".join(line.strip() for line in lines)
    if picture := _PICTURE.match(text):
        return _Part("figure", {"caption": picture[1], "alt": picture[1], "path": picture[2]}, picture[1])
    if all(line.lstrip().startswith(">") for line in lines):
        text = " ".join(line.lstrip().lstrip(">").strip() for line in lines)
        return _Part("quote", {"text": text}, text)
    if first := _ITEM.match(lines[0]):
        items: list[str] = []
        for line in lines:
            item = _ITEM.match(line)
            if item:
                items.append(item[3].strip())
            else:
                items[-1] += " " + line.strip()
        return _Part("list", {"items": tuple(items), "ordered": first[2] is not None}, " ".join(items))
    return _Part("paragraph", {"text": text}, text)


def _block(part: _Part, block_id: str, chapter: Chapter, language: str) -> Block:
    fields = dict(part.fields)
    kind = part.kind
    screens: tuple[str, ...] = ()
    sentences: Sequence[str] = _cited(part.words, chapter.sentences, language)
    if kind == "figure":
        path = fields.pop("path")
        screen = next((screen for screen in chapter.screens if _shows(path, screen)), None)
        if screen is None:
            # Not one of the lecture's screens: what the person says of the picture stays, as a paragraph.
            kind, fields = "paragraph", {"text": fields["caption"] or path}
        else:
            screens = (screen.id,)
            sentences = sentences or _said_during(screen, chapter)
    return _BLOCK.validate_python(
        {
            "kind": kind,
            "id": block_id,
            "sentences": tuple(sentences),
            "screens": screens,
            "writer": "person",
            **fields,
        }
    )


def _shows(path: str, screen: Screen) -> bool:
    return re.search(rf"(?<![0-9a-z]){screen.id}(?![0-9])", path) is not None


def _said_during(screen: Screen, chapter: Chapter) -> list[str]:
    return [
        sentence.id
        for sentence in chapter.sentences
        if sentence.end_s > screen.start_s and sentence.start_s < screen.end_s
    ]


def _cited(text: str, sentences: Sequence[Sentence], language: str) -> list[str]:
    """Sentences most of whose content words the text holds; the best one alone where there is none such."""
    here = set(words.content(text, language))
    shares: list[tuple[float, int, str]] = []
    for sentence in sentences:
        said = set(words.content(sentence.text, language))
        if common := said & here:
            shares.append((len(common) / len(said), len(common), sentence.id))
    close = [name for share, common, name in shares if share >= _CITED_SHARE and common >= 2]
    return close or ([max(shares, key=lambda found: (found[1], found[0]))[2]] if shares else [])
