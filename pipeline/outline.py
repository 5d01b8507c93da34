"""The `outline` stage: the whole lecture at a glance, made once, before any chapter is written.

The chosen writer makes it. A copy goes to `edits/outline.yaml`, and what a person changed there wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pipeline import outline_edits
from pipeline.interfaces import Work, Writer
from pipeline.models import Chapter, Chapters, Degradation, Outline, SourceVideo
from pipeline.reference import Reference
from pipeline.snippet_places import snippet_places
from pipeline.text import words

__all__ = ["placed", "run"]


def run(work: Work, *, make_writer: Callable[[], Writer], reference: Reference | None = None) -> Outline:
    """The outline of the whole lecture.

    Args:
        make_writer: makes the chosen writer.
        reference: its verified snippets are given their places; None: there are none.

    Raises:
        ConfigError: `edits/outline.yaml` is no outline.
        ModelError: the writer's language model fails.
    """
    found = work.read(Chapters)
    chapters = found.chapters
    # Read before anything is paid for: a mistake in the file should not cost a call.
    changes = outline_edits.changes(work.edit(outline_edits.COPY), work.edit(outline_edits.AS_MADE))
    # A recognizer knows what is spoken where the source does not say.
    video = work.read(SourceVideo)
    video = video.model_copy(update={"language": spoken_language(found.language, video.language)})
    made = make_writer().outline(video, chapters, work.progress)
    made = _without_twins(made.model_copy(update={"titles": tuple(one.title for one in made.chapters)}))
    outline_edits.put_copy(work.folder, made)
    outline, misfits = outline_edits.merged(made, changes, outline_edits.spoken_in(chapters))
    _admit(work, made, misfits)
    outline = outline.model_copy(update={"snippets": snippet_places(reference, video.video_key, chapters)})
    return placed(outline, chapters)


def spoken_language(heard: str | None, said: str | None) -> str | None:
    """The source's tag ("en-GB") where it agrees with what was heard, which is the transcript's ISO 639-1 code.

    >>> spoken_language("de", None), spoken_language("en", "en-GB"), spoken_language("de", "en")
    ('de', 'en-GB', 'de')
    """
    agree = heard is None or (said or "").lower().split("-")[0] == heard
    return said if agree else heard


def _admit(work: Work, made: Outline, misfits: Sequence[str]) -> None:
    for misfit in misfits:
        work.degrade(
            Degradation(
                stage="outline",
                what=f"a change in edits/{outline_edits.COPY} does not fit the lecture: {misfit}",
                consequence="it is passed over; your file is as it was",
                remedy=f"mend it in edits/{outline_edits.COPY}",
            )
        )
    if made.by_rules:
        work.degrade(
            Degradation(
                stage="outline",
                what=f"the model's outline of {', '.join(made.by_rules)} could not be used",
                consequence="headings, summary and terms there are the editor's, in the lecturer's words",
                remedy="delete work/outline.json and run the same command again, or choose another model",
            )
        )


def _without_twins(outline: Outline) -> Outline:
    """No heading says what another one, or a chapter's title, says already, anywhere in the book."""
    taken = {_bare(chapter.title) for chapter in outline.chapters}
    chapters = []
    for chapter in outline.chapters:
        sections = []
        for section in chapter.sections:
            if _bare(section.title) not in taken:
                taken.add(_bare(section.title))
                sections.append(section)
        chapters.append(chapter.model_copy(update={"sections": tuple(sections)}))
    return outline.model_copy(update={"chapters": tuple(chapters)})


def _bare(text: str) -> str:
    return " ".join(words.normal(token.text) for token in words.tokens(text)) or text


# ------------------------------------------------------------------------------------------------- places


def placed(outline: Outline, chapters: Sequence[Chapter]) -> Outline:
    """The outline with each term, symbol and reference knowing the chapters that it concerns.

    A chapter is written with these in view and no others, so a change of one touches only the chapters it is in.
    """
    texts = {chapter.id: _everything(chapter) for chapter in chapters}
    of = outline_edits.spoken_in(chapters)
    return outline.model_copy(
        update={
            "terms": tuple(
                term.model_copy(update={"chapters": _holding(term.term, texts)}) for term in outline.terms
            ),
            "notation": tuple(
                one.model_copy(update={"chapters": _holding(one.symbol, texts)}) for one in outline.notation
            ),
            "references": tuple(
                one.model_copy(
                    update={"chapters": tuple(dict.fromkeys(of[name] for name in one.sentences if name in of))}
                )
                for one in outline.references
            ),
        }
    )  # fmt: skip


def _everything(chapter: Chapter) -> str:
    said = " ".join(sentence.text for sentence in chapter.sentences)
    return f"{said} {' '.join(screen.text for screen in chapter.screens)}"


def _holding(name: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Chapters whose words hold the name, whatever stands between its words and at its end."""
    parts = [re.escape(part) for part in re.split(r"[\s-]+", name.strip()) if part]
    inside = r"[\s-]*".join(parts)
    pattern = re.compile(rf"(?<!\w){inside}(?:e?s)?(?!\w)", re.IGNORECASE)
    return tuple(chapter for chapter, text in texts.items() if parts and pattern.search(text))
