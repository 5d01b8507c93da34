"""Chapters from the author's marks, chunks, and what holds of both whatever the lecture."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.models import TIME_TOLERANCE_S, Sentence

TALK = ["We merge the pair of bytes."] * 120


def starts(chapters: Any) -> list[float]:
    return [chapter.start_s for chapter in chapters.chapters]


# ------------------------------------------------------------------------------------------ author's marks


def test_the_authors_marks_win(lecture: Any, check: Any) -> None:
    said = lecture.sentences(TALK)
    chapters = lecture.segmented(said, duration_s=600, marks=[(0, "Intro"), (200, "Bytes"), (400, "Merges")])
    assert starts(chapters) == [0, 200, 400]
    assert [chapter.title for chapter in chapters.chapters] == ["Intro", "Bytes", "Merges"]
    assert {chapter.boundary for chapter in chapters.chapters} == {"author"}
    assert chapters.note is None
    assert lecture.work.recorded == []
    check(chapters, said)


@pytest.mark.parametrize(("mark_s", "begins_s"), [(202.4, 200), (202.6, 205), (198.0, 200), (200, 200)])
def test_a_mark_snaps_to_the_nearest_sentence(lecture: Any, mark_s: float, begins_s: float) -> None:
    chapters = lecture.segmented(lecture.sentences(TALK), duration_s=600, marks=[(0, "A"), (mark_s, "B")])
    assert starts(chapters) == [0, begins_s]


def test_a_mark_far_from_any_start_stays_and_a_sentence_goes_where_it_starts(
    lecture: Any, check: Any
) -> None:
    said = lecture.sentences(["A very long sentence."] * 10, length_s=60)
    chapters = lecture.segmented(said, duration_s=600, marks=[(0, "A"), (210, "B")])
    assert starts(chapters) == [0, 210]
    assert [len(chapter.sentences) for chapter in chapters.chapters] == [4, 6]
    check(chapters, said)


def test_a_first_mark_a_little_late_begins_at_zero(lecture: Any) -> None:
    chapters = lecture.segmented(lecture.sentences(TALK), duration_s=600, marks=[(2, "A"), (300, "B")])
    assert [(chapter.start_s, chapter.title) for chapter in chapters.chapters] == [(0, "A"), (300, "B")]


def test_what_lies_before_a_late_first_mark_is_an_opening_of_ours(lecture: Any) -> None:
    chapters = lecture.segmented(lecture.sentences(TALK), duration_s=600, marks=[(100, "A"), (300, "B")])
    assert [(chapter.start_s, chapter.boundary) for chapter in chapters.chapters] == [
        (0, "derived"),
        (100, "author"),
        (300, "author"),
    ]


def test_marks_beyond_the_end_and_repeated_ones_are_ignored(lecture: Any, check: Any) -> None:
    said = lecture.sentences(TALK)
    marks = [(300, "B"), (0, "A"), (300, "B again"), (600, "End"), (9000, "Far")]
    chapters = lecture.segmented(said, duration_s=600, marks=marks)
    assert [chapter.title for chapter in chapters.chapters] == ["A", "B"]
    check(chapters, said)


def test_marks_nearer_than_sentences_keep_apart(lecture: Any, check: Any) -> None:
    said = lecture.sentences(["Long."] * 60, length_s=10)
    chapters = lecture.segmented(said, duration_s=600, marks=[(0, "A"), (101, "B"), (102, "C"), (103, "D")])
    assert [chapter.title for chapter in chapters.chapters] == ["A", "B", "C", "D"]
    check(chapters, said)


def test_a_chapter_in_which_nothing_is_said_has_one_chunk(lecture: Any, check: Any) -> None:
    said = lecture.sentences(TALK[:20])
    chapters = lecture.segmented(said, duration_s=900, marks=[(0, "Talk"), (300, "Music")])
    assert [len(chunk.sentences) for chunk in chapters.chapters[1].chunks] == [0]
    check(chapters, said)


def test_a_chapter_hours_long_and_one_a_second_long(lecture: Any, check: Any) -> None:
    said = lecture.sentences(["We merge the pair of bytes."] * 2400)
    chapters = lecture.segmented(said, duration_s=12000, marks=[(0, "Hi"), (1, "Long"), (11999, "Bye")])
    assert len(chapters.chapters) == 2 + (starts(chapters)[1] > 0)
    lengths = [chunk.duration_s for chunk in chapters.chapters[1].chunks]
    assert len(lengths) >= 100
    assert max(lengths) <= 120
    check(chapters, said)


# ------------------------------------------------------------------------------------------------- chunks


def test_chunks_keep_their_bounds_without_a_single_pause(lecture: Any, check: Any) -> None:
    said = lecture.sentences(TALK)
    chapters = lecture.segmented(said, duration_s=600)
    lengths = [chunk.duration_s for chapter in chapters.chapters for chunk in chapter.chunks]
    assert all(40 <= length_s <= 120 for length_s in lengths)
    check(chapters, said)


def test_chunks_are_cut_where_the_screen_changes(lecture: Any) -> None:
    screens = [
        lecture.screen(1, 0, 65, "A"),
        lecture.screen(2, 65, 130, "B"),
        lecture.screen(3, 130, 200, "C"),
    ]
    chapters = lecture.segmented(
        lecture.sentences(TALK[:40]), duration_s=200, marks=[(0, "All")], screens=screens
    )
    assert [chunk.start_s for chunk in chapters.chapters[0].chunks] == [0, 65, 130]


def test_a_screen_that_comes_up_in_a_pause_opens_the_chunk(lecture: Any, check: Any) -> None:
    first = lecture.sentences(TALK[:14])
    later = tuple(
        Sentence(id=f"s{100 + i:04d}", text="More.", start_s=80 + 5 * i, end_s=85 + 5 * i) for i in range(14)
    )
    screens = [lecture.screen(1, 0, 75, "A"), lecture.screen(2, 75, 150, "B")]
    chapters = lecture.segmented(first + later, duration_s=150, marks=[(0, "All")], screens=screens)
    assert [chunk.start_s for chunk in chapters.chapters[0].chunks] == [0, 75]
    assert [[screen.id for screen in chunk.screens] for chunk in chapters.chapters[0].chunks] == [
        ["f001"],
        ["f002"],
    ]
    check(chapters, first + later)


def test_a_chunk_shows_the_screen_already_up_and_those_that_begin_in_it(lecture: Any) -> None:
    screens = [
        lecture.screen(1, 0, 350, "A"),
        lecture.screen(2, 350, 360, "B"),
        lecture.screen(3, 360, 600, "C"),
    ]
    chapters = lecture.segmented(
        lecture.sentences(TALK), duration_s=600, marks=[(0, "A"), (300, "B")], screens=screens
    )
    for chapter in chapters.chapters:
        for chunk in chapter.chunks:
            shown = [s.id for s in screens if s.start_s < chunk.end_s and s.end_s > chunk.start_s]
            assert [screen.id for screen in chunk.screens] == shown
    assert chapters.chapters[1].chunks[0].screens[0].id == "f001"


@pytest.mark.parametrize("changes_s", [298.7, 301.2])
def test_a_screen_that_changes_beside_a_boundary_belongs_to_one_side(lecture: Any, changes_s: float) -> None:
    screens = [lecture.screen(1, 0, changes_s, "A"), lecture.screen(2, changes_s, 600, "B")]
    chapters = lecture.segmented(
        lecture.sentences(TALK), duration_s=600, marks=[(0, "A"), (300, "B")], screens=screens
    )
    assert [{screen.id for screen in chapter.screens} for chapter in chapters.chapters] == [
        {"f001"},
        {"f002"},
    ]


def test_a_sentence_that_starts_after_the_end_goes_to_the_last_chunk(lecture: Any, check: Any) -> None:
    said = lecture.sentences(TALK)
    chapters = lecture.segmented(said, duration_s=590, marks=[(0, "A"), (300, "B")])
    assert chapters.chapters[-1].chunks[-1].sentences[-1] == said[-1]
    check(chapters, said)


# --------------------------------------------------------------------------------------------- properties


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[tuple[float, float]], float, list[float], list[float]]:
    """Sentences' times (overlaps and pauses too), duration, marks and where screens begin."""
    at_s, times = 0.0, []
    for _ in range(draw(st.integers(1, 40))):
        at_s += draw(st.floats(0, 60, allow_subnormal=False))
        times.append((at_s, at_s + draw(st.floats(0, 30))))
    duration_s = draw(st.floats(0.5, max(at_s, 1) * 1.3))
    inside = st.floats(0, duration_s * 1.2)
    return (
        times,
        duration_s,
        draw(st.lists(inside, max_size=8)),
        sorted(draw(st.lists(inside, max_size=8, unique=True))),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(talk=talks())
def test_any_lecture_is_tiled_and_each_sentence_stands_once(lecture: Any, talk: Any) -> None:
    times, duration_s, marks, begins = talk
    said = [
        Sentence(id=f"s{i:04d}", text=f"Topic {i} of bytes.", start_s=start_s, end_s=end_s)
        for i, (start_s, end_s) in enumerate(times)
    ]
    ends = [*begins[1:], duration_s * 1.2]
    screens = [
        lecture.screen(i, start_s, max(start_s, end_s), "Head")
        for i, (start_s, end_s) in enumerate(zip(begins, ends, strict=False))
    ]
    chapters = lecture.segmented(
        said, duration_s=duration_s, marks=[(mark_s, "") for mark_s in marks], screens=screens
    )
    chunks = [chunk for chapter in chapters.chapters for chunk in chapter.chunks]
    assert chunks[0].start_s == 0.0
    assert chunks[-1].end_s == duration_s
    assert all(before.end_s == after.start_s for before, after in pairwise(chunks))
    assert all(chunk.end_s > chunk.start_s for chunk in chunks)
    assert [sentence.id for chunk in chunks for sentence in chunk.sentences] == [one.id for one in said]
    for chunk in chunks:
        for sentence in chunk.sentences:
            assert sentence.start_s >= chunk.start_s - TIME_TOLERANCE_S
            assert sentence.start_s < chunk.end_s or chunk is chunks[-1]
    shown = {screen.id for chunk in chunks for screen in chunk.screens}
    assert {screen.id for screen in screens} == shown
    assert all(chapter.title for chapter in chapters.chapters)
