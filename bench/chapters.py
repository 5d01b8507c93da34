"""How well chapters are found without marks, beside TextTiling (nltk) and uniform slices.

    python bench/chapters.py              # 40 concatenations of course videos, and the tokenizer lecture
    python bench/chapters.py --json

The course's videos are laid end to end, 8 to 15 at a time (fixed seeds), so that the seams are known turns of
topic; in 40 sets by lot, and in 40 more as the course has them, where neighbours are closer in topic. Videos with
an even number and videos with an odd number never meet: the constants of `pipeline.topics` were set on the even
half (`--sweep` prints what they do there), the odd half and the tokenizer lecture are for the report. Error is Pk
and WindowDiff over sentences (segeval; lower is better) and F1 of boundaries within 30 s, one to one. Uniform
slices are told the true number of chapters; the others are not. Only words and pauses take part: there are no
screens here. The last line tells how many single videos of each half are left in one piece.

Needs segeval and nltk (development only).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import segeval
import wordfreq
from nltk.tokenize.texttiling import TextTilingTokenizer

from pipeline import topics
from pipeline.captions import read_captions, to_words
from pipeline.chapter_marks import find
from pipeline.models import Sentence
from pipeline.sentences import to_sentences

DATA = Path(__file__).parents[2] / "shared" / "data"
CONCATENATIONS = 40
NEAR_S = 30.0
MIN_CHAPTER_S = 60.0


@dataclass(frozen=True)
class Talk:
    """Sentences, and the numbers of those before which the topic turns."""

    sentences: tuple[Sentence, ...]
    turns: tuple[int, ...]


def read(path: Path) -> tuple[Sentence, ...]:
    return tuple(to_sentences(to_words(read_captions(path)), "en"))


def concatenated(videos: Sequence[tuple[Sentence, ...]]) -> Talk:
    """Videos end to end, a second apart."""
    said: list[Sentence] = []
    turns: list[int] = []
    for video in videos:
        offset_s = said[-1].end_s + 1 if said else 0.0
        turns.append(len(said))
        said += [
            Sentence(
                id=f"s{len(said) + i:04d}",
                text=one.text,
                start_s=one.start_s + offset_s,
                end_s=one.end_s + offset_s,
            )
            for i, one in enumerate(video)
        ]
    return Talk(tuple(said), tuple(turns[1:]))


def videos(parity: int) -> list[tuple[Sentence, ...]]:
    """The course's videos with an even number (0) or an odd one (1)."""
    return [read(path) for path in sorted((DATA / "hf-course" / "en").glob("*.srt"))[parity::2]]


