"""`lecturebook storyboard`."""

from __future__ import annotations

from pipeline.commands import common


def storyboard(
    url: common.Url,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
    strict: common.Strict = False,
) -> None:
    """Show what a writer would be given: each chunk's frames beside its words, as a Markdown page.

    Builds what is out of date up to the chapters and chunks, and asks no writer. The last line printed is the
    page's path.
    """
    from pipeline.display import Display
    from pipeline.models import Chapters, SourceVideo
    from pipeline.runner import Run
    from pipeline.stages import STAGES
    from pipeline.storyboard import write_storyboard

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    last = next(number for number, stage in enumerate(STAGES, 1) if stage.makes is Chapters)
    with Display(common.console) as display:
        run = Run(common.absolute(url), folder, options, display, stages=STAGES[:last])
        report = run.run()
    display.shortfalls(report)
    page = write_storyboard(run.store.read(SourceVideo), run.store.read(Chapters), folder)
    print(page)
    common.end_strictly(report, strict, f"the storyboard: {page}")
