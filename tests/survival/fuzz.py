"""What strangers give, made up: strategies, and what each is put through. Shared by the tests and `bench/fuzz.py`.

A target takes one made-up value and a folder. It may raise what a person is told (`LecturebookError`) or what its
module says of bad input; anything else is a crash, as is a case that takes longer than its limit.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fakes import FakeWork
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pipeline import chapter_marks, config, download, outline_edits, replies, sidecars, write
from pipeline.adapters import video_site
from pipeline.captions import read_captions, to_words
from pipeline.chapter_text import to_markdown
from pipeline.config import DownloadOptions, OpenAIOptions
from pipeline.errors import LecturebookError
from pipeline.interfaces import Assignment, Probe, Reply, Request
from pipeline.lecture_id import lecture_id
from pipeline.models import Chapter, Chunk, Outline, Sentence, SourceVideo
from pipeline.runner import Run
from pipeline.sidecars import title_from_name
from pipeline.site.press import check_name
from pipeline.unit_keys import part_of
from pipeline.untrusted_text import clean_line, clean_text
from pipeline.writers.editor import EditorWriter
from pipeline.writers.endpoint import EndpointWriter

LIMIT_S = 20.0
"""Seconds that no case may take, on a machine that others use too."""

NASTY = (
    "../../etc/passwd", "..\\..\\x", "/etc/passwd", "a\0b", "x" * 5_000, "😀" * 300, "\u202egpj.exe", "CON", "nul.txt",
    "COM1", "aux.mp4", "-rf", "--exec=id", "$(id)", "`id`", "; rm -rf /", "%00", "%2e%2e%2f", "~root", "file:///etc/passwd",
    "<script>alert(1)</script>", "{{ 7*7 }}", "\u2028\u2029", "\ufeff", "\ud7ff\ue000", "ﷺ" * 50, "a\u0300" * 200, " ", ".",
    "..", "...", "name.", "trailing ", "\r\nSet-Cookie: a=b", "\x1b[2J\x1b]0;x\x07", "1e999", "NaN", "-1", "99999999999999999999",
    "00:00:00.000 --> 99:99:99.999", "s9999", "ch99", "](javascript:alert(1))", "[[[[[[" * 200, "> " * 500, "*" * 3000,
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=60),
    st.text(alphabet="\0\x1b\u200b\u202e\u2066😀é<>&\"'`\\/.:-_ \n\ta0", max_size=60),
)
scalars = st.one_of(
    texts, st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.just([]), st.just({})
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn, originals: tuple[bytes, ...]) -> bytes:
    """One of the originals with pieces overwritten, taken out, doubled, or put in; or nothing but noise."""
    data = bytearray(draw(st.sampled_from((*originals, b""))))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data), 1)))
        length = draw(st.integers(0, 40))
        match draw(st.integers(0, 4)):
            case 0:
                data[at : at + length] = b""
            case 1:
                data[at:at] = data[at : at + length] * draw(st.integers(1, 60))
            case 2:
                data[at : at + 1] = draw(st.binary(max_size=12))
            case 3:
                data[at:at] = draw(texts).encode("utf-8", "surrogatepass")
            case _:
                data = data[:at]
    return bytes(data)


@st.composite
def changed(draw: st.DrawFn, original: Any) -> Any:
    """A JSON-like tree with some of its parts replaced, renamed, or gone."""
    if draw(st.integers(0, 7)) == 0:
        return draw(trees)
    if isinstance(original, dict) and original:
        made = {}
        for name, value in original.items():
            action = draw(st.integers(0, 11))
            if action == 0:
                continue
            made[draw(texts) if action == 1 else name] = draw(changed(value))
        return made
    if isinstance(original, list) and original:
        return [draw(changed(one)) for one in original] * draw(st.sampled_from((1, 1, 1, 2, 0)))
    return original


# ------------------------------------------------------------------------------------------------ material

VTT = b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500 align:start\n<c.yellow>Hello</c> <00:00:01.500>there\n\n2\n00:03.000 --> 00:04.000\nAgain &amp; again\n"
SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i> there\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nAgain\r\n"
JSON3 = json.dumps(
    {"events": [{"tStartMs": 1000, "dDurationMs": 1500, "segs": [{"utf8": "Hello", "tOffsetMs": 0}, {"utf8": " there", "tOffsetMs": 700}]},
                {"tStartMs": 3000, "dDurationMs": 900, "segs": [{"utf8": "\n"}]}]}
).encode()  # fmt: skip
TTML = b'<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="00:00:01.000" end="00:00:02.000">Hello <br/>there</p></div></body></tt>'
DESCRIPTION = (
    "A talk.\n\n0:00 Introduction\n1:05 Bytes & pairs\n01:02:03 - The end\n(2:00) Other\nhttps://x.y/?t=1\n"
)
INFO: dict[str, Any] = {
    "id": "zduSFxRajkE", "title": "A talk", "extractor_key": "Youtube", "webpage_url": "https://www.youtube.com/watch?v=zduSFxRajkE",
    "uploader": "Somebody", "license": "CC BY 4.0", "upload_date": "20240220", "language": "en", "description": DESCRIPTION,
    "duration": 60, "is_live": False, "live_status": "not_live", "direct": False,
    "chapters": [{"start_time": 0, "end_time": 30, "title": "One"}, {"start_time": 30.5, "title": "Two"}],
    "requested_formats": [{"url": "https://a.example/v", "filesize": 1000, "ext": "mp4"}, {"url": "https://a.example/a", "filesize_approx": 10}],
    "subtitles": {"en": [{"ext": "vtt", "url": "https://a.example/s"}]}, "automatic_captions": {"en-orig": [{"ext": "json3", "data": "{}"}]},
}  # fmt: skip
SAID = (
    "Text has to become numbers.",
    "A byte is a number from 0 to 255.",
    "We merge the pair we see most.",
    "Then again.",
)


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """Two chapters of two sentences."""
    made = []
    for number in (1, 2):
        start = 20.0 * (number - 1)
        said = tuple(
            Sentence(id=f"s{2 * number - 1 + i:04d}", start_s=start + 8 * i, end_s=start + 8 * i + 7, text=SAID[2 * number - 2 + i])
            for i in range(2)
        )  # fmt: skip
        chunk = Chunk(id=f"ch{number:02d}-01", start_s=start, end_s=start + 20, sentences=said, screens=())
        made.append(
            Chapter(id=f"ch{number:02d}", title=f"Part {number}", start_s=start, end_s=start + 20, boundary="author", chunks=(chunk,))
        )  # fmt: skip
    return tuple(made)


VIDEO = SourceVideo(
    id="talk", url=None, moment_url=None, title="Talk", duration_s=40.0, media="work/media/lecture.mp4", sha256="0" * 64,
    has_video=False, has_audio=True, language="en",
)  # fmt: skip


def quiet(*_: Any) -> None: ...


@lru_cache(maxsize=1)
def outline() -> Outline:
    return EditorWriter().outline(VIDEO, chapters(), quiet)


OUTLINE_PLAIN = outline_edits.to_plain(outline())
REPLY = {
    "blocks": [
        {"kind": "paragraph", "text": SAID[0], "items": [], "ordered": False, "code": "", "language": "", "alt": "",
         "snippet": "", "sentences": ["s0001", "s0002"], "screens": []},
        {"kind": "heading", "text": "Pairs", "items": [], "ordered": False, "code": "", "language": "", "alt": "",
         "snippet": "", "sentences": ["s0002"], "screens": []},
    ]
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- targets


def read_caption_file(value: tuple[str, bytes], folder: Path) -> None:
    ending, data = value
    path = folder / f"talk.en.{ending}"
    path.write_bytes(data)
    to_words(read_captions(path))


def take_description(text: str, folder: Path) -> None:
    clean_line(text)
    marks = chapter_marks.find(clean_text(text))
    with contextlib.suppress(chapter_marks.MarksRefused):
        chapter_marks.tidy(marks, 3600.0)


def take_info(info: Any, folder: Path) -> None:
    """A site's description of a video, through what the download stage makes of it."""
    if not isinstance(info, dict):
        return
    media = folder / "work" / "media" / "lecture.mp4"
    media.parent.mkdir(parents=True, exist_ok=True)
    media.write_bytes(b"film")

    def fetch(url: str, **_: Any) -> Any:
        visit = video_site._Visit(url, folder, DownloadOptions(), quiet)
        try:
            visit._accept(info)
            for group in ("subtitles", "automatic_captions"):
                video_site._usable(info.get(group))
            return visit._fetched(info, media, ())
        except Exception as error:
            raise visit._translate(error) from error

    work = FakeWork(folder, url="https://a.example/talk")
    probe = Probe(duration_s=60.0, has_video=True, has_audio=True, title=str(info.get("title")))
    download.run(work, fetch=fetch, probe=lambda path: probe, extract_subtitles=quiet)


