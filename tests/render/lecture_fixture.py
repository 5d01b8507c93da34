"""Builds the hand-made lecture of the site's tests: three chapters of a talk on byte pair encoding."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from fakes import FakeWork
from PIL import Image, ImageDraw, ImageFont

from pipeline.models import (
    Block,
    BlockFinding,
    Box,
    BulletList,
    Chapter,
    ChapterFindings,
    Chapters,
    CheckedChapter,
    Chunk,
    Code,
    Degradation,
    Draft,
    Dropped,
    Exercise,
    Figure,
    Gap,
    Heading,
    Notation,
    OcrLine,
    Outcome,
    Outline,
    OutlineChapter,
    Paragraph,
    Problem,
    Quote,
    Reference,
    Screen,
    ScreenKind,
    Screens,
    Section,
    Sentence,
    SourceVideo,
    Term,
    Tokens,
    Transcript,
)
from pipeline.site import figures

DURATION_S = 4200.0
SPOKEN = (
    # start_s, words; chapters begin at 0, 61.5 and 3900
    (0.5, "Hi everyone, so today we are going to talk about tokens."),
    (9.0, "Now, a language model does not, it doesn't see letters at all."),
    (19.0, "It sees integers, and something has to make these integers out of your text."),
    (33.0, "That something is the tokenizer, and a lot of weirdness traces back to it."),
    (61.5, "OK so let's look at byte pair encoding, which is how it is done."),
    (70.0, "We count every pair of neighbours, and the one that occurs most is merged into a new symbol."),
    (95.0, "So here a a is the most common pair and I write capital Z for it."),
    (120.0, "And then you just repeat until you have as many symbols as you want."),
    (150.0, "In code the counting is five lines, zip is doing all of the work here."),
    (185.0, "If there are n symbols, one pass takes on the order of n steps."),
    (3900.0, "All right, an hour later, let us use the real thing."),
    (3923.4, "The GPT-2 tokenizer turns hello world into two tokens, 31373 and 995."),
    (3960.0, "A token, remember, is a piece of text with a number."),
    (4010.0, "Please try it with your own name, it's fun."),
    (4100.0, "And thank you, see you next time."),
)  # fmt: skip

COUNT_PAIRS = '''def get_stats(ids):
    """Count each pair of neighbours: [1, 2, 3, 1, 2] -> {(1, 2): 2, (2, 3): 1, (3, 1): 1}"""
    counts = {}
    for pair in zip(ids, ids[1:]):  # zip stops at the shorter one
        counts[pair] = counts.get(pair, 0) + 1
    return counts'''


def make_lecture(folder: Path, *, media: Path | None = None, options: dict[str, Any] | None = None,
                 **video: Any) -> FakeWork:  # fmt: skip
    """The lecture in `folder`, as render is given it; `video` replaces fields of SourceVideo."""
    (folder / "work/frames").mkdir(parents=True)
    (folder / "work/media").mkdir()
    data = media.read_bytes() if media else b"not really a video"
    path = f"work/media/lecture{media.suffix if media else '.mp4'}"
    (folder / path).write_bytes(data)
    screens = _screens(folder)
    _encode_once(folder, screens)
    sentences = _sentences()
    chapters = _chapters(sentences, screens)
    source = SourceVideo.model_validate(
        {
            "id": "my-lecture",
            "url": None,
            "moment_url": None,
            "title": "Tokens, from the bytes up",
            "author": "Ada Example",
            "licence": "CC BY 4.0",
            "published": date(2026, 3, 1),
            "language": "en",
            "description": "A lecture on how text becomes integers, and why that explains so much.",
            "duration_s": DURATION_S,
            "media": path,
            "sha256": hashlib.sha256(data).hexdigest(),
            "has_video": True,
            "has_audio": True,
            "width": 1280,
            "height": 720,
        }
        | video
    )
    work = FakeWork(
        folder,
        source,
        screens,
        Transcript(source="whisper", engine="faster-whisper 1.2.1", model="base", language="en",
                   sentences=sentences, gaps=(Gap(start_s=4150, end_s=4160, reason="no words"),)),
        chapters,
        _outline(),
        *_checked(),
        render={"search": False, **(options or {})},
    )  # fmt: skip
    work.recorded.append(
        Degradation(
            stage="transcribe",
            what="10 s of speech without words at 1:09:10",
            consequence="what was said there is missing from the text",
            remedy="run with MODEL=small",
            chapter="ch03",
        )
    )
    return work


def with_video(work: FakeWork, **changes: Any) -> FakeWork:
    """The same lecture with fields of its SourceVideo replaced."""
    return with_inputs(work, work.read(SourceVideo).model_copy(update=changes))


def with_inputs(work: FakeWork, *inputs: Any) -> FakeWork:
    """The same lecture with some of its inputs replaced, by their kind."""
    kinds = tuple(type(one) for one in inputs)
    work.inputs = tuple(one for one in work.inputs if not isinstance(one, kinds)) + inputs
    return work


def _screens(folder: Path) -> Screens:
    drawn = (
        ("f001", 0.0, 61.5, ScreenKind.SLIDE, ("Tokens,", "from the bytes up")),
        ("f002", 61.5, 140.0, ScreenKind.SLIDE, ("aaabdaaabac", "Z = aa", "ZabdZabac")),
        ("f003", 140.0, 3900.0, ScreenKind.CODE, tuple(COUNT_PAIRS.splitlines())),
    )
    screens = []
    for name, start_s, end_s, kind, lines in drawn:
        path = f"work/frames/{name}.png"
        (folder / path).write_bytes(_drawn(lines, kind == ScreenKind.CODE))
        screens.append(
            Screen(
                id=name, start_s=start_s, end_s=end_s, frame=path, frame_s=end_s - 0.5, width=1280, height=720,
                kind=kind,
                lines=tuple(
                    OcrLine(text=line, box=Box(x0=80, y0=80 + 60 * n, x1=900, y1=120 + 60 * n), confidence=0.98)
                    for n, line in enumerate(lines)
                ),
            )
        )  # fmt: skip
    screens.append(
        screens[1].model_copy(update={"id": "f004", "start_s": 3900.0, "end_s": 4200.0, "same_as": "f002"})
    )
    return Screens(screens=tuple(screens))


_ENCODED: dict[str, bytes] = {}


def _encode_once(folder: Path, screens: Screens) -> None:
    """Encoding is slow and always the same: the first lecture's files serve them all."""
    cache = folder / "work/render/figures"
    if not _ENCODED:
        figures.encode(folder, screens.screens, printed=frozenset({"f001", "f002"}), width=1280, cache=cache)
        _ENCODED.update((path.name, path.read_bytes()) for path in cache.iterdir())
    cache.mkdir(parents=True, exist_ok=True)
    for name, data in _ENCODED.items():
        (cache / name).write_bytes(data)


