"""Any article against a transcript: read, aligned, counted; and the command that prints it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import reference
from pipeline.cli import app
from pipeline.errors import UsageError
from pipeline.evaluation.alignment import align
from pipeline.evaluation.articles import Part, read, read_html, read_markdown, stated_moment
from pipeline.evaluation.scores import Scores, score
from pipeline.evaluation.transcripts import read_chapters, read_transcript

SAID = (
    "Hello and welcome, today we want to talk about telescopes and how they gather light from faint stars.",
    "A telescope is a bucket for light, and the larger the bucket is, the fainter the stars that you can see.",
    "Galileo pointed his first instrument at Jupiter in 1610 and found four moons beside the planet.",
    "His lens was 37 millimeters wide, which is about the size of a plum, and it was full of bubbles.",
    "Now mirrors: Isaac Newton replaced the lens by a curved mirror, because glass splits the colors apart.",
    "The mirror of the Hale telescope on Palomar weighs 13 tons and took eleven years to polish.",
    "Turbulence in the atmosphere blurs the picture, and that is what makes the stars twinkle at night.",
    "Adaptive optics bends a mirror a thousand times a second so that the twinkling goes away again.",
    "And in the next video we look at radio dishes, so see you then.",
)
STEP_S = 20.0
CHAPTERS = "0:00 Buckets for light\n1:20 Mirrors\n2:00 The air above\n"

GOOD = """# Telescopes

## Buckets for light

