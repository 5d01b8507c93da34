"""What the video holds, written down while it is made: tests and benchmarks measure against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .film import FPS, final_state
from .script import Chapter
from .stage import Stage
from .timeline import FADE_S, Visit
from .voice import CHAPTER_LEAD_S, Recording, Spoken

SCHEMA = "lecturebook-example-truth/1"


def describe(
    chapters: Sequence[Chapter],
    recording: Recording,
    visits: Sequence[Visit],
    stage: Stage,
    facts: dict[str, str],
) -> dict[str, Any]:
    """The truth as JSON-ready values; README.md beside the video explains the fields."""
    names = _visit_names(visits)
    return {
        "schema": SCHEMA,
        **facts,
        "duration_s": round(int(recording.duration_s * FPS) / FPS, 3),
        "fps": FPS,
        "size": [1280, 720],
        "chapters": chapter_spans(chapters, recording),
        "sentences": [_sentence(number, item) for number, item in enumerate(recording.spoken)],
        "screens": [
            _screen(visit, name, visits, names, stage) for visit, name in zip(visits, names, strict=True)
        ],
        "code": _code(visits, names, stage),
        "numbers": _tagged(recording.spoken, "number"),
        "names": _tagged(recording.spoken, "name"),
        "terms": _tagged(recording.spoken, "term"),
    }


def chapter_spans(chapters: Sequence[Chapter], recording: Recording) -> list[dict[str, Any]]:
    """Title, start_s and end_s of each chapter; they tile the video."""
    starts = [
        round(min(s.start_s for s in recording.spoken if s.chapter == number) - CHAPTER_LEAD_S, 3)
        for number in range(len(chapters))
    ]
    starts[0] = 0.0
    ends = [*starts[1:], round(int(recording.duration_s * FPS) / FPS, 3)]
    return [
        {"title": chapter.title, "start_s": start, "end_s": end}
        for chapter, start, end in zip(chapters, starts, ends, strict=True)
    ]


def _sentence(number: int, item: Spoken) -> dict[str, Any]:
    return {
        "id": f"t{number:03d}",
        "chapter": item.chapter,
        "start_s": round(item.start_s, 3),
        "end_s": round(item.end_s, 3),
        "text": item.sentence.text,
        "clean": item.sentence.clean,
        "fillers": list(item.sentence.fillers),
        "dropped": list(item.sentence.dropped),
    }


def _visit_names(visits: Sequence[Visit]) -> list[str]:
    """The screen's id, with -2, -3 where it comes back."""
    names: list[str] = []
    for visit in visits:
        earlier = sum(other.screen == visit.screen for other in visits[: len(names)])
        names.append(visit.screen if not earlier else f"{visit.screen}-{earlier + 1}")
    return names


def _screen(
    visit: Visit, name: str, visits: Sequence[Visit], names: Sequence[str], stage: Stage
) -> dict[str, Any]:
    return {
        "id": name,
        "kind": stage.screens[visit.screen]["kind"],
        "start_s": round(visit.start_s, 3),
        "completed_s": round(visit.completed_s, 3),
        "end_s": round(visit.end_s, 3),
        "same_as": visit.screen if visit.again else None,
        "fade_s": FADE_S if visit.fade else 0.0,
        "steps_s": [round(moment, 3) for moment in visit.steps_s],
        "typed_s": [round(moment, 3) for moment in visit.typing] if visit.typing else None,
        "scrolled_s": [round(moment, 3) for moment in visit.scroll[1:]] if visit.scroll else None,
        "lines": stage.lines(visit.screen, final_state(stage.open(visit.screen))),
    }


def _code(visits: Sequence[Visit], names: Sequence[str], stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "screen": name,
            "kind": stage.screens[visit.screen]["kind"],
            "language": piece.language,
            "text": piece.text,
            "output": piece.output,
        }
        for visit, name in zip(visits, names, strict=True)
        if not visit.again
        for piece in stage.code(visit.screen)
    ]


def _tagged(spoken: Sequence[Spoken], kind: str) -> list[dict[str, Any]]:
    return [
        {
            "sentence": f"t{number:03d}",
            "spoken": tag.spoken,
            "value": int(tag.value) if kind == "number" else tag.value,
        }
        for number, item in enumerate(spoken)
        for tag in item.sentence.tagged
        if tag.kind == kind
    ]
