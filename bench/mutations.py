"""Proves the checks: how much of what is false they find, by kind, and how often they suspect what is true.

    python bench/mutations.py [--half reported|tuned|all] [--json] [--show KIND] [--samples 3]
    python bench/mutations.py --fresh         # blocks that were written after the checks, on which nothing was tuned
    python bench/mutations.py --time          # how long an article of the tokenizer lecture's 25 chapters takes

Faithful blocks (`faithful.py`), verbatim and rewritten, are mutated in fifteen ways (`mutants.py`); a mutant is
found if the checks have anything to say of it. Against verbatim text a diff would do as well, so what is found on
rewritten blocks counts. Thresholds of the checks were first fixed on every second block (`tuned`); by now all of these
have been read, so that the figures to go by are those of `--fresh`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import faithful
from mutants import AIMS, KINDS

from pipeline.checks.subject import SubjectChecks
from pipeline.config import VerifyOptions
from pipeline.interfaces import Assignment
from pipeline.models import Block, Draft, Problem
from pipeline.reference import load
from pipeline.verify import problems_of
from pipeline.writers.editor import EditorWriter

OPTIONS = VerifyOptions()


@dataclass
class Tally:
    made: int = 0
    found: int = 0

    def add(self, found: bool) -> None:
        self.made += 1
        self.found += found

    @property
    def share(self) -> float | None:
        return self.found / self.made if self.made else None


REFERENCE = load("bpe_reference")
CODE_SAMPLES = 8
"""Of each code block, of which there are few."""


def problems(source: faithful.Faithful, block: Block) -> tuple[Problem, ...]:
    """What `verify` would say of the block, alone on its page."""
    found = problems_of(block, source.chapter, source.lecture.outline(source.chapter), OPTIONS)
    page = Draft(chapter=source.chapter.id, title=source.chapter.title, writer="openai", blocks=(block,))
    return found + SubjectChecks(REFERENCE, page).problems(block)


def half_of(sources: list[faithful.Faithful], half: str) -> list[faithful.Faithful]:
    return {"tuned": sources[0::2], "reported": sources[1::2], "all": sources}[half]


def measure(sources: list[faithful.Faithful], samples: int, show: str | None) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    checks: Counter[str] = Counter()
    for number, source in enumerate(sources):
        alarms = problems(source, source.block)
        tallies["false alarms"].add(bool(alarms))
        checks.update({one.check for one in alarms})
        if alarms and show == "alarms":
            print(
                f"ALARM {source.text}\n", *(f"   {p.check}: {p.message} {p.words}" for p in alarms), sep="\n"
            )
        for kind, mutate in KINDS.items():
            seen = {source.block}
            for sample in range(CODE_SAMPLES if kind == "code" else samples):
                block = mutate(source, random.Random(f"{kind}/{number}/{sample}"))
                if block is None or block in seen:
                    continue
                seen.add(block)
                found = problems(source, block)
                # What was suspected before the mutation proves nothing.
                new = [one for one in found if one not in alarms]
                tallies[kind].add(bool(new))
                if show == kind and not new:
                    print(
                        "MISSED",
                        getattr(block, "text", None) or getattr(block, "code", ""),
                        block.sentences,
                        "\n",
                    )
    if show == "alarms":
        print(checks)
    return tallies


def both(one: dict[str, Tally], other: dict[str, Tally]) -> dict[str, Tally]:
    pairs = {kind: (one.get(kind, Tally()), other.get(kind, Tally())) for kind in ("false alarms", *KINDS)}
    return {kind: Tally(a.made + b.made, a.found + b.found) for kind, (a, b) in pairs.items()}


def report(columns: dict[str, dict[str, Tally]], kinds: Iterable[str]) -> None:
    print(f"{'':22}{'aim':>6}" + "".join(f"{name:>24}" for name in columns))
    for kind in kinds:
        cells = ""
        for tallies in columns.values():
            one = tallies.get(kind, Tally())
            cells += f"{'–' if one.share is None else f'{one.share:.3f} ({one.found}/{one.made})':>24}"
        aim = AIMS.get(kind, 0.02 if kind == "false alarms" else None)
        print(f"{kind:22}{'' if aim is None else aim:>6}{cells}")


def time_article() -> None:
    """Checks of every block that the editor makes of the tokenizer lecture (2 h 13 min), in a fresh process."""
    lecture = faithful.tokenizer_lecture()
    writer = EditorWriter()
    pages = []
    for chapter in lecture.chapters:
        outline = lecture.outline(chapter)
        pages.append((chapter, outline, writer.write(Assignment(chapter, outline, Path()), lambda *_: None)))
    forget()
    began_s, used_s = time.perf_counter(), time.process_time()
    failed = many = 0
    for chapter, outline, draft in pages:
        subject = SubjectChecks(REFERENCE, draft)
        for block in draft.blocks:
            found = problems_of(block, chapter, outline, OPTIONS, draft.language, draft.blocks)
            failed += bool(found + subject.problems(block))
            many += 1
    print(
        f"{len(pages)} chapters, {many} blocks, {failed} with findings: {time.perf_counter() - began_s:.1f} s, "
        f"{time.process_time() - used_s:.1f} s of them computing"
    )


def forget() -> None:
    """Empty what was remembered while the article was written: a run that only checks starts without."""
    from pipeline.text import identifiers, numbers, words

    for module in (identifiers, numbers, words):
        for one in vars(module).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("reported", "tuned", "all"), default="reported")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--samples", type=int, default=3, help="mutants of a kind made of each block, at most"
    )
    parser.add_argument("--show", help='a kind whose missed mutants are printed, or "alarms"')
    parser.add_argument("--verbatim", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--fresh", action="store_true", help="the part that nothing was tuned on, and only that"
    )
    parser.add_argument("--time", action="store_true")
    arguments = parser.parse_args()
    if arguments.time:
        time_article()
        return
    hows: list[faithful.How] = ["by hand", "by rules"] + (["verbatim"] if arguments.verbatim else [])
    if arguments.fresh:
        hows, arguments.half = ["fresh"], "all"
    began_s = time.perf_counter()
    columns: dict[str, dict[str, Tally]] = {}
    for how in hows:
        sources = half_of(faithful.blocks(how), arguments.half)
        if how in ("verbatim", "by rules"):
            sources += half_of(
                faithful.code() if how == "verbatim" else faithful.code_rewritten(), arguments.half
            )
        columns[how] = measure(sources, arguments.samples, arguments.show)
    if not arguments.fresh:
        columns = {"rewritten": both(columns["by hand"], columns["by rules"]), **columns}
    if arguments.json:
        print(
            json.dumps(
                {name: {k: vars(t) for k, t in one.items()} for name, one in columns.items()}, indent=1
            )
        )
        return
    report(columns, ["false alarms", *KINDS])
    print(
        f"{'fresh part' if arguments.fresh else f'half: {arguments.half}'}; {time.perf_counter() - began_s:.0f} s"
    )


if __name__ == "__main__":
    main()
