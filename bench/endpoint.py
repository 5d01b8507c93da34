"""A whole book through the `openai` writer: tokens in and out, what a prompt cache serves, and how long it takes.

    python bench/endpoint.py [--json] [--tokens-per-s 50] [--at-a-time 16] [VTT CHAPTERS_TXT]

A real HTTP server on this machine stands for the endpoint (`tests/llm/chat_server.py`). It edits what it is given
by rules, streams at the speed asked for, and serves the beginning of a prompt from a cache as providers do: once a
request with it has begun to be answered, from 1,024 tokens on, in steps of 128. Tokens are counted with cl100k_base.
With no files given, the tokenizer lecture of the test data is made. The first run makes the book as fast as the
machine can, the second one at the endpoint's speed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import editor as figures_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "llm"))
from book import Silent
from chat_server import Answer, ChatServer, asked_text
from faithful import faithful

from bpe_reference import GPT4Tokenizer
from pipeline.config import Config
from pipeline.models import Chapter, Chapters, Chunk, Outline, Screens, Transcript
from pipeline.reports import Report
from pipeline.runner import Run
from pipeline.stages import STAGES
from pipeline.store import Store

FIRST_S = 0.4
"""Until a reply begins."""
CHUNK_S = 90.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vtt", nargs="?", type=Path, default=figures_of.LECTURE / "whisper-large.vtt")
    parser.add_argument("marks", nargs="?", type=Path, default=figures_of.LECTURE / "chapters.txt")
    parser.add_argument("--tokens-per-s", type=float, default=50.0, help="speed of one reply")
    parser.add_argument("--at-a-time", type=int, default=16, help="replies at a time")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    if not options.vtt.exists():
        sys.exit("bench endpoint: the transcript is absent; nothing was measured")
    chapters = figures_of.chapters_of(
        figures_of.sentences_of(options.vtt), options.marks.read_text(encoding="utf-8")
    )
    chapters = [chunked(chapter) for chapter in chapters]
    figures = measure(chapters, options.tokens_per_s, options.at_a_time)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"  {name:58} {value:12,.2f}")


@lru_cache(maxsize=1)
def _tokenizer() -> GPT4Tokenizer:
    return GPT4Tokenizer()


@lru_cache(maxsize=4096)
def count(text: str) -> int:
    """Tokens of a text by cl100k_base."""
    return len(_tokenizer().encode(text, allowed_special="none"))


def chunked(chapter: Chapter) -> Chapter:
    """The chapter in chunks of some ninety seconds, as `segment` cuts them."""
    count = max(round(chapter.duration_s / CHUNK_S), 1)
    edges = [chapter.start_s + chapter.duration_s * n / count for n in range(count)] + [chapter.end_s]
    said = chapter.sentences
    return chapter.model_copy(
        update={
            "chunks": tuple(
                Chunk(
                    id=f"{chapter.id}-{n:02d}",
                    start_s=start_s,
                    end_s=end_s,
                    sentences=tuple(
                        one for one in said if start_s <= max(one.start_s, chapter.start_s) < end_s
                    ),
                    screens=(),
                )
                for n, (start_s, end_s) in enumerate(pairwise(edges), 1)
            )
        }
    )


def measure(chapters: Sequence[Chapter], tokens_per_s: float, at_a_time: int) -> dict[str, float]:
    spoken = " ".join(sentence.text for chapter in chapters for sentence in chapter.sentences)
    answers: dict[str, Answer] = {}

    def remembering(body: dict[str, Any]) -> Answer:
        return answers.setdefault(asked_text(body), faithful(body))

    with ChatServer(remembering, count=count) as server:
        _, report, words_written = make(chapters, server, at_a_time)
        used = server.usage
    with ChatServer(_paced(answers, tokens_per_s), at_a_time=at_a_time) as server:
        seconds, paced, _ = make(chapters, server, at_a_time)
        longest_s = max(seconds_of_chapters(server, tokens_per_s).values())
    transcript = count(spoken)
    tokens_in = sum(one["prompt_tokens"] for one in used)
    cached = sum(one["cached_tokens"] for one in used)
    return {
        "words spoken": len(spoken.split()),
        "tokens of the transcript": transcript,
        "calls": len(used),
        "tokens in": tokens_in,
        "tokens in, times the transcript's (aim: under 10)": tokens_in / transcript,
        "tokens in that no cache serves": tokens_in - cached,
        "the same, times the transcript's (aim: under 3)": (tokens_in - cached) / transcript,
        "tokens out": sum(one["completion_tokens"] for one in used),
        "words written": words_written,
        "chapters that failed": len(report.failures) + len(paced.failures),
        "seconds for the book": seconds,
        "seconds of its longest chapter's replies": longest_s,
        "book by its longest chapter (aim: 1.5 at most)": seconds / longest_s,
    }


def _paced(answers: dict[str, Answer], tokens_per_s: float) -> Callable[[dict[str, Any]], Answer]:
    """The answers of before at an endpoint's speed, which the server takes four characters to the token for."""

    def respond(body: dict[str, Any]) -> Answer:
        answer = answers.get(asked_text(body)) or faithful(body)
        text = answer.text or ""
        speed = tokens_per_s * len(text) / 4 / max(count(text), 1)
        return replace(answer, first_s=FIRST_S, tokens_per_s=speed)

    return respond


def make(chapters: Sequence[Chapter], server: ChatServer, at_a_time: int) -> tuple[float, Report, int]:
    """Seconds from the outline to the site, the run's report, and words written."""
    duration_s = chapters[-1].end_s
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "work" / "media").mkdir(parents=True)
        video = figures_of.source_video(duration_s)
        (folder / video.media).parent.mkdir(parents=True, exist_ok=True)
        (folder / video.media).write_bytes(b"not read")
        store = Store(folder)
        for artifact in (
            video,
            Screens(screens=()),
            Transcript(
                source="captions",
                language="en",
                sentences=tuple(s for one in chapters for s in one.sentences),
            ),
            Chapters(duration_s=duration_s, chapters=tuple(chapters)),
        ):
            store.write(artifact, None, {}, ())
        config = Config.model_validate(
            {
                "openai": {"base_url": server.base_url, "model": "scripted", "sees": False},
                "write": {"writer": "openai", "parallel": at_a_time},
                "render": {"search": False, "copy_media_max_mb": 0.0},
            }
        )
        began = time.monotonic()
        run = Run("https://video.example/lecture", folder, config, Silent(), stages=STAGES[4:])
        report = run.run()
        seconds = time.monotonic() - began
        for result in report.results:
            print(f"    {result.stage.name}: {result.seconds:.1f} s", file=sys.stderr)
        assert len(store.read(Outline).chapters) == len(chapters)
        text = "".join(path.read_text() for path in (folder / "work" / "drafts").glob("ch??.json"))
        written = sum(len(match.split()) for match in re.findall(r'"(?:text|code|caption)": "(.*?)"', text))
    return seconds, report, written


def seconds_of_chapters(server: ChatServer, tokens_per_s: float) -> dict[str, float]:
    """What each chapter's replies for its text take, one after the other."""
    found: dict[str, float] = defaultdict(float)
    for body in server.requests:
        asked = asked_text(body)
        if title := re.search(r'The chapter is "(.*)"', asked):
            answer = server.respond(body)
            found[title[1]] += FIRST_S + count(answer.text or "") / tokens_per_s
    return found


if __name__ == "__main__":
    main()
