"""`lecturebook serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands import common


def serve(
    url: common.Url,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
) -> None:
    """Show the site on 127.0.0.1 until Ctrl-C."""
    from pipeline.site.serve import serve as serve_folder

    site = common.site_of(url, common.load(config_file, settings))
    serve_folder(site.parent, port, ready=lambda address: print(address, flush=True))
