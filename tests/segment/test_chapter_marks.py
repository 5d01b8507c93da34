"""The author's time stamps, in the ways people write them; what is noise; what is mended or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.chapter_marks import OPENING, MarksRefused, find, tidy
from pipeline.models import Mark

EXPECTED = [(0.0, "Intro"), (90.0, "Bytes"), (3723.0, "Decoding")]

FORMS = {
    "plain": "0:00 Intro\n1:30 Bytes\n1:02:03 Decoding",
    "padded": "00:00:00 Intro\n00:01:30 Bytes\n01:02:03 Decoding",
    "minutes over an hour": "0:00 Intro\n1:30 Bytes\n62:03 Decoding",
    "milliseconds": "00:00:00.000 Intro\n00:01:30.000 Bytes\n01:02:03.000 Decoding",
    "spelled": "0h0m0s Intro\n0h1m30s Bytes\n1h2m3s Decoding",
    "bullets": "• 0:00 Intro\n• 1:30 Bytes\n• 1:02:03 Decoding",
    "list": "- 0:00: Intro\n- 1:30: Bytes\n- 1:02:03: Decoding",
    "dashes": "0:00 – Intro\n1:30 – Bytes\n1:02:03 – Decoding",
    "arrows": "0:00 → Intro\n1:30 → Bytes\n1:02:03 → Decoding",
    "bars": "0:00 | Intro\n1:30 | Bytes\n1:02:03 | Decoding",
    "tabs": "0:00\tIntro\n1:30\tBytes\n1:02:03\tDecoding",
    "brackets": "[0:00] Intro\n[1:30] Bytes\n[1:02:03] Decoding",
    "parentheses": "(00:00) Intro\n(01:30) Bytes\n(01:02:03) Decoding",
    "numbered": "1. 0:00 Intro\n2. 1:30 Bytes\n3. 1:02:03 Decoding",
    "emoji": "🎬 0:00 Intro\n📦 1:30 Bytes\n🔓 1:02:03 Decoding",
    "quoted": "> 0:00 Intro\n> 1:30 Bytes\n> 1:02:03 Decoding",
    "bold": "**0:00** Intro\n**1:30** Bytes\n**1:02:03** Decoding",
    "ranges": "0:00 - 1:30 Intro\n1:30 - 1:02:03 Bytes\n1:02:03 - 1:10:00 Decoding",
    "ranges, colon": "00:00–01:30: Intro\n01:30–1:02:03: Bytes\n1:02:03–1:10:00: Decoding",
    "title first": "Intro - 0:00\nBytes - 1:30\nDecoding - 1:02:03",
    "title first, range": "Intro (0:00 - 1:30)\nBytes (1:30-1:02:03)\nDecoding (1:02:03 - 1:10:00)",
    "title first, numbered": "1) Intro 0:00\n2) Bytes 1:30\n3) Decoding 1:02:03",
    "title first, leaders": "Intro ........ 0:00\nBytes ........ 1:30\nDecoding ...... 1:02:03",
    "title first, at": "Intro @ 0:00\nBytes @ 1:30\nDecoding @ 1:02:03",
    "title below": "0:00\nIntro\n1:30\nBytes\n1:02:03\nDecoding",
    "links": "[0:00](https://v.example/?t=0) Intro\n[1:30](https://v.example/?t=90) Bytes\n"
    "[1:02:03](https://v.example/?t=3723) Decoding",
    "html": "<a href='?t=0'>0:00</a> Intro<br>\n<a href='?t=90'>1:30</a> Bytes<br>\n<a>1:02:03</a> Decoding",
    "with an address": "0:00 Intro https://v.example/notes\n1:30 Bytes (www.v.example)\n1:02:03 Decoding",
    "an empty line after each": "0:00 Intro\n\n1:30 Bytes\n\n1:02:03 Decoding",
    "one line": "0:00 Intro, 1:30 Bytes, 1:02:03 Decoding",
    "one line, spaces alone": "0:00 Intro 1:30 Bytes 1:02:03 Decoding",
    "one line, title first": "Intro 0:00 | Bytes 1:30 | Decoding 1:02:03",
    "among noise": "Live on Monday at 10:30 am!\n#lecture\nRecorded 12:00 UTC\n\nChapters:\n0:00 Intro\n1:30 Bytes\n"
    "1:02:03 Decoding\n\nCorrections:\n3:15 I say 256, it is 255\n4:20 typo\n\nOffice hours: 14:00",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_many_ways_of_writing(form: str) -> None:
    assert [(mark.start_s, mark.title) for mark in find(FORMS[form])] == EXPECTED


@pytest.mark.parametrize(
    "text",
    [
        "I talk about this at 3:45 and again at 5:10. Meet 10:30.",
        "We use 16:9 video.\nOdds of 2:1.\nA 4:3 ratio too.",
        "Doors 18:30\nTalk 19:00 UTC",
        "See https://v.example/watch?v=1:30:22 for more",
        "",
    ],
)
def test_what_is_no_list_of_chapters(text: str) -> None:
    assert find(text) == ()


def test_a_time_in_a_title_begins_no_chapter() -> None:
    text = "0:00 Opening hours: from 9:00 to 17:00\n1:30 Bytes\n1:02:03 Decoding"
    assert [mark.title for mark in find(text)] == ["Opening hours: from 9:00 to 17:00", "Bytes", "Decoding"]


def test_a_lone_stamp_below_a_list_is_not_part_of_it() -> None:
    assert len(find("0:00 Intro\n1:30 Bytes\n2:30 Merges\n\n10:30 Contact hours")) == 3


def test_the_long_lectures_description_has_its_25_chapters(data: Path) -> None:
    folder = data / "lecture-zduSFxRajkE"
    lines = (folder / "chapters.txt").read_text(encoding="utf-8").splitlines()
    expected = []
    for line in filter(None, lines):
        stamp, title = line.split(" ", 1)
        hours, minutes, seconds = (int(part) for part in stamp.split(":"))
        expected.append((hours * 3600.0 + minutes * 60 + seconds, title.strip()))
    found = find((folder / "description.txt").read_text(encoding="utf-8"))
    assert len(expected) == 25
    assert [(mark.start_s, mark.title) for mark in found] == expected


def marks(*starts_s: float) -> list[Mark]:
    return [Mark(start_s=start_s, title=f"at {start_s:g}") for start_s in starts_s]


@pytest.mark.parametrize(
    ("starts_s", "left_s", "repair"),
    [
        ((0, 60, 120), [0, 60, 120], None),
        ((60, 0, 120), [0, 60, 120], "order"),
        ((0, 60, 60, 120), [0, 60, 120], "already"),
        ((0, 60, 120, 900), [0, 60, 120], "beyond the end"),
        ((2, 60, 120), [0, 60, 120], None),
        ((30, 60, 120), [0, 30, 60, 120], OPENING),
    ],
)
def test_marks_are_mended(starts_s: tuple[float, ...], left_s: list[float], repair: str | None) -> None:
    tidied = tidy(marks(*starts_s), 600.0)
    assert [mark.start_s for mark in tidied.marks] == left_s
    assert bool(tidied.repairs) == (repair is not None)
    assert (repair or "") in " ".join(tidied.repairs)


@pytest.mark.parametrize("starts_s", [(), (700.0, 800.0), (0.0, 700.0)])
def test_marks_of_another_video_are_refused_with_the_reason(starts_s: tuple[float, ...]) -> None:
    with pytest.raises(MarksRefused, match=r"another cut|no chapter marks"):
        tidy(marks(*starts_s), 600.0)