@lru_cache
def _drawn(lines: tuple[str, ...], dark: bool) -> bytes:
    out = io.BytesIO()
    _draw(out, lines, dark=dark)
    return out.getvalue()


def _draw(out: io.BytesIO, lines: Sequence[str], *, dark: bool) -> None:
    picture = Image.new("RGB", (1280, 720), "#10151c" if dark else "#ffffff")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(30 if dark else 72)
    for number, line in enumerate(lines):
        place = (90, 120 + number * (52 if dark else 110))
        pen.text(place, line, fill="#d8e0ea" if dark else "#1c2b4a", font=font)
    pen.rectangle((90, 640, 1190, 646), fill="#c0392b")
    picture.save(out, format="PNG")


def _sentences() -> tuple[Sentence, ...]:
    starts = [start for start, _ in SPOKEN]
    ends = [
        min(following, start + 12.0)
        for start, following in zip(starts, [*starts[1:], DURATION_S], strict=True)
    ]
    return tuple(
        Sentence(id=f"s{number:04}", start_s=start, end_s=end, text=words)
        for number, ((start, words), end) in enumerate(zip(SPOKEN, ends, strict=True), start=1)
    )


CHAPTERS = (
    ("ch01", "What a token is", 0.0, 61.5),
    ("ch02", "Byte pair encoding, & how it counts", 61.5, 3900.0),
    ("ch03", "The real thing", 3900.0, DURATION_S),
)


