"""The example lecture is what its truth.json says: the container, the times, the code, and the facts told."""

from __future__ import annotations

import ast
import contextlib
import gzip
import importlib
import io
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest
import tiktoken
from text_to_num import text2num

ROOT = Path(__file__).resolve().parents[2]
LECTURE = ROOT / "examples" / "bpe-lecture"
VIDEO = LECTURE / "lecture.mp4"
RANKS = ROOT / "bpe_reference" / "data" / "gpt2.tiktoken.gz"
GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((LECTURE / "truth.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def gpt2() -> tiktoken.Encoding:
    lines = gzip.decompress(RANKS.read_bytes()).splitlines()
    ranks = {b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    return tiktoken.Encoding(
        "gpt2", pat_str=GPT2_SPLIT, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256}
    )


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, gpt2: tiktoken.Encoding) -> Iterator[None]:
    """A place where the code on the screens runs: `import bpe` finds the shown file, tiktoken needs no network."""
    monkeypatch.syspath_prepend(str(LECTURE / "code"))
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: {"gpt2": gpt2}[name])
    sys.modules.pop("bpe", None)
    yield
    sys.modules.pop("bpe", None)


# --- the container


def test_the_container_is_small_and_720p_h264_aac(truth: dict[str, Any]) -> None:
    assert VIDEO.stat().st_size <= 8_000_000
    with av.open(str(VIDEO)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.width, video.codec_context.height) == tuple(truth["size"]) == (1280, 720)
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert float(video.average_rate or 0) == truth["fps"]
        assert container.duration is not None
        assert container.duration / 1_000_000 == pytest.approx(truth["duration_s"], abs=0.1)
    assert 240 <= truth["duration_s"] <= 360


def test_the_container_carries_the_chapters_and_tags(truth: dict[str, Any]) -> None:
    with av.open(str(VIDEO)) as container:
        chapters = container.chapters()
        tags = container.metadata
    found = [(c["metadata"]["title"], float(c["start"] * (c["time_base"] or 0))) for c in chapters]
    assert [title for title, _ in found] == [c["title"] for c in truth["chapters"]]
    assert [start for _, start in found] == pytest.approx(
        [c["start_s"] for c in truth["chapters"]], abs=0.002
    )
    assert len(found) >= 5
    assert (tags["title"], tags["artist"], tags["date"]) == (truth["title"], truth["author"], truth["date"])
    assert "CC0" in tags["copyright"]
    assert tags["comment"]


def test_key_frames_are_as_far_apart_as_in_real_recordings() -> None:
    with av.open(str(VIDEO)) as container:
        packets = [p for p in container.demux(video=0) if p.pts is not None]
        keys = [float((p.pts or 0) * p.time_base) for p in packets if p.is_keyframe]
    gaps = np.diff(keys)
    assert gaps.max() <= 8.01
    assert len(keys) < len(packets) / 25, "more than one key frame a second"


def test_the_index_comes_before_the_media_for_streaming() -> None:
    head = VIDEO.read_bytes()[:4096]
    assert b"moov" in head
    assert b"mdat" not in head


def test_the_description_lists_the_chapters_as_a_video_site_does(truth: dict[str, Any]) -> None:
    stamps = re.findall(r"^(\d+):(\d\d) (.+)$", (LECTURE / "description.txt").read_text("utf-8"), re.M)
    assert [(int(m) * 60 + int(s), t) for m, s, t in stamps] == [
        (int(c["start_s"]), c["title"]) for c in truth["chapters"]
    ]
    assert "arxiv.org/abs/1508.07909" in (LECTURE / "description.txt").read_text("utf-8")


# --- times


def test_chapters_and_screens_tile_the_video(truth: dict[str, Any]) -> None:
    for spans in (truth["chapters"], truth["screens"]):
        assert spans[0]["start_s"] == 0.0
        assert spans[-1]["end_s"] == pytest.approx(truth["duration_s"], abs=0.05)
        assert all(a["end_s"] == b["start_s"] for a, b in pairwise(spans))
        assert all(span["start_s"] < span["end_s"] for span in spans)


def test_sentences_are_in_order_and_inside_their_chapters(truth: dict[str, Any]) -> None:
    assert all(a["end_s"] <= b["start_s"] for a, b in pairwise(truth["sentences"]))
    for sentence in truth["sentences"]:
        chapter = truth["chapters"][sentence["chapter"]]
        assert chapter["start_s"] <= sentence["start_s"] < sentence["end_s"] <= chapter["end_s"]