Today we want to talk about telescopes and how they gather light from faint stars. [0:00](v.mp4#t=0)

A telescope is a bucket for light: the larger the bucket, the fainter the stars that you can see. [0:20](v.mp4#t=20)

Galileo pointed his first instrument at Jupiter in 1610 and found four moons beside the planet. His lens was 37
millimeters wide, about the size of a plum, and full of bubbles. [0:40](v.mp4#t=40)

## Mirrors

Isaac Newton replaced the lens by a curved mirror, because glass splits the colors apart. The mirror of the Hale
telescope on Palomar weighs 13 tons and took eleven years to polish. [1:20](v.mp4#t=80)

```python
print("light")
```

## The air above

Turbulence in the atmosphere blurs the picture; that is what makes the stars twinkle at night. Adaptive optics bends a
mirror a thousand times a second so that the twinkling goes away again. [2:00](v.mp4#t=120)
"""

BAD = """# Telescopes

## All about light

A telescope is a bucket for light: the larger the bucket, the fainter the stars that you can see. [3:20](v.mp4#t=200)

Galileo pointed his first instrument at Jupiter in 1609 and found four moons beside the planet, as Johannes Kepler
confirmed. In GPT-2, "hello world" is 31373, 318, 984.

A telescope is a light bucket: a larger bucket lets you see fainter stars.

```python
print("light"
```

## Conclusion

In conclusion, we have seen how telescopes help humanity to explore the vast universe around us.
"""


def vtt(folder: Path) -> Path:
    cues = [f"{_stamp(n * STEP_S)} --> {_stamp((n + 1) * STEP_S)}\n{text}\n" for n, text in enumerate(SAID)]
    path = folder / "said.vtt"
    path.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    return path


def _stamp(seconds: float) -> str:
    return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{seconds % 60:06.3f}"


def scored(text: str, folder: Path, name: str = "article.md") -> Scores:
    article, chapters = folder / name, folder / "chapters.txt"
    article.write_text(text, encoding="utf-8")
    chapters.write_text(CHAPTERS, encoding="utf-8")
    subject = reference.load("bpe_reference")
    return score(read(article), read_transcript(vtt(folder)), read_chapters(chapters), subject)


# -- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "seconds"),
    [("https://www.youtube.com/watch?v=x&t=83s", 83.0), ("https://youtu.be/x?t=1h2m3s", 3723.0), ("l.mp4#t=19", 19.0),
     ("v#t=1:02:03", 3723.0), ("v#t=npt:5,9", 5.0), ("https://x.org/?start=7", 7.0), ("ch01.html#s0042", None),
     ("https://x.org/?t=", None), ("https://x.org/?t=soon", None), ("http://[", None)],
)  # fmt: skip
def test_a_moment_in_an_address(address: str, seconds: float | None) -> None:
    assert stated_moment(address) == seconds


def test_markdown_as_parts() -> None:
    parts = read_markdown(
        "---\ntitle: x\n---\n# A *title*\n\nWe [merge](https://x.org) it. [1:05](v#t=65)\n\n- one\n- two (2:10)\n\n"
        "> said\n\n```py\nx = 1\n```\n\n[3:00](v#t=180) (from the screen)\n\n| a | b |\n| - | - |\n| c | d |\n"
    )
    told = [(part.kind, part.text, part.stated_s) for part in parts if part.kind != "cell"]
    assert told == [
        ("heading", "A title", None), ("paragraph", "We merge it.", 65.0), ("item", "one", None),
        ("item", "two", 130.0), ("quote", "said", None), ("code", "x = 1", 180.0),
    ]  # fmt: skip
    assert next(part for part in parts if part.kind == "code").language == "py"


def test_a_page_as_parts() -> None:
    parts = read_html(
        "<html><head><title>no</title><style>p{}</style></head><body><nav>no 1 2 3</nav><main><h2 id=a>Why<a href=#a>#</a>"
        "</h2><div><a href='v#t=5'>0:05</a><p>Bytes &amp; <b>pairs</b>.</p></div><pre><code class='language-python'>"
        "x &lt; 1\ny</code></pre><pre class='output'>no</pre><script>no()</script></main><footer>no</footer></body></html>"
    )
    assert [(part.kind, part.text, part.stated_s) for part in parts] == [
        ("heading", "Why", None), ("paragraph", "Bytes & pairs.", 5.0), ("code", "x < 1\ny", None),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["missing.md", "empty.md", "latin.md", "folder"])
def test_what_is_no_article_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("```\nx\n```\n")
    (tmp_path / "latin.md").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as caught:
        read(tmp_path / name)
    assert len(str(caught.value).splitlines()) in (2, 3)


SEGMENTS = [{"start": n * STEP_S, "end": (n + 1) * STEP_S, "text": text} for n, text in enumerate(SAID)]


@pytest.mark.parametrize(
    "data",
    [
        {"segments": SEGMENTS, "language": "en"},
        SEGMENTS,
        [{"start": one["start"], "duration": STEP_S, "text": one["text"]} for one in SEGMENTS],
    ],
)
def test_a_transcript_of_segments(data: object, tmp_path: Path) -> None:
    path = tmp_path / "said.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    spoken = read_transcript(path)
    assert spoken.text.split() == " ".join(SAID).split()
    assert abs(spoken.sentences[4].start_s - 80) < 5


@pytest.mark.parametrize(
    "text", ["{}", "[]", '[{"text": 1}]', '{"segments": [{"text": "a"}]}', "nothing", "[" * 5000]
)
def test_what_is_no_transcript_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "said.json"
    path.write_text(text)
    with pytest.raises(UsageError):
        read_transcript(path)


def test_chapters_are_lines_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "chapters.txt"
    path.write_text(CHAPTERS)
    assert read_chapters(path) == (0.0, 80.0, 120.0)
    path.write_text("none here")
    with pytest.raises(UsageError):
        read_chapters(path)


# -- aligning ------------------------------------------------------------------------------------------------------


def test_parts_find_their_sentences(tmp_path: Path) -> None:
    spoken = read_transcript(vtt(tmp_path))
    texts = (SAID[1], "Polishing the mirror of the Hale telescope on Palomar, 13 tons of it, took eleven years.",
             "Cats sleep on warm window sills and dream of birds, mice and tins of tuna fish.", SAID[7])  # fmt: skip
    spans = align([Part("paragraph", text) for text in texts], spoken.sentences, "en")
    assert [span and span.first for span in spans] == [1, 5, None, 7]
    assert align([], spoken.sentences, "en") == []
    assert align([Part("code", SAID[1])], spoken.sentences, "en") == [None]


def test_a_faithful_article(tmp_path: Path) -> None:
    scores = scored(GOOD, tmp_path)
    assert scores.content_kept > 0.85
    assert scores.sentences_kept_in_stretch == 1.0
    assert (scores.numbers_kept, scores.numbers_supported, scores.names_unsupported) == (1.0, 1.0, ())
    assert scores.chapters is not None
    assert (scores.chapters.there, scores.chapters.found, scores.chapters.f1) == (3, 3, 1.0)
    assert scores.links is not None
    assert (scores.links.count, scores.links.within_10_s, scores.links.median_s) == (5, 1.0, 0.0)
    assert (scores.code_checked, scores.code_faults, scores.claims_false) == (1, (), ())
    assert (scores.repeated_definitions, scores.stray_conclusions) == ((), ())


def test_an_article_with_faults(tmp_path: Path) -> None:
    scores = scored(BAD, tmp_path)
    assert scores.content_kept < 0.5
    assert {"1609", "31373", "318", "984"} <= set(scores.numbers_unsupported)
    assert "Johannes Kepler" in scores.names_unsupported
    assert scores.links is not None
    assert scores.links.within_10_s == 0.0
    assert scores.links.median_s == 180.0
    assert len(scores.code_faults) == 1
    assert len(scores.claims_false) == 1
    assert "995" in scores.claims_false[0]
    assert scores.repeated_definitions == (
        "A telescope is a light bucket: a larger bucket lets you see fainter stars.",
    )
    assert len(scores.stray_conclusions) == 2


def test_what_the_lecturer_announced_is_no_stray_conclusion(tmp_path: Path) -> None:
    scores = scored(
        GOOD + "\nIn the next video we look at radio dishes, so see you then; to sum up, buckets.\n", tmp_path
    )
    assert scores.stray_conclusions != ()  # he summed nothing up
    spoken = GOOD + "\nAnd in the next video we look at radio dishes, so see you then.\n"
    assert scored(spoken, tmp_path).stray_conclusions == ()


def test_markdown_and_its_page_score_alike(tmp_path: Path) -> None:
    import markdown

    page = f"<html><body><nav>Home 99</nav><main>{markdown.markdown(GOOD, extensions=['fenced_code'])}</main></body></html>"
    assert scored(page, tmp_path, "article.html") == scored(GOOD, tmp_path)


# -- the command ---------------------------------------------------------------------------------------------------


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    article, chapters = tmp_path / "article.md", tmp_path / "chapters.txt"
    article.write_text(BAD)
    chapters.write_text(CHAPTERS)
    arguments = ["eval", str(article), "--transcript", str(vtt(tmp_path)), "--chapters", str(chapters)]
    table = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert table.exit_code == 0
    for words in ("content words kept", "names unsupported", "Johannes Kepler", "code that does not parse"):
        assert words in table.output
    printed = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert Scores.model_validate_json(printed.output) == scored(BAD, tmp_path)


def test_the_lecturers_own_article(data: Path) -> None:
    folder = data / "lecture-zduSFxRajkE"
    article, spoken = read(folder / "karpathy-sample.md"), read_transcript(folder / "whisper-large.vtt")
    scores = score(article, spoken, None, reference.load("bpe_reference"))
    assert scores.until_s < 500, "it tells of the first minutes of more than two hours"
    assert 0.6 < scores.content_kept_in_stretch < 0.9
    assert scores.claims_false == ()
    assert scores.claims_true >= 5
