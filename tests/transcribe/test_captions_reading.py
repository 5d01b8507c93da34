from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from pipeline.caption_choice import guess_language
from pipeline.captions import read_captions, to_words
from pipeline.errors import CaptionsUnreadable
from pipeline.models import Word


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(content: str | bytes, name: str = "lecture.vtt") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def _text(path: Path) -> str:
    return " ".join(word.text for word in to_words(read_captions(path)))


def _times(path: Path) -> list[tuple[float, float]]:
    return [(cue.start_s, cue.end_s) for cue in read_captions(path).cues]


VTT = """WEBVTT - a lecture
Kind: captions

STYLE
::cue { color: lime }

NOTE This is a comment
that goes on

intro
00:01.500 --> 00:04.000 align:start position:10%
<v Ada>Hello <i>there</i>,</v>
world.

NOTE between

01:05:23.000 --> 01:05:25.000
Five &amp; six.
"""

SRT = """1
00:00:01,500 --> 00:00:04,000
Hello there,
world.

2
01:05:23,000 --> 01:05:25,000
<font color="red">Five</font> & six.
"""

TTML = """<?xml version="1.0" encoding="utf-8"?>
<tt xmlns="http://www.w3.org/ns/ttml"><body><div>
<p begin="00:00:01.500" end="00:00:04.000">Hello there,<br/>world.</p>
<p begin="01:05:23.000" end="01:05:25.000">Five &amp; six.</p>
</div></body></tt>
"""

JSON3 = json.dumps(
    {
        "events": [
            {"tStartMs": 0, "dDurationMs": 5000, "id": 1},
            {
                "tStartMs": 1500,
                "dDurationMs": 2500,
                "segs": [
                    {"utf8": "Hello"},
                    {"utf8": " there,", "tOffsetMs": 700},
                    {"utf8": " world.", "tOffsetMs": 1400},
                ],
            },
            {"tStartMs": 3000, "dDurationMs": 10, "aAppend": 1, "segs": [{"utf8": "\n"}]},
            {"tStartMs": 3923000, "dDurationMs": 2000, "segs": [{"utf8": "Five & six."}]},
        ]
    }
)


@pytest.mark.parametrize("content", [VTT, SRT, TTML, JSON3], ids=["vtt", "srt", "ttml", "json3"])
def test_formats_are_told_by_their_content(write, content: str) -> None:  # type: ignore[no-untyped-def]
    path = write(content, "any.name")
    assert _text(path) == "Hello there, world. Five & six."
    assert _times(path) == [(1.5, 4.0), (3923.0, 3925.0)]


def test_old_ttml_is_read_and_entities_are_not(write) -> None:  # type: ignore[no-untyped-def]
    old = TTML.replace("http://www.w3.org/ns/ttml", "http://www.w3.org/2006/10/ttaf1")
    assert _text(write(old)).startswith("Hello there,")
    bomb = TTML.replace("<tt ", '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><tt ')
    with pytest.raises(CaptionsUnreadable, match="document type"):
        read_captions(write(bomb))


def test_word_times_of_json3_and_vtt(write) -> None:  # type: ignore[no-untyped-def]
    words = to_words(read_captions(write(JSON3)))
    assert [(word.text, word.start_s) for word in words[:3]] == [
        ("Hello", 1.5),
        ("there,", 2.2),
        ("world.", 2.9),
    ]
    timed = "WEBVTT\n\n00:01.000 --> 00:04.000\none<00:00:02.000><c> two</c><00:00:03.500><c> three</c>\n"
    words = to_words(read_captions(write(timed)))
    assert [(word.text, word.start_s) for word in words] == [("one", 1.0), ("two", 2.0), ("three", 3.5)]


def test_code_in_captions_survives(write) -> None:  # type: ignore[no-untyped-def]
    line = r"d = {a: 1}; if x < 3 and y > 2: C:\new\table, vector<int> v"
    assert _text(write(f"WEBVTT\n\n00:01.000 --> 00:04.000\n{line}\n")) == line