def load_config(value: tuple[bytes, str], folder: Path) -> None:
    data, setting = value
    path = folder / "config.yaml"
    path.write_bytes(data)
    config.load(path, [setting], {"WRITER": setting[:40].replace("\0", "")})


def take_outline(value: tuple[bytes, bool], folder: Path) -> None:
    data, twin = value
    edits = folder / "edits"
    edits.mkdir(exist_ok=True)
    if twin:
        outline_edits.put_copy(folder, outline())
    (edits / outline_edits.COPY).write_bytes(data)
    made = outline()
    text = data.decode("utf-8", "replace")
    as_made = (edits / outline_edits.AS_MADE).read_text() if twin else None
    outline_edits.changes_digest(folder)
    changes = outline_edits.changes(text, as_made)
    outline_edits.merged(made, changes, outline_edits.spoken_in(chapters()))


class Told:
    """A language model that says what it is told to say."""

    name = "told"
    sees = False
    takes_grammar = False
    context_tokens = 8000

    def __init__(self, text: str) -> None:
        self.text = text

    def complete(self, request: Request) -> Reply:
        return Reply(text=self.text, finished=True)


def take_reply(text: str, folder: Path) -> None:
    store = replies.Replies(folder / "work" / "llm")
    writer = EndpointWriter(Told(text), EditorWriter(), store, OpenAIOptions())  # type: ignore[arg-type]
    made = outline()
    for act in (
        lambda: writer.outline(VIDEO, chapters(), quiet),
        lambda: writer.write(Assignment(chapters()[0], part_of(made, "ch01"), folder), quiet),
    ):
        with contextlib.suppress(LecturebookError):
            act()


