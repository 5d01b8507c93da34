"""Makes the adapters that stages are given, from the config, when a stage first needs them.

Importing this module imports no adapter: a run in which everything is up to date loads none of them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import reference
from pipeline.config import Config
from pipeline.interfaces import Progress, Recognizer, Work, Writer
from pipeline.lecture_id import is_url
from pipeline.redact import public_url
from pipeline.reference import Reference
from pipeline.resources import template_files
from pipeline.store import digest_file
from pipeline.versions import package_versions
from pipeline.writers.choose import choose

if TYPE_CHECKING:
    from pipeline.models import SourceVideo
    from pipeline.replies import Usage

Tell = Callable[[str], None]


class Toolbox:
    """The adapters of one run.

    Args:
        url: the lecture as the user named it.
        config: the configuration in force.
        folder: the lecture's folder.
        tell: prints a line for the user.
    """

    def __init__(self, url: str, config: Config, folder: Path, tell: Tell) -> None:
        self.url = url
        self.config = config
        self.folder = folder
        self.tell = tell
        self._writers: dict[str, Writer] = {}
        self._pictures = 0
        self._counting = threading.Lock()
        self._making = threading.Lock()

    # ---------------------------------------------------------------------------------------- adapters

    def download(self) -> dict[str, Any]:
        from pipeline.adapters import media, video_site

        return {
            "fetch": video_site.fetch,
            "probe": media.probe,
            "extract_subtitles": media.extract_subtitles,
        }

    def screens(self) -> dict[str, Any]:
        from pipeline.adapters import ocr, scenes

        return {
            "find_screens": scenes.find_screens,
            "get_frame": scenes.get_frame,
            "make_text_reader": ocr.make_text_reader,
        }

    def transcribe(self, work: Work) -> dict[str, Any]:
        from pipeline.adapters import audio, recognizers, voice_activity

        def make_recognizer(language: str | None) -> Recognizer:
            return recognizers.make_recognizer(
                self.config.transcribe, self.config.weights, language, tell=self.tell, progress=work.progress
            )

        return {
            "make_recognizer": make_recognizer,
            "read_audio": audio.read_audio,
            "find_speech": voice_activity.find_speech,
        }

    def writer(self, name: str | None, progress: Progress) -> Writer:
        """The writer of that name, or the one that the config chooses; one is made for a run.

        `progress` is told how the fetching of a model goes.
        """
        chosen = name or self.writer_name(self.config)
        with self._making:
            if chosen not in self._writers:
                from pipeline.adapters import writers

                self._writers[chosen] = writers.make_writer(
                    chosen, self.config, self.folder, tell=self.tell, progress=progress
                )
            return self._writers[chosen]

    def make_picture(self) -> Callable[[str], bytes] | None:
        """Draws a chapter's picture, held by the same limit on cost as the text; None where none are wanted."""
        images = self.config.images
        if images.model is None:
            return None
        from pipeline.adapters.images import picture_maker
        from pipeline.writers.endpoint import EndpointWriter
        from pipeline.writers.endpoint_budget import Budget

        base_url = images.base_url or self.config.openai.base_url or os.environ.get("OPENAI_BASE_URL") or None
        draw = picture_maker(images, base_url, os.environ.get("OPENAI_API_KEY") or None)
        writer = self._writers.get("openai")
        budget = writer.budget if isinstance(writer, EndpointWriter) else Budget(self.config.openai)

        def within_budget(prompt: str) -> bytes:
            budget.spend(images.price or 0.0)
            try:
                picture = draw(prompt)
            except BaseException:
                budget.give_back(images.price or 0.0)
                raise
            with self._counting:
                self._pictures += 1
            return picture

        return within_budget

    def refuse_early(self) -> None:
        """Stop before anything is done where the writer could not be started later.

        Raises:
            ConfigError: the cost is limited, but a price is not known.
            MissingTool: llama.cpp cannot be loaded here.
        """
        name = self.writer_name(self.config)
        if name == "local":
            from pipeline.adapters import llama

            llama.refuse_early()
        if name == "openai":
            from pipeline.writers.endpoint_budget import refuse_without_prices

            refuse_without_prices(self.config.openai, self.config.images)

    def refuse_unheard(self, video: SourceVideo) -> None:
        """Stop before the screens are looked at where the recognizer that will be needed cannot be made.

        Raises:
            UsageError: its model does not know the lecture's language.
            MissingTool: its engine is not installed.
        """
        options = self.config.transcribe
        if options.engine == "faster-whisper" and not options.model.endswith(".en"):
            return  # always there, for any language: nothing is loaded to find that out
        before = options.sources[: options.sources.index("whisper")] if "whisper" in options.sources else None
        # Captions may still turn out to be of no use; that is known when they are read.
        served = options.captions or any(track.origin in (before or ()) for track in video.captions)
        if before is not None and video.has_audio and not served:
            from pipeline.adapters import recognizers
            from pipeline.caption_choice import base_language

            recognizers.refuse_early(options, base_language(self.config.lecture.language or video.language))

    def usage(self) -> Usage | None:
        """What the endpoints' calls of this run came to, pictures among them; None where none was needed."""
        from pipeline.replies import Usage
        from pipeline.writers.endpoint import EndpointWriter

        writer = self._writers.get("openai")
        if isinstance(writer, EndpointWriter):
            return replace(writer.usage, pictures=self._pictures)
        return Usage(pictures=self._pictures) if self._pictures else None

    def reference(self) -> Reference | None:
        """The subject module that the config names."""
        return reference.load(self.config.reference.module)

    def render(self) -> dict[str, Any]:
        from pipeline.adapters import playable

        module = self.reference()
        return {"chips": module.pieces if module else None, "make_playable": playable.make_playable}

    def parallel(self) -> bool:
        """Whether chapters are worth writing side by side: where an endpoint does the work."""
        return self.writer_name(self.config) == "openai"

    # ---------------------------------------------------------------- what a result depends on besides

    def source_identity(self, digest_of: Callable[[Path], str]) -> dict[str, str]:
        """The address of the lecture, and for a file its content and that of the files beside it.

        `digest_of` gives a file's SHA-256, from memory where the file is plainly the same one.
        """
        parts = {"the address": public_url(self.url)}
        if is_url(self.url):
            return parts
        path = Path(self.url)
        if not path.is_file():
            return parts | {"content of the lecture's file": "missing"}
        parts["content of the lecture's file"] = digest_of(path)
        companions = sorted(
            {*path.parent.glob(f"{_glob_safe(path.stem)}.*"), path.parent / "description.txt"}
        )
        named = self.config.lecture.chapters
        for companion in (*companions, *([Path(named)] if named else [])):
            if companion != path and companion.is_file():
                parts[f"content of {companion.name}"] = digest_file(companion)
        return parts

    def templates_identity(self) -> dict[str, str]:
        own = self.config.render.templates
        folder = Path(own) if own else None
        return {
            f"template {'yours: ' if folder and path.is_relative_to(folder) else ''}{path.name}": digest_file(
                path
            )
            for path in template_files(folder)
        }

    @staticmethod
    def screens_identity(config: Config) -> Mapping[str, str]:
        readers = {"rapidocr": ("rapidocr",)}.get(config.screens.ocr, ())
        return package_versions("scenedetect-headless", "av", "opencv-python-headless", *readers)

    @staticmethod
    def transcribe_identity(config: Config) -> Mapping[str, str]:
        from pipeline.adapters import recognizers

        parts = dict(recognizers.identity(config.transcribe, config.lecture.language))
        if (named := config.transcribe.captions) is not None:
            path = Path(named)
            parts["content of the captions named"] = digest_file(path) if path.is_file() else "missing"
        return parts

    @staticmethod
    def writer_name(config: Config) -> str:
        return choose(config.write.writer, config.openai.base_url, os.environ)

    @staticmethod
    def writer_identity(config: Config) -> Mapping[str, str]:
        """The chosen writer and its options; those of the others do not matter."""
        name = Toolbox.writer_name(config)
        parts = {"the writer": name}
        sections = {"openai": config.openai, "local": config.local}
        if name in sections:
            parts |= {f"option {name}.{option}": str(value) for option, value in sections[name].key().items()}
        if name == "openai":
            parts["option write.output_language"] = str(config.write.output_language)
        if name == "local":
            parts |= package_versions("xllamacpp")
        return parts

    @staticmethod
    def writing_identity(config: Config) -> Mapping[str, str]:
        """The writer, and the reference whose snippets and examples it places."""
        return {**Toolbox.writer_identity(config), **Toolbox.reference_identity(config)}

    @staticmethod
    def chapter_identity(config: Config) -> Mapping[str, str]:
        """What a chapter is written with, its picture included."""
        wanted = config.images.key().items() if config.images.model is not None else ()
        return {
            **Toolbox.writing_identity(config),
            **{f"option images.{option}": str(value) for option, value in wanted},
        }

    @staticmethod
    def reference_identity(config: Config) -> Mapping[str, str]:
        module = reference.load(config.reference.module)
        return {"reference module": f"{module.name} {module.version}" if module else "none"}


def _glob_safe(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)