def test_sounds_and_speakers_are_not_words(write) -> None:  # type: ignore[no-untyped-def]
    path = write(
        "WEBVTT\n\n00:00.000 --> 00:01.000\n[Music]\n\n00:01.000 --> 00:02.000\n>> ADA: Hello [laughter] all.\n\n"
        "00:02.000 --> 00:03.000\n♪ ♪\n\n00:03.000 --> 00:04.000\n(air whooshing)\n\n00:04.000 --> 00:05.000\nPrint f(x) and a[0].\n"
    )
    assert _text(path) == "Hello all. Print f(x) and a[0]."


ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
 
hi<00:00:00.400><c> everyone</c><00:00:00.900><c> so</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
hi everyone so
 

00:00:02.010 --> 00:00:04.000 align:start position:0%
hi everyone so
in<00:00:02.400><c> this</c><00:00:02.900><c> this</c><00:00:03.200><c> video</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
in this this video
 

00:00:04.010 --> 00:00:06.000 align:start position:0%
in this this video
video<00:00:04.800><c> tokens</c>
"""  # noqa: W293


def test_rolling_captions_are_merged_without_loss_or_doubling(write) -> None:  # type: ignore[no-untyped-def]
    words = to_words(read_captions(write(ROLLING)))
    assert " ".join(word.text for word in words) == "hi everyone so in this this video video tokens"
    assert [word.start_s for word in words] == pytest.approx([0.0, 0.4, 0.9, 2.01, 2.4, 2.9, 3.2, 4.01, 4.8])


def test_captions_that_grow_and_roll_up(write) -> None:  # type: ignore[no-untyped-def]
    shown = ["so", "so we", "so we merge", "so we merge\nthe pair", "the pair\nand go on"]
    cues = [f"00:0{n}.000 --> 00:0{n + 1}.000\n{text}\n" for n, text in enumerate(shown)]
    assert _text(write("WEBVTT\n\n" + "\n".join(cues))) == "so we merge the pair and go on"


def test_repetition_in_ordinary_captions_stays(write) -> None:  # type: ignore[no-untyped-def]
    lines = [
        "No.",
        "No.",
        "I said no.",
        "It is a token.",
        "Another.",
        "Yes.",
        "We merge.",
        "So it goes.",
        "On.",
        "End.",
    ]
    cues = [f"00:{n:02d}.000 --> 00:{n + 1:02d}.000\n{text}\n" for n, text in enumerate(lines)]
    assert _text(write("WEBVTT\n\n" + "\n".join(cues))) == " ".join(lines)


def test_real_automatic_captions_lose_and_double_nothing(data: Path) -> None:
    path = data / "lecture-zduSFxRajkE" / "youtube-auto.vtt"
    raw = [word for line in path.read_text().splitlines()[1:] if "-->" not in line for word in line.split()]
    words = to_words(read_captions(path))
    assert [word.text for word in words] == raw
    assert words[-1].start_s > 8000
    assert all(word.end_s - word.start_s < 6 for word in words)


def _plain(words: tuple[Word, ...]) -> list[str]:
    return [
        part
        for word in words
        for part in re.sub(r"[^\w' ]", " ", word.text.lower()).split()
        if part not in {"uh", "um"}
    ]


def test_real_automatic_captions_say_what_a_large_model_heard(data: Path) -> None:
    folder = data / "lecture-zduSFxRajkE"
    automatic = _plain(to_words(read_captions(folder / "youtube-auto.vtt")))
    heard = _plain(to_words(read_captions(folder / "whisper-large.vtt")))
    differences = [step for step in Levenshtein.opcodes(heard, automatic) if step.tag != "equal"]
    wrong = sum(max(one.src_end - one.src_start, one.dest_end - one.dest_start) for one in differences)
    assert wrong < 0.08 * len(heard)
    # What rolls would be there twice: a run of words that the large model did not hear.
    assert max(one.dest_end - one.dest_start for one in differences if one.tag == "insert") <= 8


@pytest.mark.parametrize("shown", [2, 3])
def test_real_captions_made_to_roll_come_back_whole(write, data: Path, shown: int) -> None:  # type: ignore[no-untyped-def]
    every = read_captions(data / "lecture-zduSFxRajkE" / "whisper-large.vtt").cues
    # What the model repeated in a loop cannot be told from rolling.
    cues = [
        cue
        for before, cue in zip((None, *every), every, strict=False)
        if before is None or cue.lines != before.lines
    ]
    lines = [" ".join(cue.lines) for cue in cues]
    rolling = "\n".join(
        f"{_clock(cue.start_s)} --> {_clock(cues[number + 1].start_s if number + 1 < len(cues) else cue.end_s)}\n"
        + "\n".join(lines[max(number - shown + 1, 0) : number + 1])
        + "\n"
        for number, cue in enumerate(cues)
    )
    words = to_words(read_captions(write(f"WEBVTT\n\n{rolling}")))
    assert [word.text for word in words] == " ".join(lines).split()


def _clock(time_s: float) -> str:
    return f"{int(time_s // 3600):02d}:{int(time_s // 60 % 60):02d}:{time_s % 60:06.3f}"


def test_real_human_captions(data: Path) -> None:
    for path in sorted((data / "hf-course" / "en").glob("*.srt"))[:5]:
        words = to_words(read_captions(path))
        assert len(words) > 300
        assert not any("<" in word.text or "\ufeff" in word.text for word in words)
        assert guess_language(words) == "en"


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        ("00:00:01,000 --> 00:00:02,000", (1.0, 2.0)),
        ("00:01.000 --> 00:02.000", (1.0, 2.0)),
        ("0:00:01.0 --> 0:00:02.5", (1.0, 2.5)),
        ("00:00:01.000-->00:00:02.000", (1.0, 2.0)),
        ("  00:00:01.000  -->  00:00:02.000  line:0", (1.0, 2.0)),
        ("-00:00:01,000 --> 00:00:02,000", (0.0, 2.0)),
        ("00:00:-1,000 --> 00:00:02,000", (0.0, 2.0)),
        ("00:00:05,000 --> 00:00:02,000", (5.0, 5.0)),
        ("123:00:00.000 --> 123:00:01.000", (442800.0, 442801.0)),
    ],
)
def test_times_of_every_kind(write, timing: str, expected: tuple[float, float]) -> None:  # type: ignore[no-untyped-def]
    assert _times(write(f"1\n{timing}\nHello.\n")) == [expected]


def test_overlapping_and_unordered_cues(write) -> None:  # type: ignore[no-untyped-def]
    path = write(
        "WEBVTT\n\n00:08.000 --> 00:09.000\nlast.\n\n00:00.000 --> 00:05.000\nfirst words\n\n00:02.000 --> 00:07.000\nthen these\n"
    )
    words = to_words(read_captions(path))
    assert [word.text for word in words] == ["first", "words", "then", "these", "last."]
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
    assert words[1].end_s <= 2.0


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(write, encoding: str) -> None:  # type: ignore[no-untyped-def]
    said = "Das größte Übel wäre, müde Zuhörer für Gäste zu halten."
    content = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n + 1},000\n{n}: {said}\n\n" for n in range(8))
    assert _text(write(content.encode(encoding))) == " ".join(f"{n}: {said}" for n in range(8))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp1252", "C'est très différent de ce que vous avez déjà vu. Ça va être intéressant, garçon."),
        ("cp1252", "Über die Größe der Wörter, und wie häufig ein Paar natürlich vorkommt."),
        (
            "cp1250",
            "Dzisiaj będziemy mówić o tym, jak tekst zamienia się w liczby, ponieważ słów jest wiele.",
        ),
        ("koi8_r", "Сегодня мы поговорим о том, как текст превращается в числа."),
        ("cp1254", "Bugün sayıların nasıl bir metin olduğunu öğreneceğiz, çünkü bu çok güzel bir şey."),
        (
            "shift_jis",
            "今日は言語モデルについて話します。文字をどう数えるのでしょうか。それはとても難しいです。",
        ),
    ],
)
def test_old_encodings_are_told_by_their_words(write, encoding: str, said: str) -> None:  # type: ignore[no-untyped-def]
    content = f"1\n00:00:00,000 --> 00:00:09,000\n{said}\n"
    assert _text(write(content.encode(encoding))) == said


def test_cyrillic_in_its_old_encoding(write) -> None:  # type: ignore[no-untyped-def]
    said = "Здравствуйте, сегодня мы говорим о кодировании пар байтов и о языковых моделях."
    content = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n + 1},000\n{said}\n\n" for n in range(8))
    assert said in _text(write(content.encode("cp1251")))


def test_nul_bytes_and_carriage_returns(write) -> None:  # type: ignore[no-untyped-def]
    path = write(SRT.replace("there", "th\x00ere").replace("\n", "\r\n"))
    assert _text(path) == "Hello there, world. Five & six."


def test_numbers_alone_on_a_line_are_text_not_cue_numbers(write) -> None:  # type: ignore[no-untyped-def]
    path = write(
        "1\n00:00:01,000 --> 00:00:02,000\nThe answer is\n42\n\n2\n00:00:02,000 --> 00:00:03,000\nYes.\n"
    )
    assert _text(path) == "The answer is 42 Yes."


def test_hundred_thousand_cues(write) -> None:  # type: ignore[no-untyped-def]
    cues = [
        f"{n}\n{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d},000 --> {n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d},900\nword{n} here\n"
        for n in range(100_000)
    ]
    path = write("\n".join(cues))
    started = time.monotonic()
    words = to_words(read_captions(path))
    assert len(words) == 200_000
    assert words[-1].text == "here"
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"just some text",
        b"WEBVTT\n\n",
        b'{not json "events"',
        b'{"events": 3}',
        b"<tt><p>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_captions_is_said(write, content: bytes) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CaptionsUnreadable, match=r"lecture\.vtt cannot be read") as caught:
        read_captions(write(content))
    assert len(str(caught.value).splitlines()) == 3


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: ("WEBVTT\n\n" + text).encode()))
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x.vtt"
    path.write_bytes(content)
    try:
        words = to_words(read_captions(path))
    except CaptionsUnreadable:
        return
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10_000), st.integers(0, 10_000), st.lists(st.sampled_from("abcdefgh"), min_size=1)
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_word_comes_out_once(
    tmp_path_factory: pytest.TempPathFactory, cues: list[tuple[int, int, list[str]]]
) -> None:
    # Words that never repeat, so that nothing looks like rolling.
    numbered = [(a, b, [f"{w}{n}x{i}" for i, w in enumerate(words)]) for n, (a, b, words) in enumerate(cues)]
    text = "WEBVTT\n\n" + "\n".join(
        f"{a // 60:02d}:{a % 60:02d}.000 --> {b // 60:02d}:{b % 60:02d}.000\n{' '.join(words)}\n"
        for a, b, words in numbered
        if a < 6000 and b < 6000
    )
    path = tmp_path_factory.mktemp("cues") / "x.vtt"
    path.write_text(text)
    said = sorted(word for a, b, words in numbered if a < 6000 and b < 6000 for word in words)
    if said:
        words = to_words(read_captions(path))
        assert sorted(word.text for word in words) == said
        starts = [word.start_s for word in words]
        assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "und das ist nicht die frage die wir hier zu stellen haben sondern wie es mit der zeit und den tokens ist",
            "de",
        ),
        (
            "et ce que nous allons voir dans cette vidéo est la façon dont les modèles de langue sont faits pour le",
            "fr",
        ),
        (
            "so what we are going to see in this video is how the model is made and why it is that way for you",
            "en",
        ),
        ("今日は トークン化 について 話します", "ja"),
        ("xq zw", None),
    ],
)
def test_languages_are_guessed_from_their_commonest_words(text: str, language: str | None) -> None:
    words = [Word(text=word, start_s=0.0, end_s=0.0) for word in text.split()]
    assert guess_language(words) == language
