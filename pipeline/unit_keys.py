"""The parts of a unit's key: what they are called, what of an artifact counts for a chapter, and what changed."""

from __future__ import annotations

__all__ = ["IN_WORDS", "differences", "edit_names", "hash_files", "part_of"]

from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.models import Chapter, ChapterOutline, Model, Outline
from pipeline.stages import STAGES, Stage
from pipeline.store import digest

IN_WORDS: Mapping[type[Model], str] = {
    **{stage.makes: f"from {stage.name}" for stage in STAGES},
    Chapter: "from segment (this chapter's part)",
    ChapterOutline: "from outline (this chapter's part and the shared terms)",
}
"""What an input is called in a key."""


def part_of(outline: Outline, chapter_id: str) -> ChapterOutline:
    """One chapter's part: its own, and of the rest no more than it can be said to depend on."""
    chapter = next(chapter for chapter in outline.chapters if chapter.id == chapter_id)
    return ChapterOutline(
        title=outline.title,
        author=outline.author,
        language=outline.language,
        chapter=chapter,
        chapter_titles=outline.titles or tuple(one.title for one in outline.chapters),
        terms=tuple(
            term
            if term.chapter == chapter_id
            else term.model_copy(update={"definition": "", "sentence": term.sentence, "chapters": ()})
            for term in outline.terms
            if term.chapter == chapter_id or chapter_id in term.chapters
        ),
        notation=tuple(
            one.model_copy(update={"chapters": ()}) for one in outline.notation if chapter_id in one.chapters
        ),
        references=tuple(one for one in outline.references if chapter_id in one.chapters),
        snippets=tuple(one for one in outline.snippets if one.chapter == chapter_id),
    )


def edit_names(stage: Stage, chapter: str | None) -> list[str]:
    """Names in `edits/` of a person's own files for a unit, the one that counts first."""
    number = int((chapter or "ch0").removeprefix("ch"))
    return [pattern.format(chapter=chapter, number=number) for pattern in stage.edits]


def hash_files(folder: Path, pattern: str, what: str) -> dict[str, str]:
    """A part for each file that fits the pattern: its name and the hash of its content."""
    return {f"{what} {path.name}": digest(path.read_bytes()) for path in sorted(folder.glob(pattern))}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Clauses that say what changed.

    >>> list(differences({"option screens.ocr": "none"}, {"option screens.ocr": "rapidocr"}))
    ['option screens.ocr changed from none to rapidocr']
    """
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None:
            yield f"{name} is new"
        elif new is None:
            yield f"{name} is gone"
        elif _is_hash(old) or _is_hash(new):
            yield f"{name} changed"
        else:
            yield f"{name} changed from {_short(old)} to {_short(new)}"


def _is_hash(value: str) -> bool:
    return len(value) == 64 and all(letter in "0123456789abcdef" for letter in value)


def _short(value: str) -> str:
    return repr(value) if value == "" or " " in value else value[:60]