def test_the_sound_is_where_the_sentences_are(truth: dict[str, Any]) -> None:
    rate, samples = _sound()
    spoken = np.zeros(len(samples), dtype=bool)
    for sentence in truth["sentences"]:
        spoken[int(sentence["start_s"] * rate) : int(sentence["end_s"] * rate)] = True
    assert np.sqrt((samples[spoken] ** 2).mean()) > 30 * np.sqrt((samples[~spoken] ** 2).mean())


def test_screens_are_complete_before_they_go(truth: dict[str, Any]) -> None:
    for screen in truth["screens"]:
        moments = [*screen["steps_s"], *(screen["typed_s"] or []), *(screen["scrolled_s"] or [])]
        assert all(screen["start_s"] <= moment <= screen["completed_s"] for moment in moments)
        assert screen["completed_s"] <= screen["end_s"]


def test_screens_cover_what_lecturers_show(truth: dict[str, Any]) -> None:
    distinct = [s for s in truth["screens"] if not s["same_as"]]
    assert len(distinct) >= 10
    assert {s["kind"] for s in distinct} == {"slide", "code", "terminal", "notebook", "page"}
    assert any(len(s["steps_s"]) >= 3 for s in distinct if s["kind"] == "slide")
    assert any(s["scrolled_s"] for s in distinct)
    assert any(s["typed_s"] for s in distinct if s["kind"] == "code")
    assert any(s["fade_s"] for s in distinct)
    assert any(s["same_as"] for s in truth["screens"])


def test_what_the_video_shows_changes_when_the_truth_says_so(truth: dict[str, Any]) -> None:
    """Each screen's last frame differs from the next one's first still frame; a returning one looks the same."""
    ends = {s["id"]: s["end_s"] - 0.2 for s in truth["screens"]}
    pictures = _pictures(sorted(ends.values()))
    by_id = {name: pictures[moment] for name, moment in ends.items()}
    for before, after in pairwise(truth["screens"]):
        assert _difference(by_id[before["id"]], by_id[after["id"]]) > 2.0, (before["id"], after["id"])
    for screen in truth["screens"]:
        if screen["same_as"]:
            assert _difference(by_id[screen["id"]], by_id[screen["same_as"]]) < 0.6, screen["id"]


def test_the_inset_moves_while_the_rest_stands_still(truth: dict[str, Any]) -> None:
    still = max(truth["screens"], key=lambda s: s["end_s"] - s["completed_s"])
    times = [still["end_s"] - 1.2, still["end_s"] - 0.2]
    a, b = _pictures(times).values()
    assert _difference(a[528:684, 1052:1260], b[528:684, 1052:1260]) > 1.0


# --- words


def test_clean_sentences_are_the_spoken_ones_less_fillers_and_slips(truth: dict[str, Any]) -> None:
    for sentence in truth["sentences"]:
        left_out = " ".join([*sentence["fillers"], *sentence["dropped"]])
        assert sorted(_words(sentence["text"])) == sorted(_words(f"{sentence['clean']} {left_out}")), (
            sentence["id"]
        )
        assert not set(_words(sentence["clean"])) & {"um", "uh"}


