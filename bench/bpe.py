"""Time the tokenizers: the fast ones beside the textbook's algorithm and tiktoken, on the same text.

    python bench/bpe.py                   the table
    python bench/bpe.py --json            the numbers
    python bench/bpe.py --text FILE       another text (default: ../shared/data/text/taylorswift.txt)
    python bench/bpe.py --quick           the first 20,000 characters

The textbook's algorithm is the one everybody writes first (minbpe among them): count all pairs, merge the best,
count all pairs again. Both run by turns in this process, as medians; what is reported is their ratio, and the merges
and ids are compared while at it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bpe_reference import BasicTokenizer, GPT2Tokenizer, GPT4Tokenizer, RegexTokenizer, textbook  # noqa: E402
from bpe_reference.gpt2 import RankedTokenizer  # noqa: E402

TEXT = ROOT.parent / "shared" / "data" / "text" / "taylorswift.txt"
VOCAB_SIZE = 512
AIMS = {"train, split": 80, "train, basic": 10, "encode, split": 3, "encode, basic": 40}
"""Times faster than the textbook, with a vocabulary of 512 on 186 KB."""


def timed(action: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Median seconds and the last result."""
    seconds, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        result = action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def by_turns(fast: Callable[[], Any], slow: Callable[[], Any], times: int) -> tuple[float, Any, float, Any]:
    """Both in turn, so that what else the machine does meets both: medians and last results.

    The fast one runs three times around each run of the slow one.
    """
    fast_s, slow_s = [], []
    for _ in range(times):
        before_s, quick = timed(fast, 2)
        one_s, plain = timed(slow)
        after_s, quick = timed(fast)
        fast_s += [before_s, after_s]
        slow_s.append(one_s)
    return statistics.median(fast_s), quick, statistics.median(slow_s), plain


def trained(kind: type[BasicTokenizer], text: str, vocab_size: int) -> BasicTokenizer:
    """A tokenizer fresh from training."""
    tokenizer = kind()
    tokenizer.train(text, vocab_size)
    return tokenizer


def beside_the_textbook(text: str) -> list[dict[str, Any]]:
    """Training and encoding, ours and the textbook's, the results compared."""
    rows = []
    for name, kind in (("split", RegexTokenizer), ("basic", BasicTokenizer)):
        split = RegexTokenizer()._split if kind is RegexTokenizer else lambda t: [t]
        fast_s, tokenizer, slow_s, merges = by_turns(
            lambda kind=kind: trained(kind, text, VOCAB_SIZE),
            lambda split=split: textbook.train([p.encode() for p in split(text)], VOCAB_SIZE - 256),
            1,
        )
        rows.append(
            row(f"train, {name}", fast_s, slow_s, list(merges.items()) == list(tokenizer.merges.items()))
        )

        def encode_fresh(tokenizer: BasicTokenizer = tokenizer) -> list[int]:
            if isinstance(tokenizer, RegexTokenizer):
                tokenizer._cache.clear()  # as if the text were new
            return tokenizer.encode(text)

        fast_s, ids, slow_s, slow_ids = by_turns(
            encode_fresh,
            lambda split=split, merges=merges: [
                i for p in split(text) for i in textbook.encode(p.encode(), merges)
            ],
            5 if kind is RegexTokenizer else 1,
        )
        rows.append(row(f"encode, {name}", fast_s, slow_s, ids == slow_ids))
    return rows


def row(what: str, fast_s: float, slow_s: float, same: bool) -> dict[str, Any]:
    """One comparison."""
    return {
        "what": what, "fast_s": fast_s, "textbook_s": slow_s, "times_faster": slow_s / fast_s,
        "aim": AIMS[what], "same_result": same,
    }  # fmt: skip


def growth(text: str) -> list[dict[str, Any]]:
    """Training time against text and vocabulary; a short text has not pairs enough for either to grow far."""
    rows = []
    is_short = len(text) < 100_000
    for share in (1,) if is_short else (4, 2, 1):
        part = text[: len(text) // share]
        rows += [grown(kind, part, VOCAB_SIZE) for kind in (RegexTokenizer, BasicTokenizer)]
    for vocab_size in (1024,) if is_short else (1024, 2048, 4096):
        rows += [grown(kind, text, vocab_size) for kind in (RegexTokenizer, BasicTokenizer)]
    return rows


def grown(kind: type[BasicTokenizer], text: str, vocab_size: int) -> dict[str, Any]:
    """One training run, and encoding of its text."""
    seconds, tokenizer = timed(lambda: trained(kind, text, vocab_size), 3)
    encode_s, ids = timed(lambda: tokenizer.encode(text))
    return {
        "tokenizer": kind.kind, "characters": len(text), "vocab_size": vocab_size,
        "train_s": seconds, "encode_s": encode_s, "tokens": len(ids),
    }  # fmt: skip


def beside_tiktoken(text: str) -> list[dict[str, Any]]:
    """Encoding with the tables of GPT-2 and GPT-4, beside tiktoken fed the same."""
    try:
        import tiktoken
    except ImportError:
        return []
    rows = []
    makers: list[Callable[[], RankedTokenizer]] = [GPT2Tokenizer, GPT4Tokenizer]
    for make in makers:
        load_s, ours = timed(make)
        theirs = tiktoken.Encoding(
            ours.name, pat_str=ours.pattern, mergeable_ranks=ours._ranks, special_tokens=ours.special_tokens
        )
        first_s, ids = timed(lambda ours=ours: ours.encode(text))
        again_s, _ = timed(lambda ours=ours: ours.encode(text), 3)
        tiktoken_s, their_ids = timed(lambda theirs=theirs: theirs.encode(text), 3)
        rows.append({
            "tokenizer": ours.name, "load_s": load_s, "first_s": first_s, "again_s": again_s, "tiktoken_s": tiktoken_s,
            "same_result": ids == their_ids,
        })  # fmt: skip
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as an aligned table."""
    if not rows:
        return "(tiktoken is not installed)"
    cells = [list(rows[0])] + [
        [f"{v:.3g}" if isinstance(v, float) else f"{v:,}" if type(v) is int else str(v) for v in r.values()]
        for r in rows
    ]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
    )


def main() -> int:
    """Run, print; 1 where a result differs from the textbook's or tiktoken's."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--text", type=Path, default=TEXT)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="the first 20,000 characters")
    options = parser.parse_args()
    if not options.text.exists():
        print(f"bench/bpe.py: no text at {options.text}; name one with --text", file=sys.stderr)
        return 2
    text = options.text.read_text(encoding="utf-8")
    text = text[:20_000] if options.quick else text
    parts = {
        f"{len(text.encode()):,} bytes, vocabulary of {VOCAB_SIZE}, beside the textbook": beside_the_textbook(
            text
        ),
        "growth": growth(text),
        "beside tiktoken": beside_tiktoken(text),
    }
    if options.json:
        print(json.dumps(parts, indent=2))
    else:
        print("\n\n".join(f"{title}\n{table(rows)}" for title, rows in parts.items()))
    return 0 if all(r.get("same_result", True) for rows in parts.values() for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