def by_lot(half: Sequence[tuple[Sentence, ...]], parity: int) -> list[Talk]:
    """Half of the 40 concatenations by lot."""
    chance = random.Random(20 + parity)
    return [concatenated(chance.sample(half, chance.randint(8, 15))) for _ in range(CONCATENATIONS // 2)]


def in_order(half: Sequence[tuple[Sentence, ...]], parity: int) -> list[Talk]:
    """Half of the 40 concatenations of videos that follow each other in the course."""
    chance = random.Random(5 + parity)
    talks = []
    for _ in range(CONCATENATIONS // 2):
        count = chance.randint(8, 15)
        at = chance.randint(0, len(half) - count)
        talks.append(concatenated(half[at : at + count]))
    return talks


def tokenizer_lecture() -> Talk:
    """The long lecture; its author's chapters, each at the nearest start of a sentence."""
    folder = DATA / "lecture-zduSFxRajkE"
    sentences = read(folder / "whisper-large.vtt")
    marks = find((folder / "chapters.txt").read_text(encoding="utf-8"))[1:]
    turns = (
        min(range(len(sentences)), key=lambda i: abs(sentences[i].start_s - at_s))
        for at_s in (mark.start_s for mark in marks)
    )
    return Talk(sentences, tuple(sorted(set(turns))))


# ------------------------------------------------------------------------------------------------ methods


def ours(talk: Talk) -> list[int]:
    duration_s = talk.sentences[-1].end_s
    found = topics.find_turns(
        talk.sentences, (), duration_s=duration_s, min_chapter_s=MIN_CHAPTER_S, language="en"
    )
    return [turn.index for turn in found]


def text_tiling(talk: Talk) -> list[int]:
    """nltk's TextTiling, a sentence a paragraph.

    Its defaults (w=20, k=10) are for written paragraphs and find five times too many turns in speech. Of the windows
    tried on even videos, these have the least error.
    """
    texts = [sentence.text for sentence in talk.sentences]
    common = set(wordfreq.top_n_list("en", 150))
    tiles = TextTilingTokenizer(w=120, k=8, stopwords=common).tokenize("\n\n".join(texts))
    starts: dict[int, int] = {}
    offset = 0
    for index, text in enumerate(texts):
        starts[offset] = index
        offset += len(text) + 2
    edges = []
    offset = 0
    for tile in tiles[:-1]:
        offset += len(tile)
        # A tile ends where a paragraph break begins, so the sentence that follows is the nearest.
        edges.append(starts[min(starts, key=lambda at: abs(at - offset))])
    return sorted(set(edges) - {0})


def uniform(talk: Talk) -> list[int]:
    """As many slices of equal length as there are chapters, each at the nearest start of a sentence."""
    count = len(talk.turns) + 1
    step_s = talk.sentences[-1].end_s / count
    nearest = (
        min(range(len(talk.sentences)), key=lambda i: abs(talk.sentences[i].start_s - n * step_s))
        for n in range(1, count)
    )
    return sorted(set(nearest) - {0})


METHODS: dict[str, Callable[[Talk], list[int]]] = {
    "lecturebook": ours,
    "TextTiling (nltk)": text_tiling,
    "uniform, true count": uniform,
}


# ------------------------------------------------------------------------------------------------ scoring


def scores(talk: Talk, found: Sequence[int]) -> dict[str, float]:
    size = len(talk.sentences)
    there, guessed = (masses(turns, size) for turns in (talk.turns, found))
    hits = matched(
        [talk.sentences[i].start_s for i in talk.turns], [talk.sentences[i].start_s for i in found]
    )
    return {
        "pk": float(segeval.pk(guessed, there)),
        "windowdiff": float(segeval.window_diff(guessed, there)),
        "f1": 2 * hits / (len(found) + len(talk.turns)),
        "found": float(len(found)),
        "there": float(len(talk.turns)),
    }


def masses(turns: Sequence[int], size: int) -> tuple[int, ...]:
    """Lengths of the stretches, in sentences: turns before 3 and 5 of 9 -> (3, 2, 4)."""
    return tuple(end - start for start, end in pairwise([0, *turns, size]))


def matched(there_s: Sequence[float], found_s: Sequence[float]) -> int:
    """How many boundaries have one of their own within `NEAR_S`, the nearest pairs first."""
    pairs = sorted(
        (abs(a - b), i, j)
        for i, a in enumerate(there_s)
        for j, b in enumerate(found_s)
        if abs(a - b) <= NEAR_S
    )
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    for _, i, j in pairs:
        if i not in taken_i and j not in taken_j:
            taken_i.add(i)
            taken_j.add(j)
    return len(taken_i)


def mean_scores(talks: Sequence[Talk], method: Callable[[Talk], list[int]]) -> dict[str, float]:
    each = [scores(talk, method(talk)) for talk in talks]
    return {name: statistics.mean(one[name] for one in each) for name in each[0]}


def whole(half: Sequence[tuple[Sentence, ...]]) -> int:
    """How many single videos are left in one piece."""
    return sum(
        not topics.find_turns(
            said, (), duration_s=said[-1].end_s + 1, min_chapter_s=MIN_CHAPTER_S, language="en"
        )
        for said in half
    )


def sweep() -> None:
    """What the constants do on the even half; the module's own are put back."""
    half = videos(0)
    sets = {"by lot": by_lot(half, 0)[::2], "in order": in_order(half, 0)[::2]}
    names = ("PRIOR_WORDS", "UNSEEN_WORDS", "PRICE")
    kept = {name: getattr(topics, name) for name in names}
    try:
        for values in product((200.0, 300.0, 400.0), (1000.0, 2000.0, 4000.0), (20.0, 25.0, 30.0)):
            for name, value in zip(names, values, strict=True):
                setattr(topics, name, value)
            means = {name: mean_scores(talks, ours) for name, talks in sets.items()}
            told = "  ".join(
                f"{name}: Pk {mean['pk']:.3f} F1 {mean['f1']:.3f}" for name, mean in means.items()
            )
            print(*(f"{value:6.0f}" for value in values), f"{told}  whole {whole(half)} of {len(half)}")
    finally:
        for name, value in kept.items():
            setattr(topics, name, value)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sweep", action="store_true", help="what the constants do on the even half")
    options = parser.parse_args()
    if not DATA.is_dir():
        print("the measurement data is not here: nothing measured", file=sys.stderr)
        return 1
    if options.sweep:
        sweep()
        return 0
    even, odd = videos(0), videos(1)
    sets = {
        "even videos by lot": by_lot(even, 0),
        "odd videos by lot": by_lot(odd, 1),
        "even videos in order": in_order(even, 0),
        "odd videos in order": in_order(odd, 1),
        "tokenizer lecture": [tokenizer_lecture()],
    }
    table = {
        name: {method: mean_scores(talks, run) for method, run in METHODS.items()}
        for name, talks in sets.items()
    }
    if options.json:
        print(json.dumps(table, indent=2))
        return 0
    for name, rows in table.items():
        print(f"{name} ({len(sets[name])})")
        for method, mean in rows.items():
            print(
                f"  {method:20} Pk {mean['pk']:.3f}  WindowDiff {mean['windowdiff']:.3f}  "
                f"F1 at {NEAR_S:.0f} s {mean['f1']:.3f}  found {mean['found']:.1f} of {mean['there']:.1f}"
            )
    print(f"left in one piece: {whole(even)} of {len(even)} even videos, {whole(odd)} of {len(odd)} odd ones")
    return 0


if __name__ == "__main__":
    sys.exit(main())