def test_the_truth_is_that_of_the_script(truth: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever edits script.txt and does not build again is told so."""
    monkeypatch.syspath_prepend(str(LECTURE))
    script = importlib.import_module("studio.script")
    chapters = script.read_script(LECTURE / "script.txt")
    assert [c.title for c in chapters] == [c["title"] for c in truth["chapters"]]
    written = [(number, s.text, s.clean) for number, c in enumerate(chapters) for s in c.sentences]
    assert written == [(s["chapter"], s["text"], s["clean"]) for s in truth["sentences"]]


def test_the_speech_is_as_untidy_as_speech_is(truth: dict[str, Any]) -> None:
    fillers = {filler for s in truth["sentences"] for filler in s["fillers"]}
    assert {"um", "uh", "you know", "so", "okay", "like", "right"} <= fillers
    assert sum(bool(s["dropped"]) for s in truth["sentences"]) >= 5


def test_numbers_are_spoken_as_the_value_they_stand_for(truth: dict[str, Any]) -> None:
    texts = {s["id"]: s["text"] for s in truth["sentences"]}
    for number in truth["numbers"]:
        assert number["spoken"].lower() in texts[number["sentence"]].lower()
        assert number["value"] in _values(number["spoken"]), number


# --- code and facts


def test_the_code_on_the_screens_is_the_code_in_the_file(truth: dict[str, Any]) -> None:
    typed = [c["text"] for c in truth["code"] if c["kind"] == "code"]
    assert "\n\n\n".join(typed) + "\n" == (LECTURE / "code" / "bpe.py").read_text("utf-8")


@pytest.mark.usefixtures("shown")
def test_the_code_gives_the_output_shown(truth: dict[str, Any]) -> None:
    ran = 0
    for screen in {c["screen"]: None for c in truth["code"] if c["kind"] in ("notebook", "terminal")}:
        session: dict[str, Any] = {}
        for piece in (c for c in truth["code"] if c["screen"] == screen):
            assert piece["language"] == "python"
            assert _run(piece["text"], session) == piece["output"].strip(), screen
            ran += 1
    assert ran >= 7


@pytest.mark.usefixtures("shown")
def test_the_code_agrees_with_the_worked_example() -> None:
    bpe = _import_bpe()
    with contextlib.redirect_stdout(io.StringIO()):
        merges = bpe.train("aaabdaaabac", 3)
    assert bpe.encode("aaabdaaabac", merges) == [258, 100, 258, 97, 99]
    for text in ("", "a", "aaab café", "\N{SLIGHTLY SMILING FACE}"):
        assert bpe.decode(bpe.encode(text, merges), merges) == text


@pytest.mark.usefixtures("shown")
def test_the_exercise_has_the_answer_hinted_at() -> None:
    bpe = _import_bpe()
    with contextlib.redirect_stdout(io.StringIO()):
        merges = bpe.train("mississippi", 2)
    assert bpe.encode("mississippi", merges) == [109, 257, 257, 105, 112, 112, 105]


@pytest.mark.usefixtures("shown")
def test_the_tie_is_a_tie() -> None:
    bpe = _import_bpe()
    counts = bpe.pair_counts(bpe.merge(list(b"aaabdaaabac"), (97, 97), 256))
    assert counts[256, 97] == counts[97, 98] == max(counts.values()) == 2


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("hello world", [31373, 995]),
        ("egg", [33856]),
        ("Egg", [36, 1130]),
        (" egg", [5935]),
        ("EGG", [7156, 38]),
        ("677", [40179]),
        (" 677", [718, 3324]),
        ("    return", [220, 220, 220, 1441]),
        ("2019", [23344]),
        ("2020", [42334]),
        ("2021", [1238, 2481]),
    ],
)
def test_what_is_said_of_gpt2_is_true(gpt2: tiktoken.Encoding, text: str, ids: list[int]) -> None:
    assert gpt2.encode(text) == ids


def test_the_vocabulary_adds_up(gpt2: tiktoken.Encoding, truth: dict[str, Any]) -> None:
    assert gpt2.n_vocab == 256 + 50_000 + 1 == 50_257
    assert {50_000, 50_257, 256} <= {n["value"] for n in truth["numbers"]}


# --- helpers


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.lower())


def _values(spoken: str) -> set[int]:
    """What the words can mean: a number, or a year said as two numbers."""
    first, _, rest = spoken.lower().partition(" ")
    values = set()
    with contextlib.suppress(ValueError):
        values.add(text2num(spoken.lower(), "en"))
    with contextlib.suppress(ValueError):
        values.add(100 * text2num(first, "en") + text2num(rest, "en"))
    return values


def _import_bpe() -> ModuleType:
    return importlib.import_module("bpe")


def _run(code: str, session: dict[str, Any]) -> str:
    """Run a cell as a notebook does: what it prints, then the value of a last bare expression."""
    body = ast.parse(code.strip()).body
    last = body[-1]
    statements = body[:-1] if isinstance(last, ast.Expr) else body
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(statements, []), "cell", "exec"), session)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), session)
    return (printed.getvalue() + ("" if value is None else repr(value))).strip()


def _sound() -> tuple[int, np.ndarray[Any, np.dtype[np.float64]]]:
    with av.open(str(VIDEO)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    return rate, np.concatenate(frames, axis=1)[0].astype(np.float64)


def _pictures(moments: list[float]) -> dict[float, np.ndarray[Any, np.dtype[np.float64]]]:
    """Luma of the frame shown at each moment, shape (720, 1280); seeks, so that not all need decoding."""
    found = {}
    with av.open(str(VIDEO)) as container:
        for moment in moments:
            container.seek(int(moment * 1_000_000))
            frame = next(
                f for f in container.decode(video=0) if f.time is not None and f.time > moment - 0.05
            )
            found[moment] = frame.to_ndarray(format="gray").astype(np.float64)
    return found


def _difference(a: np.ndarray[Any, np.dtype[np.float64]], b: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Mean absolute difference, camera inset and mouse not counted where whole frames are compared."""
    apart = np.abs(a - b)
    if a.shape == (720, 1280):
        apart[520:, 1040:] = 0
    return float(apart.mean())
