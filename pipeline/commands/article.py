"""`lecturebook article`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands import common

# One switch each; unset, the config decides.
Markdown = Annotated[bool | None, typer.Option(help="The chapters as Markdown too (render.markdown).")]
Epub = Annotated[bool | None, typer.Option(help="An EPUB too (render.epub; needs the extra epub).")]
Pdf = Annotated[bool | None, typer.Option(help="A PDF too (render.pdf; needs Chromium).")]
SingleFile = Annotated[bool | None, typer.Option(help="All in one HTML file too (render.single_file).")]


def article(
    url: common.Url,
    epub: Epub = None,
    pdf: Pdf = None,
    single_file: SingleFile = None,
    markdown: Markdown = None,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
    strict: common.Strict = False,
    debug: common.Debug = False,
) -> None:
    """Turn a lecture into a linked article. The last line printed is the path of its index page."""
    forms = {"epub": epub, "pdf": pdf, "single_file": single_file, "markdown": markdown}
    chosen = [f"render.{name}={str(asked).lower()}" for name, asked in forms.items() if asked is not None]
    common.make(url, common.load(config_file, [*(settings or ()), *chosen]), strict, debug)
