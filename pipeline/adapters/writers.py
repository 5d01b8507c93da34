"""Makes a writer by name, with the language model it needs. Everything heavy is imported when it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pipeline import reference
from pipeline.config import Config
from pipeline.errors import UsageError
from pipeline.interfaces import Progress, Writer

__all__ = ["make_writer"]

Tell = Callable[[str], None]


def make_writer(name: str, config: Config, folder: Path, tell: Tell, progress: Progress) -> Writer:
    """The writer of that name. Make one for a run: it may be called from several threads.

    Args:
        name: "openai", "local" or "editor" ("auto" is resolved by `pipeline.writers.choose`).
        folder: the lecture's folder; replies are kept in `work/llm/` inside it.
        tell, progress: for weights that have to be fetched first.

    Raises:
        UsageError: there is no writer of that name.
        WeightsError: the local model's weights cannot be had.
    """
    from pipeline.replies import Replies
    from pipeline.writers.editor import EditorWriter

    editor = EditorWriter()
    replies = Replies(folder / "work" / "llm")
    if name == "editor":
        return editor
    if name == "local":
        from pipeline import weights
        from pipeline.adapters.llama import LlamaModel
        from pipeline.writers.local import LocalWriter

        path = weights.fetch(config.local.model, config.weights, tell=tell, progress=progress)
        return LocalWriter(LlamaModel(path, config.local), editor, replies)
    if name == "openai":
        from pipeline.adapters.openai_api import EndpointModel
        from pipeline.writers.endpoint import EndpointWriter

        base_url = config.openai.base_url or os.environ.get("OPENAI_BASE_URL") or None
        key = os.environ.get("OPENAI_API_KEY") or None
        model = EndpointModel(config.openai, base_url=base_url, key=key)
        return EndpointWriter(
            model,
            editor,
            replies,
            config.openai,
            config.write.output_language,
            config.write.parallel,
            reference.load(config.reference.module),
        )
    raise UsageError(
        f"there is no writer {name!r}",
        kept="everything made so far",
        fix="set write.writer (WRITER) to auto, openai, local or editor",
    )
