"""`lecturebook captions`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands import common

FOLDER = "captions"
"""Where the files go, in the lecture's folder."""

To = Annotated[
    Path | None, typer.Option("--to", help="Folder for the files; output/<lecture>/captions if none.")
]
Mux = Annotated[bool, typer.Option("--mux", help="A copy of the video with them as soft subtitles, too.")]


def captions(
    url: common.Url,
    to: To = None,
    mux: Mux = False,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
    strict: common.Strict = False,
) -> None:
    """Write what is said as WebVTT, SRT, JSON and plain text. Prints the path of each file.

    Runs what a transcript needs and no more; `article` later goes on from there.
    """
    from pipeline.captions_export import export
    from pipeline.display import Display
    from pipeline.models import SourceVideo, Transcript
    from pipeline.runner import Run
    from pipeline.stages import STAGES
    from pipeline.store import Store, storage_errors

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    last = next(number for number, stage in enumerate(STAGES) if stage.makes is Transcript)
    with Display(common.console) as display:
        report = Run(common.absolute(url), folder, options, display, stages=STAGES[: last + 1]).run()
    display.shortfalls(report)
    store = Store(folder)
    video, transcript = store.read(SourceVideo), store.read(Transcript)
    target = (to or folder / FOLDER).absolute()
    with storage_errors(target):
        written = export(transcript, target)
        if mux:
            from pipeline.adapters.subtitles import mux as add_to

            media = folder / video.media
            copy = target / f"captions{media.suffix.lower()}"
            written.append(add_to(media, written[0], copy, transcript.language))
    for path in written:
        print(path)
    common.end_strictly(report, strict, f"the files as they are: {target}")
