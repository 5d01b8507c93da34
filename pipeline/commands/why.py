"""`lecturebook why`."""

from __future__ import annotations

from pipeline.commands import common


def why(url: common.Url, config_file: common.ConfigFile = None, settings: common.Settings = None) -> None:
    """Say in sentences what is out of date, and why. Changes nothing."""
    from pipeline.display import Display
    from pipeline.runner import Run

    options = common.load(config_file, settings)
    folder = common.lecture_folder(url, options)
    sentences = Run(common.absolute(url), folder, options, Display(common.console)).why()
    for sentence in sentences or ["Everything is up to date."]:
        print(sentence)
