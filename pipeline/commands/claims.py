"""`lecturebook claims`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def claims(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Markdown or HTML files.")],
) -> None:
    """Decide every statement about tokens in FILE: true, false or unknown. Exits 1 if one is false."""
    from bpe_reference.claims import main as decide

    raise typer.Exit(decide([str(path) for path in files]))
