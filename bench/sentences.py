"""Count how many sentence ends are found in captions without punctuation.

    python bench/sentences.py          the automatic captions of a two-hour lecture against a large model's
                                       punctuated transcript of it
    python bench/sentences.py --json   the numbers

Both transcripts are aligned word by word; an end counts where both have the word before it. `recall` is how many
of the large model's ends are found, `precision` how many of those found are its ends, `near` how many are its ends
or beside its commas, so that no clause is torn.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.captions import read_captions, to_words  # noqa: E402
from pipeline.models import Word  # noqa: E402
from pipeline.sentences import to_sentences  # noqa: E402

LECTURE = ROOT.parent / "shared" / "data" / "lecture-zduSFxRajkE"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lecture", type=Path, default=LECTURE)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    automatic = to_words(read_captions(options.lecture / "youtube-auto.vtt"))
    large = to_words(read_captions(options.lecture / "whisper-large.vtt"))
    found, position = set(), -1
    for sentence in to_sentences(automatic, "en"):
        position += len(sentence.words)
        found.add(position)
    figures = compare(automatic, large, found)
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        print(", ".join(f"{name} {value}" for name, value in figures.items()))


def compare(automatic: Sequence[Word], large: Sequence[Word], found: set[int]) -> dict[str, float]:
    """Ends found after words of the automatic captions, held against the punctuated transcript."""
    matcher = SequenceMatcher(None, _bare(automatic), _bare(large), autojunk=False)
    ends, commas, aligned = set(), set(), set()
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            aligned.add(block.a + step)
            text = large[block.b + step].text.rstrip("\"')")
            if text.endswith((".", "?", "!")):
                ends.add(block.a + step)
            elif text.endswith((",", ";", ":")):
                commas.add(block.a + step)
    mine = found & aligned
    hits = len(mine & ends)
    recall, precision = hits / len(ends), hits / len(mine)
    return {
        "ends": len(ends),
        "found": len(mine),
        "recall": round(recall, 3),
        "precision": round(precision, 3),
        "f1": round(2 * recall * precision / (recall + precision), 3),
        "near": round(len(mine & (ends | commas)) / len(mine), 3),
    }


def _bare(words: Sequence[Word]) -> list[str]:
    return [re.sub(r"[^\w]", "", word.text.lower()) for word in words]


if __name__ == "__main__":
    main()