def _chapters(sentences: tuple[Sentence, ...], screens: Screens) -> Chapters:
    chapters = []
    for name, title, start_s, end_s in CHAPTERS:
        inside = tuple(one for one in sentences if start_s <= one.start_s < end_s)
        shown = tuple(one for one in screens.screens if one.start_s < end_s and one.end_s > start_s)
        chunk = Chunk(id=f"{name}-01", start_s=start_s, end_s=end_s, sentences=inside, screens=shown)
        chapters.append(
            Chapter(id=name, title=title, start_s=start_s, end_s=end_s, boundary="author", chunks=(chunk,))
        )
    return Chapters(
        duration_s=DURATION_S, chapters=tuple(chapters), note="The chapters are the author's own."
    )


def _outline() -> Outline:
    return Outline(
        title="Tokens, from the bytes up",
        author="Ada Example",
        language="en",
        made_by="editor",
        chapters=(
            OutlineChapter(id="ch01", title="What a token is", summary="Why models read integers and who makes them."),
            OutlineChapter(
                id="ch02",
                title="Byte pair encoding, & how it counts",
                summary="The most common pair of neighbours becomes one symbol, again and again.",
                sections=(
                    Section(title="Merging by hand", sentence="s0006"),
                    Section(title="Counting in code", sentence="s0009"),
                ),
            ),
            OutlineChapter(id="ch03", title="The real thing", summary="GPT-2's tokenizer at work."),
        ),
        terms=(
            Term(term="tokenizer", definition="What makes integers out of text.", chapter="ch01", sentence="s0004",
                 chapters=("ch01", "ch03")),
            Term(term="Token", definition="A piece of text with a number.", chapter="ch03", sentence="s0013"),
        ),
        notation=(Notation(symbol="$n$", meaning="how many symbols a text has", chapters=("ch02",)),),
        references=(
            Reference(kind="paper", title="Neural Machine Translation of Rare Words with Subword Units",
                      url="https://arxiv.org/abs/1508.07909", sentences=("s0005",)),
            Reference(kind="tool", title="tiktoken"),
        ),
    )  # fmt: skip


