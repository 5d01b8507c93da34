"""Chapters found without marks: in known seams, in one-topic talks, and their titles."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from pipeline.captions import read_captions, to_words
from pipeline.models import Sentence
from pipeline.sentences import to_sentences
from pipeline.topics import find_turns, key_phrase, slide_title

NEAR_S = 20.0


@pytest.fixture(scope="session")
def course(data: Path) -> list[tuple[Sentence, ...]]:
    """The course's videos, each as sentences."""
    files = sorted((data / "hf-course" / "en").glob("*.srt"))
    return [to_sentences(to_words(read_captions(path)), "en") for path in files]


def end_to_end(videos: list[tuple[Sentence, ...]]) -> tuple[list[Sentence], list[float]]:
    """Videos one after the other, and where each ends."""
    said: list[Sentence] = []
    seams: list[float] = []
    for video in videos:
        offset_s = seams[-1] if seams else 0.0
        for one in video:
            moved = {"start_s": one.start_s + offset_s, "end_s": one.end_s + offset_s}
            said.append(Sentence(id=f"s{len(said):04d}", text=one.text, **moved))
        seams.append(said[-1].end_s + 1)
    return said, seams


def test_seams_between_course_videos_are_found(lecture: Any, check: Any, course: Any) -> None:
    chance = random.Random(7)
    hits = seams_there = found = 0
    for _ in range(6):
        said, seams = end_to_end(chance.sample(course, 10))
        chapters = lecture.segmented(said, duration_s=seams[-1])
        check(chapters, said)
        begins = [chapter.start_s for chapter in chapters.chapters[1:]]
        hits += sum(any(abs(begin_s - seam_s) <= NEAR_S for begin_s in begins) for seam_s in seams[:-1])
        seams_there, found = seams_there + len(seams) - 1, found + len(begins)
    assert hits / seams_there >= 0.75
    assert hits / found >= 0.75


def test_a_course_video_alone_is_seldom_cut(lecture: Any, course: Any) -> None:
    whole = [len(lecture.segmented(said, duration_s=said[-1].end_s + 1).chapters) == 1 for said in course]
    assert sum(whole) >= 0.85 * len(whole)


def test_derived_chapters_are_not_uniform_slices_and_say_they_are_ours(lecture: Any, course: Any) -> None:
    said, seams = end_to_end(random.Random(3).sample(course, 8))
    chapters = lecture.segmented(said, duration_s=seams[-1])
    lengths = [chapter.duration_s for chapter in chapters.chapters]
    assert len(lengths) >= 4
    assert max(lengths) > 1.5 * min(lengths)
    assert min(lengths) >= 60
    assert {chapter.boundary for chapter in chapters.chapters} == {"derived"}
    assert len({chapter.title for chapter in chapters.chapters}) == len(chapters.chapters)
    assert chapters.note is not None
    assert "not the author's" in chapters.note


def test_a_talk_on_one_thing_is_one_chapter(lecture: Any, check: Any) -> None:
    said = lecture.sentences(["We merge the most frequent pair of bytes again."] * 100)
    chapters = lecture.segmented(said, duration_s=500)
    (chapter,) = chapters.chapters
    assert (chapter.boundary, chapter.title) == ("whole", "A talk")
    assert chapters.note is not None
    assert lecture.work.recorded == []
    check(chapters, said)


def test_a_long_talk_without_evidence_falls_short_and_says_so(lecture: Any) -> None:
    said = lecture.sentences(["We merge the most frequent pair of bytes again."] * 500)
    chapters = lecture.segmented(said, duration_s=2500)
    assert len(chapters.chapters) == 1
    assert [record.stage for record in lecture.work.recorded] == ["segment"]


def test_an_unknown_language_is_cut_all_the_same(lecture: Any, check: Any) -> None:
    said = lecture.sentences(["我们 合并 最 常见 的 字节 对。"] * 60)
    check(lecture.segmented(said, duration_s=300, language="xx"), said)


def two_topics(lecture: Any) -> tuple[Sentence, ...]:
    bytes_ = "The tokenizer merges byte pairs into vocabulary entries number {}."
    birds = "A migrating swallow crosses the desert before winter storms arrive {}."
    return lecture.sentences([bytes_.format(i) for i in range(30)] + [birds.format(i) for i in range(30)])


