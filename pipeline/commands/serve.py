"""`lecturebook serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands import common


def serve(
    url: Annotated[
        str | None, typer.Argument(help="The lecture; without one, the library of all.", metavar="[URL]")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
) -> None:
    """Show a lecture's site, or the library of all, on 127.0.0.1 until Ctrl-C."""
    from pipeline.site.serve import serve as serve_folder

    options = common.load(config_file, settings)
    folder = common.site_of(url, options).parent if url else common.library(options)
    serve_folder(folder, port, ready=lambda address: print(address, flush=True))
