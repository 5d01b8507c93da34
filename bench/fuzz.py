"""Ten thousand made-up inputs, and five hundred damaged recordings: what crashes, hangs or swells.

    python bench/fuzz.py [--cases 10000] [--media 500] [--seed 1] [--only captions]

Captions, descriptions, site descriptions, configs, outlines, replies of models, edited chapters and names come from
the strategies of the tests. Recordings are the example in several containers with bytes of their headers and indexes
overwritten; each is probed and decoded in a process of its own, which has a limit of time and of memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for place in ("tests", "tests/survival"):
    sys.path.insert(0, str(ROOT / place))

import containers  # noqa: E402
import fuzz  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--media", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one target's name")
    options = parser.parse_args()
    crashes, total = 0, 0
    targets = [one for one in fuzz.TARGETS if options.only in (None, one.name)]
    for target in targets:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="lecturebook-fuzz-") as folder:
            try:
                found = fuzz.put_through(
                    target, -(-options.cases // len(fuzz.TARGETS)), options.seed, Path(folder)
                )
            except BaseException:
                crashes += 1
                print(f"CRASH in {target.name}\n{traceback.format_exc()[-3000:]}", flush=True)
                continue
        total += found.cases
        took = time.monotonic() - began
        print(
            f"  {target.name:16} {found.cases:6} cases, slowest {found.slowest_s:5.2f} s, {took:5.0f} s",
            flush=True,
        )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"cases: {total}; targets that crashed: {crashes}; peak memory {peak_mb:.0f} MB")
    if options.media and options.only is None:
        with tempfile.TemporaryDirectory(prefix="lecturebook-fuzz-") as folder:
            result = containers.many(Path(folder), options.media, options.seed)
        print(f"recordings: {result.cases}; read {result.read}, refused in three lines {result.refused}")
        print(
            f"  crashed {len(result.crashed)}, hung {len(result.hung)}; peak memory {result.peak_mb:.0f} MB"
        )
        crashes += len(result.crashed) + len(result.hung)
        for line in (*result.crashed, *result.hung):
            print(f"  {line}")
    sys.exit(bool(crashes))


if __name__ == "__main__":
    main()
