"""What a person asked of single chapters: a fresh sample, an instruction."""

from __future__ import annotations

__all__ = ["Request", "Requests"]

from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline import plain_yaml
from pipeline.errors import UsageError
from pipeline.models import Model
from pipeline.store import atomic_write


class Request(Model):
    """What was asked of one chapter: the number of the sample, and an instruction."""

    sample: int = 0
    notes: str = ""


class Requests:
    """`edits/requests.yaml`: kept with the edits, so that the next `make article` does not take them back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "edits" / "requests.yaml"

    def of(self, chapter: str) -> Request:
        return self._load().get(chapter, Request())

    def ask_again(self, chapter: str, notes: str | None) -> Request:
        """Ask for a fresh sample of a chapter; `notes` replace the earlier ones unless None."""
        everything = self._load()
        before = everything.get(chapter, Request())
        after = Request(sample=before.sample + 1, notes=before.notes if notes is None else notes)
        everything[chapter] = after
        data = {name: request.model_dump() for name, request in sorted(everything.items())}
        atomic_write(self.path, yaml.safe_dump(data, allow_unicode=True).encode())
        return after

    def _load(self) -> dict[str, Request]:
        try:
            data = plain_yaml.load(self.path.read_text(encoding="utf-8")) or {}
            return {str(name): Request.model_validate(value) for name, value in data.items()}
        except FileNotFoundError:
            return {}
        except (yaml.YAMLError, ValidationError, AttributeError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{self.path} cannot be read: {(str(error).splitlines() or [type(error).__name__])[0]}",
                kept="everything that was made",
                fix=f"mend or delete {self.path}; it holds the samples and notes asked for by `make chapter`",
            ) from error
