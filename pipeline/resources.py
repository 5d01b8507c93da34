"""Finds the files that people may look at and change: `templates/`, `prompts/`, `config.yaml`.

In a working copy they stand beside the package; a wheel carries them inside it, in `pipeline/_resources/`.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import MissingTool

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The file or folder of that name: `resource("templates")`, `resource("config.yaml")`.

    Raises:
        MissingTool: the installation lacks it.
    """
    for parent in (_PACKAGE.parent, _PACKAGE / "_resources"):
        # Beside an installed package lie other packages: only a working copy has pyproject.toml there.
        if parent == _PACKAGE.parent and not (parent / "pyproject.toml").is_file():
            continue
        if (found := parent / name).exists():
            return found
    raise MissingTool(
        f"resources: {name} is not part of this installation",
        kept="nothing was changed",
        fix="install Lecturebook again",
    )


def template_files(own: Path | None = None) -> tuple[Path, ...]:
    """All files that decide how pages look, for the up-to-date key: the user's own first."""
    folders = [folder for folder in (own, resource("templates")) if folder is not None]
    return tuple(path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