def test_two_topics_part_exactly_where_they_meet(lecture: Any, check: Any) -> None:
    said = two_topics(lecture)
    chapters = lecture.segmented(said, duration_s=300)
    assert [chapter.start_s for chapter in chapters.chapters] == [0, 150]
    check(chapters, said)


def test_chapters_are_no_shorter_than_asked(lecture: Any) -> None:
    chapters = lecture.segmented(two_topics(lecture), duration_s=300, min_chapter_s=160.0)
    assert len(chapters.chapters) == 1


def test_a_screen_and_a_cue_add_to_the_evidence(lecture: Any) -> None:
    said = list(two_topics(lecture))
    plain = find_turns(said, [], duration_s=300, min_chapter_s=60, language="en")
    said[30] = said[30].model_copy(update={"text": "Okay so now a migrating swallow crosses the desert."})
    screens = [lecture.screen(1, 149, 200, "Birds")]
    helped = find_turns(said, screens, duration_s=300, min_chapter_s=60, language="en")
    assert [turn.index for turn in plain] == [turn.index for turn in helped] == [30]
    assert helped[0].score > plain[0].score


def test_the_slide_gives_the_title(lecture: Any) -> None:
    screens = [
        lecture.screen(1, 0, 149, "Byte pairs"),
        lecture.screen(2, 149, 300, "Migrating\u202e birds", "Swallows"),
    ]
    chapters = lecture.segmented(two_topics(lecture), duration_s=300, screens=screens)
    assert [chapter.title for chapter in chapters.chapters] == ["Byte pairs", "Migrating birds"]


@pytest.mark.parametrize("line", ["1 / 24", "ab", "x" * 200, "=== --- ===!!"])
def test_what_is_no_title_is_not_taken_for_one(lecture: Any, line: str) -> None:
    assert slide_title([lecture.screen(1, 0, 60, line)], 0, 60, frozenset()) is None


def test_a_running_header_is_no_title(lecture: Any) -> None:
    screens = [lecture.screen(i, 60.0 * i, 60.0 * i + 60, "ACME University") for i in range(5)]
    assert slide_title(screens, 60, 300, frozenset()) is None


def test_key_phrases_are_the_lecturers_words_and_not_taken_twice(lecture: Any) -> None:
    said = two_topics(lecture)
    first = key_phrase(said[30:], said, "en", frozenset())
    assert first is not None
    assert first.lower() in said[30].text.lower()
    assert key_phrase(said[30:], said, "en", frozenset({first})) not in {first, None}
    assert key_phrase([], said, "en", frozenset()) is None


def test_some_of_a_real_lectures_own_chapters_are_found(lecture: Any, check: Any, data: Path) -> None:
    folder = data / "lecture-zduSFxRajkE"
    said = to_sentences(to_words(read_captions(folder / "whisper-large.vtt")), "en")
    stamps = [
        line.split()[0].split(":")
        for line in (folder / "chapters.txt").read_text().splitlines()
        if line[:1] == "0"
    ]
    authors = [int(hours) * 3600 + int(minutes) * 60 + int(seconds) for hours, minutes, seconds in stamps][1:]
    chapters = lecture.segmented(said, duration_s=said[-1].end_s + 2)
    check(chapters, said)
    begins = [chapter.start_s for chapter in chapters.chapters[1:]]
    # Chance alone would put under a fifth of the boundaries this near to one of the author's.
    assert sum(any(abs(begin_s - at_s) <= 30 for at_s in authors) for begin_s in begins) >= len(begins) / 3
    assert max(chapter.duration_s for chapter in chapters.chapters) < 900


def test_a_title_is_a_whole_phrase_and_not_another_ones_plural(lecture: Any) -> None:
    said = lecture.sentences(
        ["We train large language models here."] * 4
        + ["These language models are large."]
        + ["Birds fly."] * 9
    )
    assert key_phrase(said[:5], said, "en", frozenset()) == "Large language models"
    assert key_phrase(said[:5], said, "en", frozenset({"Large language model"})) != "Large language models"