def take_edit(text: str, folder: Path) -> None:
    draft = write.person_draft(text, chapters()[0], part_of(outline(), "ch01"))
    again = write.person_draft(to_markdown(draft), chapters()[0], part_of(outline(), "ch01"), 0, draft.blocks)
    assert len(again.blocks) <= len(draft.blocks) + 50


def take_name(name: str, folder: Path) -> None:
    """A name as an address, as a file, as a path in a site."""
    for source in (name, f"https://a.example/{name}", f"/tmp/{name}.mp4"):
        made = lecture_id(source)
        assert 0 < len(made) <= 60, made
        assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-"), made
    try:
        check_name(name)
    except ValueError:
        pass
    else:
        assert (folder / "site" / name).resolve().is_relative_to((folder / "site").resolve()), name
    path = folder / f"{name}.mp4".replace("/", "_").replace("\0", "_")
    try:
        path.write_bytes(b"film")
    except OSError:
        return
    title_from_name(path)
    sidecars.captions_beside(path)
    probe = Probe(duration_s=60.0, has_video=True, has_audio=True, title=name)
    work = FakeWork(folder / "out", url=str(path))
    download.run(work, fetch=quiet, probe=lambda _: probe, extract_subtitles=quiet)  # type: ignore[arg-type]


def artifact_target(finished: Path, make: Callable[[Path], Run]) -> Callable[[tuple[int, bytes], Path], None]:
    """Files of a finished lecture changed, one a case: `why` then says something, and does not break."""
    names = [
        *sorted(
            path.relative_to(finished).as_posix()
            for path in (finished / "work").rglob("*.json")
            if path.is_file()
        ),
        "edits/requests.yaml",
        "edits/outline.yaml",
    ]

    def target(value: tuple[int, bytes], folder: Path) -> None:
        which, data = value
        shutil.copytree(finished, folder / "lecture")
        place = folder / "lecture" / names[which % len(names)]
        before = place.read_bytes() if place.is_file() else b""
        place.write_bytes(
            before[: len(before) // 2] + data + before[len(before) // 2 :] if which % 2 else data
        )
        for sentence in make(folder / "lecture").why():
            assert sentence

    return target


@dataclass(frozen=True)
class Target:
    name: str
    strategy: st.SearchStrategy[Any]
    act: Callable[[Any, Path], None]


TARGETS = (
    Target(
        "captions",
        st.tuples(st.sampled_from(("vtt", "srt", "json3", "ttml")), mutated((VTT, SRT, JSON3, TTML))),
        read_caption_file,
    ),
    Target("descriptions", st.builds("\n".join, st.lists(texts | st.sampled_from(DESCRIPTION.splitlines()), max_size=9)), take_description),
    Target("info JSON", changed(INFO), take_info),
    Target("config.yaml", st.tuples(mutated((config.Config().model_dump_json().encode(), b"write:\n  writer: editor\n")), texts), load_config),
    Target("outline.yaml", st.tuples(
        st.one_of(mutated((json.dumps(OUTLINE_PLAIN).encode(),)), changed(OUTLINE_PLAIN).map(lambda tree: json.dumps(tree).encode())),
        st.booleans(),
    ), take_outline),
    Target("replies", st.one_of(changed(REPLY).map(json.dumps), mutated((json.dumps(REPLY).encode(),)).map(lambda data: data.decode("utf-8", "replace"))), take_reply),
    Target("edited chapters", st.builds("\n\n".join, st.lists(texts, max_size=6)), take_edit),
    Target("names", texts, take_name),
)  # fmt: skip


@dataclass
class Found:
    """What came of a target."""

    cases: int = 0
    crashes: int = 0
    first: str = ""
    slowest_s: float = 0.0


def put_through(target: Target, cases: int, number: int, folder: Path) -> Found:
    """So many made-up values through a target, from a fixed seed.

    Raises:
        Exception: the smallest value that crashes, as Hypothesis tells it.
    """
    found = Found()

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.strategy)
    def case(value: Any) -> None:
        found.cases += 1
        place = folder / f"case-{found.cases}"
        place.mkdir(parents=True)
        began = time.monotonic()
        try:
            target.act(value, place)
        except LecturebookError as error:
            if str(error).count("\n  kept: ") != 1:
                raise RuntimeError("not three lines") from error
        finally:
            shutil.rmtree(place, ignore_errors=True)
        took = time.monotonic() - began
        found.slowest_s = max(found.slowest_s, took)
        assert took < LIMIT_S, f"took {took:.1f} s"

    case()
    return found
