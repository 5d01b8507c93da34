"""`lecturebook plan`."""

from __future__ import annotations

from pipeline.commands import common


def plan(url: common.Url, config_file: common.ConfigFile = None, settings: common.Settings = None) -> None:
    """Say what writing will take before any model is called: calls, tokens, images, price and time.

    Builds what is out of date up to the chapters, which costs nothing but time: with them, calls are counted and not
    guessed.
    """
    from pipeline.display import Display
    from pipeline.models import Chapters
    from pipeline.plan import by_hand, in_words, make_plan
    from pipeline.runner import Run
    from pipeline.stages import STAGES

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    last = next(number for number, stage in enumerate(STAGES, 1) if stage.makes is Chapters)
    with Display(common.console) as display:
        run = Run(common.absolute(url), folder, options, display, stages=STAGES[:last])
        run.run()
    if run.toolbox.writer_name(options) != "openai":
        print(by_hand(run))
        return
    run.toolbox.refuse_early()
    print(in_words(make_plan(run), options.openai, options.write.parallel))