def _checked() -> tuple[CheckedChapter, ...]:
    first: tuple[Block, ...] = (
        Paragraph(
            id="ch01-b001", sentences=("s0001", "s0002"), screens=("f001",), writer="editor",
            text="Today we are going to talk about tokens. A language model does not see letters *at all*; the `<s>` "
            "in its vocabulary is not three characters to it, and neither is anything else that you type. I would "
            "like you to keep that in mind whenever a model miscounts the letters of a word.",
        ),
        Figure(id="ch01-b002", sentences=("s0001",), screens=("f001",), writer="editor",
               caption="The title slide.", alt="Slide: Tokens, from the bytes up"),
        Paragraph(
            id="ch01-b003", sentences=("s0003", "s0004"), writer="editor",
            text="It sees integers, and something has to make these integers out of your text. That something is the "
            "**tokenizer**, and a lot of weirdness traces back to it.",
        ),
    )  # fmt: skip
    second: tuple[Block, ...] = (
        Heading(id="ch02-b001", sentences=("s0005",), writer="local", text="Merging by hand"),
        Paragraph(
            id="ch02-b002", sentences=("s0005", "s0006"), writer="local",
            text="We count every pair of neighbours, and the one that occurs most is merged into a new symbol, as "
            "[Sennrich and colleagues](https://arxiv.org/abs/1508.07909) did it. Then we count again, because the "
            "merge has made new neighbours, and some of the old pairs are gone.",
        ),
        Figure(id="ch02-b003", sentences=("s0007",), screens=("f002",), writer="local",
               caption="Here `aa` is the most common pair, and I write Z for it.", alt="aaabdaaabac, Z = aa"),
        BulletList(id="ch02-b004", sentences=("s0007", "s0008"), writer="local", ordered=True,
                   items=("Count all pairs.", "Merge the most common one.", "Repeat until there are *enough* symbols.")),
        Heading(id="ch02-b005", sentences=("s0009",), writer="local", text="Counting in code"),
        Code(id="ch02-b006", sentences=("s0009",), screens=("f003",), writer="local", language="python",
             origin="reference", snippet="get_stats", code=COUNT_PAIRS),
        Code(id="ch02-b007", sentences=("s0009",), screens=("f003",), writer="local", language="python",
             origin="screen", code="print(get_stats([1, 2, 3, 1, 2]))", output="{(1, 2): 2, (2, 3): 1, (3, 1): 1}"),
        Paragraph(id="ch02-b008", sentences=("s0010",), writer="local",
                  text="With $n$ symbols one pass takes $O(n)$ steps, and $k$ merges take at most "
                  "$\\sum_{i=1}^{k} (n - i)$; that costs $5 of electricity, not $500."),
        Heading(id="ch02-b009", level=3, sentences=("s0010",), writer="local", text="What it costs"),
        Code(id="ch02-b010", sentences=("s0010",), writer="local", language="nonesuch", origin="writer",
             code="merge(ids, pair, idx)"),
    )  # fmt: skip
    third: tuple[Block, ...] = (
        Paragraph(id="ch03-b001", sentences=("s0011", "s0012"), writer="editor",
                  text="An hour later, let us use the real thing: \"hello world\" is two tokens, 31373 and 995."),
        Tokens(id="ch03-b002", sentences=("s0012",), writer="editor", tokenizer="gpt2", text="hello world"),
        Quote(id="ch03-b003", sentences=("s0013",), writer="editor", text="A token is a piece of text with a number."),
        Exercise(id="ch03-b004", sentences=("s0014",), writer="editor",
                 text="Cut your own name into tokens:\n\n- as you write it,\n- in capitals.\n\n```python\nencode(\"Ada\")\n```"),
        Paragraph(id="ch03-b005", sentences=("s0015",), writer="editor", text="Thank you, and see you next time."),
    )  # fmt: skip
    return (
        _chapter("ch01", "What a token is", "editor", None, first, spoken=30, kept=28),
        _chapter("ch02", "Byte pair encoding, & how it counts", "local", "Qwen2.5-Coder-1.5B-Instruct Q4_K_M", second,
                 spoken=60, kept=57,
                 outcomes={"ch02-b002": Outcome.REPAIRED, "ch02-b010": Outcome.UNVERIFIED}),
        _chapter("ch03", "The real thing", "editor", None, third, spoken=40, kept=36,
                 outcomes={"ch03-b001": Outcome.REPLACED},
                 dropped=(Dropped(sentence="s0014", text="Please try it, it's fun.", start_s=4010.0),)),
    )  # fmt: skip


def _chapter(
    name: str, title: str, writer: Any, model: str | None, blocks: tuple[Block, ...], *, spoken: int, kept: int,
    outcomes: dict[str, Outcome] | None = None, dropped: tuple[Dropped, ...] = (),
) -> CheckedChapter:  # fmt: skip
    outcomes = outcomes or {}
    problem = Problem(
        check="number",
        message="a number that was not said",
        words=("31374",),
        sentence="s0012",
        time_s=3923.4,
    )
    findings = tuple(
        BlockFinding(
            block=block.id,
            outcome=outcomes.get(block.id, Outcome.SUPPORTED),
            problems=(problem,) if block.id in outcomes else (),
        )
        for block in blocks
    )
    return CheckedChapter(
        draft=Draft(chapter=name, title=title, writer=writer, model=model, blocks=blocks),
        findings=ChapterFindings(
            chapter=name, blocks=findings, dropped=dropped, spoken_words=spoken, kept_words=kept
        ),
    )


def chips(tokenizer: str, text: str) -> Sequence[tuple[str, int]] | None:
    """Knows what GPT-2 makes of two words, and no more."""
    known = {("gpt2", "hello world"): (("hello", 31373), (" world", 995))}
    return known.get((tokenizer, text))
