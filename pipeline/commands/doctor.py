"""`lecturebook doctor`."""

from __future__ import annotations

import typer

from pipeline import config
from pipeline.commands import common
from pipeline.errors import LecturebookError


def doctor(config_file: common.ConfigFile = None, settings: common.Settings = None) -> None:
    """Say what is installed and what is not: programs, weights, the endpoint, disks. Exits 8 if something is wrong."""
    from pipeline.installation import State, config_finding, examine
    from pipeline.redact import redact

    mistake: LecturebookError | None = None
    try:
        options = common.load(config_file, settings)
    except LecturebookError as error:
        mistake, options = error, config.Config()
    found = [config_finding(mistake, str(config_file or "config.yaml, if there is one")), *examine(options)]
    for one in found:
        print(redact(f"{one.state:9} {one.what:14} {one.says}"))
        if one.fix and one.state is not State.OK:
            print(redact(f"{'':24} fix: {one.fix}"))
    wrong = sum(one.state is State.WRONG for one in found)
    print("Everything needed is there." if not wrong else f"{wrong} to be mended.")
    if wrong:
        raise typer.Exit(8)
