"""Faithful blocks for the mutation suite: passages of real lectures, verbatim and rewritten lightly and well.

Verbatim ones are windows of sentences of the example lecture, of a course's subtitles and of the tokenizer lecture's
transcript. Of the first two, `rewrites/` holds passages rewritten by hand: joined, reordered, numbers in digits,
synonyms, the speaker's voice kept. The words of the third may not be copied, so its passages are rewritten by rules
when the suite runs. `rewrites/unseen.txt` is apart: passages of other videos, by another hand, on which nothing is
tuned. (`fresh.txt` was such a part once; it is tuned on now, as is `more.txt`, which puts things most freely.)
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pipeline.captions import read_captions, to_words
from pipeline.chapter_marks import find
from pipeline.models import (
    Box,
    Chapter,
    ChapterOutline,
    Chunk,
    Code,
    OcrLine,
    OutlineChapter,
    Paragraph,
    Screen,
    ScreenKind,
    Sentence,
)
from pipeline.sentences import to_sentences
from pipeline.text import numbers, words

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data"
EXAMPLE = HERE.parent / "examples" / "bpe-lecture"

How = Literal["by hand", "by rules", "verbatim", "fresh"]
TUNED = ("example", "course", "fresh", "more", "later")
"""Files of rewrites on which the checks were tuned."""
UNSEEN = "unseen"
"""The file on which nothing was tuned, by another hand: other videos, read by nobody before the checks were fixed."""


@dataclass(frozen=True)
class Lecture:
    title: str
    chapters: tuple[Chapter, ...]

    def outline(self, chapter: Chapter) -> ChapterOutline:
        part = OutlineChapter(id=chapter.id, title=chapter.title, summary="")
        titles = tuple(one.title for one in self.chapters)
        return ChapterOutline(
            title=self.title, author=None, language="en", chapter=part, chapter_titles=titles, terms=(),
            references=(),
        )  # fmt: skip


@dataclass(frozen=True)
class Faithful:
    """A block that says what its sentences say."""

    lecture: Lecture
    chapter: Chapter
    block: Paragraph | Code
    how: How

    @property
    def text(self) -> str:
        return self.block.text if isinstance(self.block, Paragraph) else self.block.code


def blocks(how: How) -> list[Faithful]:
    """All blocks made in this way, in a fixed order."""
    if how == "fresh":
        return _by_hand((UNSEEN,), how)
    return {"by hand": _by_hand, "by rules": _by_rules, "verbatim": _verbatim}[how]()


# ----------------------------------------------------------------------------------------------- lectures


@lru_cache
def example() -> Lecture:
    truth = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))
    screens = [
        Screen(
            id=f"f{number:03d}", start_s=one["start_s"], end_s=one["end_s"], frame=None,
            frame_s=one["completed_s"], width=1280, height=720, kind=ScreenKind.SLIDE, lines=_lines(one["lines"]),
        )
        for number, one in enumerate(truth["screens"], 1)
    ]  # fmt: skip
    chapters = []
    for number, marked in enumerate(truth["chapters"]):
        sentences = [
            Sentence(id=_id(n), text=one["text"], start_s=one["start_s"], end_s=one["end_s"])
            for n, one in enumerate(truth["sentences"])
            if one["chapter"] == number
        ]
        shown = [s for s in screens if s.start_s < marked["end_s"] and marked["start_s"] < s.end_s]
        chapters.append(
            _chapter(number, marked["title"], marked["start_s"], marked["end_s"], sentences, shown)
        )
    return Lecture(truth["title"], tuple(chapters))


_NOT_SAID = re.compile(r"\((?:[a-z]+ )*[a-z]+\) *|\[[A-Z]\w+\] *|^- ")
"""What a subtitle describes: "(upbeat music)", "[Instructor]"."""


@lru_cache
def course_video(number: int) -> Lecture:
    """A video of the course. Its chapter is the whole; sentences are counted from 0, split at ".?!" alone."""
    [path] = (DATA / "hf-course" / "en").glob(f"{number:02d}_*.srt")
    title = path.stem.split("_", 1)[1].replace("-", " ").capitalize()
    pieces: list[tuple[int, float, float]] = []
    text = ""
    for cue in re.split(r"\n\s*\n", path.read_text(encoding="utf-8-sig").strip()):
        _, times, *lines = cue.split("\n")
        start_s, end_s = (_seconds(one) for one in times.split(" --> "))
        said = " ".join(" ".join(lines).split())
        pieces.append((len(text), start_s, end_s))
        text += said + " "
    sentences = []
    for n, match in enumerate(re.finditer(r"\S.*?(?:[.?!](?= )|$)", text.strip())):
        plain = _NOT_SAID.sub("", match[0]).strip() or match[0]
        starts, ends = _time_at(pieces, match.start()), _time_at(pieces, match.end())
        sentences.append(
            Sentence(id=_id(n), text=plain.removeprefix("- "), start_s=starts, end_s=max(ends, starts))
        )
    whole = _chapter(0, title, 0.0, pieces[-1][2] + 1, sentences, [])
    return Lecture(title, (whole,))


@lru_cache
def tokenizer_lecture() -> Lecture:
    folder = DATA / "lecture-zduSFxRajkE"
    sentences = to_sentences(to_words(read_captions(folder / "whisper-large.vtt")), "en")
    marks = find((folder / "chapters.txt").read_text(encoding="utf-8"))
    edges = [mark.start_s for mark in marks] + [sentences[-1].end_s + 1]
    chapters = [
        _chapter(n, mark.title, edges[n], edges[n + 1],
                 [one for one in sentences if edges[n] <= one.start_s < edges[n + 1]], [])
        for n, mark in enumerate(marks)
    ]  # fmt: skip
    return Lecture("Let's build the GPT Tokenizer", tuple(chapters))


COURSE = (0, 2, 3, 5, 8, 12, 13, 16, 17, 23, 27, 35, 39, 41, 42, 51, 52, 53, 57, 60)


@lru_cache
def elsewhere(lecture: Lecture, chapter: Chapter) -> tuple[str, ...]:
    """What was said in the other chapters (for a video of the course: in the other videos)."""
    others = [one for one in lecture.chapters if one.id != chapter.id]
    if not others:
        others = [course_video(n).chapters[0] for n in COURSE]
        others = [one for one in others if one.title != chapter.title]
    return tuple(
        sentence.text for one in others for sentence in one.sentences if 8 <= words.count(sentence.text) <= 35
    )


def _id(number: int) -> str:
    return f"s{number:04d}"


def _lines(texts: Sequence[str]) -> tuple[OcrLine, ...]:
    return tuple(
        OcrLine(text=text, box=Box(x0=0, y0=20 * n, x1=100, y1=20 * n + 18), confidence=1.0)
        for n, text in enumerate(texts)
    )


def _chapter(
    number: int, title: str, start_s: float, end_s: float, said: Sequence[Sentence], shown: Sequence[Screen]
) -> Chapter:
    name = f"ch{number + 1:02d}"
    chunk = Chunk(id=f"{name}-01", start_s=start_s, end_s=end_s, sentences=tuple(said), screens=tuple(shown))
    return Chapter(id=name, title=title, start_s=start_s, end_s=end_s, boundary="author", chunks=(chunk,))


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _time_at(pieces: Sequence[tuple[int, float, float]], place: int) -> float:
    """The moment of a place in the joined text; inside a cue, by the share of its letters."""
    index = max(n for n, (start, _, _) in enumerate(pieces) if start <= place)
    start, start_s, end_s = pieces[index]
    length = (pieces[index + 1][0] if index + 1 < len(pieces) else place + 1) - start
    return round(start_s + (end_s - start_s) * min((place - start) / max(length, 1), 1.0), 3)


# ----------------------------------------------------------------------------------------------- verbatim

VERBATIM = 300
WINDOW = 3


def _block(chapter: Chapter, cited: Sequence[Sentence], text: str) -> Paragraph:
    ids = tuple(one.id for one in cited)
    return Paragraph(id=f"{chapter.id}-b001", sentences=ids, writer="openai", text=text)


def _windows(lecture: Lecture) -> Iterator[tuple[Chapter, Sequence[Sentence]]]:
    for chapter in lecture.chapters:
        for at in range(0, len(chapter.sentences) - WINDOW + 1, WINDOW):
            window = chapter.sentences[at : at + WINDOW]
            if sum(words.count(one.text) for one in window) >= 25:
                yield chapter, window


def _verbatim() -> list[Faithful]:
    made = []
    course = [course_video(number) for number in COURSE]
    for lectures, many in (([example()], VERBATIM), (course, 139), ([tokenizer_lecture()], VERBATIM)):
        windows = [(one, chapter, cited) for one in lectures for chapter, cited in _windows(one)]
        many = min(many, VERBATIM - len(made))
        step = max(len(windows) / many, 1.0)
        chosen = [windows[int(n * step)] for n in range(min(many, len(windows)))]
        made += [
            Faithful(one, chapter, _block(chapter, cited, " ".join(s.text for s in cited)), "verbatim")
            for one, chapter, cited in chosen
        ]
    return made


# ------------------------------------------------------------------------------------------------ by hand


def _by_hand(files: tuple[str, ...] = TUNED, how: How = "by hand") -> list[Faithful]:
    made = []
    for name in files:
        text = (HERE / "rewrites" / f"{name}.txt").read_text(encoding="utf-8")
        for match in re.finditer(r"^@ (?:(\d+) )?(\d+)-(\d+)\n(.+)$", text, re.MULTILINE):
            lecture = course_video(int(match[1])) if match[1] else example()
            names = [_id(n) for n in range(int(match[2]), int(match[3]) + 1)]
            chapter = next(one for one in lecture.chapters if any(s.id == names[-1] for s in one.sentences))
            cited = [one for one in chapter.sentences if one.id in names]
            made.append(Faithful(lecture, chapter, _block(chapter, cited, match[4]), how))
    return made


def code() -> list[Faithful]:
    """Code of the example lecture, as its screens show it."""
    truth = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))
    lecture = example()
    places = {one["id"]: n for n, one in enumerate(truth["screens"], 1)}
    made = []
    for one in truth["code"]:
        screen_id = f"f{places[one['screen']]:03d}"
        chapter = next(c for c in lecture.chapters if any(s.id == screen_id for s in c.screens))
        screen = next(s for s in chapter.screens if s.id == screen_id)
        cited = tuple(s.id for s in chapter.sentences if screen.start_s <= s.start_s < screen.end_s)
        block = Code(
            id=f"{chapter.id}-b001", sentences=cited, screens=(screen_id,), writer="openai", code=one["text"],
            language="python", origin="screen",
        )  # fmt: skip
        made.append(Faithful(lecture, chapter, block, "verbatim"))
    return made


def code_rewritten() -> list[Faithful]:
    """The same, set as a writer sets it, of screens that show it as an editor or a notebook does and that are misread
    here and there: lines numbered or behind prompts, a stop for a comma, a caret; indented otherwise, without blank
    lines."""
    made = []
    for n, one in enumerate(code()):
        assert isinstance(one.block, Code)
        screen = next(s for s in one.chapter.screens if s.id in one.block.screens)
        lines = tuple(
            line.model_copy(update={"text": _as_shown(line.text, n, at)})
            for at, line in enumerate(screen.lines)
        )
        shown = screen.model_copy(update={"lines": lines})
        chunk = one.chapter.chunks[0]
        screens = tuple(shown if s.id == screen.id else s for s in chunk.screens)
        chapter = one.chapter.model_copy(update={"chunks": (chunk.model_copy(update={"screens": screens}),)})
        indent = " " * (2, 4, 3)[n % 3]
        text = "\n".join(line for line in one.block.code.replace("    ", indent).splitlines() if line.strip())
        made.append(Faithful(one.lecture, chapter, one.block.model_copy(update={"code": text}), "by rules"))
    return made


def _as_shown(line: str, block: int, at: int) -> str:
    before = (f"{at + 1} ", ">>> ", f"In [{at + 1}]: ", "")[block % 4]
    misread = line.replace(",", ".", 1) if at % 3 == 1 else line
    return f"{before}{misread}{'|' if at % 5 == 4 else ''}"


# ------------------------------------------------------------------------------------------------ by rules

BY_RULES = 60

# (what, how it may be put instead): applied where chance says so.
_RULES: tuple[tuple[str, str], ...] = (
    (r"(?<=[.?!] )(?:So|Now|Okay|And),? (?=\w)|^(?:So|Now|Okay|And),? ", ""),
    (r",? (?:you know|I mean|sort of|kind of),?(?= )", ""),
    (r" (?:basically|essentially|actually|really|just)(?= )", ""),
    (r"\b([Ww])e're going to\b", r"\1e will"),
    (r"\bI'm going to\b", "I will"),
    (r"\bgoing to be\b", "about to be"),
    (r"\b(I|[Ww]e|[Yy]ou|[Tt]hey)'ve\b", r"\1 have"),
    (r"\b([Ii]t|[Tt]hat|[Tt]his|[Hh]ere|[Tt]here)'s (?=a|the|not|an|going|very|in|on)", r"\1 is "),
    (r"\bdon't\b", "do not"),
    (r"\bdoesn't\b", "does not"),
    (r"\bisn't\b", "is not"),
    (r"\bcan't\b", "cannot"),
    (r"\bdo not\b", "don't"),
    (r"\bfor example\b", "for instance"),
    (r"\bFor example\b", "For instance"),
    (r"\bbecause\b", "since"),
    (r"\btake a look at\b", "look at"),
    (r"\bstarts? with\b", "begins with"),
    (r"\bstart with\b", "begin with"),
    (r"\bneed to\b", "have to"),
    (r"\btalk about\b", "discuss"),
    (r"\bfigure out\b", "work out"),
    (r"\bvery large\b", "huge"),
    (r"\bbig\b", "large"),
    (r"\ba lot of\b", "much of"),
    (r"\bend up with\b", "get"),
    (r"\bcome up with\b", "find"),
    (r"\bgo through\b", "walk through"),
    (r"\btricky\b", "difficult"),
    (r"\bhappens\b", "occurs"),
    (r"\bkeep in mind\b", "remember"),
    (r"\bright here\b", "here"),
    (r"\bin the end\b", "finally"),
    (r"\bwould like\b", "want"),
    (r"\bmaybe\b", "perhaps"),
    (r"\bsee that\b", "notice that"),
    (r"\bpretty\b", "quite"),
    (r"\. (?:And|So) (?=[a-z]+ )", ", and "),
    (r"\. And (?=(?:then|we|you|I|it|they|this|that|the)\b)", ", and "),
    (r"\. But (?=(?:then|we|you|I|it|they|this|that|the)\b)", ", but "),
    (r"\. So (?=(?:we|you|I|it|they|this|that|the)\b)", ", so "),
)
_REORDERED: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (
        r"(?<=[.?!] )(?:If|When) ((?:we|you|I)\b[^,.?!]{8,60}), ([a-z][^,.?!]{8,80})\.",
        lambda m: f"{m[2][0].upper()}{m[2][1:]} {m[0].split()[0].lower()} {m[1]}.",
    ),
    (
        r"(?<=[.?!] )((?:It|This|That|We|You|They)\b[^,.?!]{8,80}) because ([^,.?!]{8,60})\.",
        lambda m: f"Because {m[2]}, {m[1][0].lower()}{m[1][1:]}.",
    ),
)


def rewritten(text: str, chance: random.Random) -> str:
    """The text put a little differently: fillers out, sentences joined and turned, numbers in digits."""
    for pattern, turned in _REORDERED:
        text = re.sub(pattern, turned, text)
    for pattern, instead in _RULES:
        if chance.random() < 0.75:
            text = re.sub(pattern, instead, text)
    for start, end, _ in reversed(words.filler_spans(text)):
        text = text[:start] + text[end:]
    text = numbers.to_digits(re.sub(r"\s+", " ", text).strip(" ,"), least=10)
    text = re.sub(r"\s+([,.?!])", r"\1", text)
    return re.sub(r"(?:^|(?<=[.?!] ))[a-z]", lambda m: m[0].upper(), text)


def _by_rules() -> list[Faithful]:
    lecture, chance = tokenizer_lecture(), random.Random(7)
    windows = list(_windows(lecture))
    step = len(windows) / BY_RULES
    made = []
    for n in range(BY_RULES):
        chapter, cited = windows[int((n + 0.5) * step)]
        text = rewritten(" ".join(one.text for one in cited), chance)
        made.append(Faithful(lecture, chapter, _block(chapter, cited, text), "by rules"))
    return made
