"""`lecturebook eval`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands import common

if TYPE_CHECKING:
    from pipeline.evaluation.scores import Scores


def evaluate(
    article: Annotated[
        Path, typer.Argument(metavar="ARTICLE", help="A Markdown or HTML file, or a folder of chapters.")
    ],
    transcript: Annotated[
        Path,
        typer.Option("--transcript", help="The lecture's words: VTT, SRT, TTML, json3, or JSON (ours too)."),
    ],
    chapters: Annotated[
        Path | None,
        typer.Option("--chapters", help="Its chapters: lines such as 1:05 Merging, or our chapters.json."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="ISO 639-1; if the transcript does not say.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
) -> None:
    """Score any article against a lecture's transcript: what it keeps, adds, points to and gets wrong."""
    from pipeline import reference
    from pipeline.evaluation.articles import read
    from pipeline.evaluation.scores import score
    from pipeline.evaluation.transcripts import read_chapters, read_transcript

    options = common.load(config_file, settings)
    scores = score(
        read(article),
        read_transcript(transcript, language),
        read_chapters(chapters) if chapters else None,
        reference.load(options.reference.module),
    )
    if as_json:
        print(scores.model_dump_json(indent=2))
    else:
        _print(scores)


def _print(scores: Scores) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    table = Table("measure", "value", show_edge=False)
    for name, value in _rows(scores):
        table.add_row(name, value)
    console.print(table)
    for title, listed in (
        ("numbers neither said nor shown", scores.numbers_unsupported),
        ("names neither said nor shown", scores.names_unsupported),
        ("code that does not parse", scores.code_faults),
        ("false statements", scores.claims_false),
        ("definitions given again", scores.repeated_definitions),
        ("conclusions that were not spoken", scores.stray_conclusions),
    ):
        if listed:
            console.print(f"\n{title}:")
            for one in listed:
                console.print(f"  {one}")


def _rows(scores: Scores) -> list[tuple[str, str]]:
    from pipeline.times import clock

    links, parsed = scores.links, scores.code_checked - len(scores.code_faults)
    statements = f"{scores.claims_true}, {len(scores.claims_false)}, {scores.claims_unknown}"
    stretch = f"{clock(scores.from_s)} to {clock(scores.until_s)}"
    return [
        ("words written, spoken", f"{scores.article_words:,}, {scores.spoken_words:,}"),
        ("parts found in the lecture", f"{scores.parts_found:.0%} of {scores.parts}"),
        ("stretch that it tells of", stretch),
        ("content words kept", f"{scores.content_kept:.1%}"),
        ("  in its stretch", f"{scores.content_kept_in_stretch:.1%}"),
        ("sentences kept in its stretch", f"{scores.sentences_kept_in_stretch:.1%}"),
        ("numbers kept", f"{scores.numbers_kept:.1%} of {scores.numbers_said}"),
        ("  in its stretch", f"{scores.numbers_kept_in_stretch:.1%}"),
        ("numbers supported", f"{scores.numbers_supported:.1%} of {scores.numbers_stated}"),
        ("names unsupported", f"{len(scores.names_unsupported)} of {scores.names_stated}"),
        ("chapters, F1 within 30 s", _chapters(scores)),
        ("links within 10 s", f"{links.within_10_s:.0%} of {links.count}" if links else "–"),
        ("link error, median and 90 %", f"{links.median_s:.1f} s, {links.p90_s:.1f} s" if links else "–"),
        ("code that parses", f"{parsed} of {scores.code_checked} ({scores.code_blocks} blocks)"),
        ("statements true, false, unknown", statements),
        ("definitions given again", str(len(scores.repeated_definitions))),
        ("conclusions not spoken", str(len(scores.stray_conclusions))),
    ]  # fmt: skip


def _chapters(scores: Scores) -> str:
    found = scores.chapters
    return f"{found.f1:.2f} ({found.found} found, {found.there} there)" if found else "–"
