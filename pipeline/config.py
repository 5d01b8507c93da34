"""Every option, as types. `config.yaml` lists the same options with their defaults for people to edit.

A section is what one stage (or one adapter) may see; a stage's up-to-date key holds its sections and no
others. An option marked `NotInKey` changes how fast or where something is done, never what comes out, so
changing it rebuilds nothing.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline import plain_yaml
from pipeline.errors import ConfigError


class _NotInKey:
    pass


NotInKey = _NotInKey()
"""Marks an option that does not influence what comes out."""


class Section(BaseModel):
    """A section of config.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def key(self) -> dict[str, Any]:
        """The options that influence what comes out, for the up-to-date key."""
        silent = {name for name, option in type(self).model_fields.items() if NotInKey in option.metadata}
        return self.model_dump(mode="json", exclude=silent)


SectionT = TypeVar("SectionT", bound=Section)

Fraction = Annotated[float, Field(ge=0, le=1)]
PositiveInt = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""In any currency, per million tokens."""


class LectureOptions(Section):
    """What the source does not say, or says wrong."""

    title: str | None = None
    author: str | None = None
    licence: str | None = None
    language: str | None = None
    chapters: str | None = None


class DownloadOptions(Section):
    max_height: PositiveInt = 1080
    cookies: str | None = None
    retries: Annotated[int, Field(ge=0, le=20), NotInKey] = 5
    timeout_s: Annotated[PositiveFloat, NotInKey] = 20.0
    max_size_gb: Annotated[PositiveFloat, NotInKey] = 20.0
    max_time_s: Annotated[PositiveFloat, NotInKey] = 21_600.0
    allow_private_addresses: Annotated[bool, NotInKey] = False


class ScreensOptions(Section):
    detector: Literal["screens", "content", "adaptive", "threshold"] = "screens"
    min_duration_s: PositiveFloat = 1.0
    ocr: Literal["rapidocr", "tesseract", "none"] = "rapidocr"


class TranscribeOptions(Section):
    sources: tuple[Literal["named", "sidecar", "embedded", "site", "whisper", "automatic"], ...] = Field(
        default=("named", "sidecar", "embedded", "site", "whisper"), strict=False
    )
    captions: str | None = None
    engine: Literal["faster-whisper", "openai-whisper"] = "faster-whisper"
    model: str = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    beam_size: PositiveInt = 2
    window_s: Annotated[float, Field(ge=30, le=600)] = 300.0
    prime: bool = True
    threads: Annotated[int, Field(ge=0), NotInKey] = 0


class SegmentOptions(Section):
    min_chunk_s: PositiveFloat = 40.0
    max_chunk_s: PositiveFloat = 120.0
    min_chapter_s: PositiveFloat = 60.0


class WriteOptions(Section):
    writer: Literal["auto", "openai", "local", "editor"] = "auto"
    parallel: Annotated[PositiveInt, NotInKey] = 4
    output_language: str | None = None


class OpenAIOptions(Section):
    """The `openai` writer. The key itself is read from OPENAI_API_KEY and never stored."""

    base_url: Annotated[str | None, NotInKey] = None
    model: str = "gpt-4o-mini"
    sees: bool = True
    context_tokens: PositiveInt = 128_000
    max_output_tokens: PositiveInt = 8_000
    max_images: Annotated[int, Field(ge=0)] = 8
    image_width: PositiveInt = 1024
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.3
    stream: Annotated[bool, NotInKey] = True
    timeout_s: Annotated[PositiveFloat, NotInKey] = 120.0
    retries: Annotated[int, Field(ge=0, le=20), NotInKey] = 4
    call_words: PositiveInt = 900
    image_tokens: Annotated[PositiveInt, NotInKey] = 1100
    tokens_per_s: Annotated[PositiveFloat, NotInKey] = 50.0
    price_in: Annotated[Price | None, NotInKey] = None
    price_cached: Annotated[Price | None, NotInKey] = None
    price_out: Annotated[Price | None, NotInKey] = None
    max_cost: Annotated[PositiveFloat | None, NotInKey] = None


class ImagesOptions(Section):
    """Pictures generated for chapters, by an OpenAI-compatible endpoint. The key is the `openai` writer's."""

    base_url: Annotated[str | None, NotInKey] = None
    model: str | None = None
    size: str = "1536x1024"
    price: Annotated[Price | None, NotInKey] = None
    timeout_s: Annotated[PositiveFloat, NotInKey] = 180.0


class LocalOptions(Section):
    """The `local` writer: llama.cpp in the process."""

    model: str = "qwen2.5-coder-1.5b-instruct-q4_k_m"
    context_tokens: PositiveInt = 4096
    threads: Annotated[int, Field(ge=0), NotInKey] = 0


class VerifyOptions(Section):
    repair: bool = True
    keep_unverified: bool = False
    min_kept: Fraction = 0.55
    run_code: bool = False


class ReferenceOptions(Section):
    module: str | None = "bpe_reference"


class RenderOptions(Section):
    base_url: str | None = None
    video_url: str | None = None
    copy_media_max_mb: Annotated[float, Field(ge=0)] = 200.0
    figure_width: PositiveInt = 1280
    templates: str | None = None
    markdown: bool = True
    search: bool = True
    epub: bool = False
    pdf: bool = False
    single_file: bool = False


class WeightsOptions(Section):
    hub: Annotated[str, NotInKey] = "https://huggingface.co"
    hub_timeout_s: Annotated[PositiveFloat, NotInKey] = 5.0
    cache: Annotated[str | None, NotInKey] = None


class OutputOptions(Section):
    folder: Annotated[str, NotInKey] = "output"


class Config(BaseModel):
    """config.yaml, whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    lecture: LectureOptions = LectureOptions()
    download: DownloadOptions = DownloadOptions()
    screens: ScreensOptions = ScreensOptions()
    transcribe: TranscribeOptions = TranscribeOptions()
    segment: SegmentOptions = SegmentOptions()
    write: WriteOptions = WriteOptions()
    openai: OpenAIOptions = OpenAIOptions()
    images: ImagesOptions = ImagesOptions()
    local: LocalOptions = LocalOptions()
    verify: VerifyOptions = VerifyOptions()
    reference: ReferenceOptions = ReferenceOptions()
    render: RenderOptions = RenderOptions()
    weights: WeightsOptions = WeightsOptions()
    output: OutputOptions = OutputOptions()

    def section(self, kind: type[SectionT]) -> SectionT:
        """The section of that type."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, kind):
                return value
        raise KeyError(kind.__name__)


# Makefile variables and plain environment variables that set an option.
ENVIRONMENT = {
    "WRITER": "write.writer",
    "ENGINE": "transcribe.engine",
    "MODEL": "transcribe.model",
    "OPENAI_BASE_URL": "openai.base_url",
    "OPENAI_MODEL": "openai.model",
}


def load(
    path: Path | None, settings: Iterable[str] = (), environment: Mapping[str, str] | None = None
) -> Config:
    """The configuration in force: defaults, then the file, then the environment, then `settings`.

    Args:
        path: a YAML file, or None for the defaults alone.
        settings: `section.option=value` pairs from the command line; values are read as YAML.
        environment: variables of `ENVIRONMENT`; the process's own if None.

    Raises:
        ConfigError: with every mistake in it, and for unknown names the nearest valid one.
    """
    data = _read(path) if path is not None else {}
    environment = os.environ if environment is None else environment
    where = str(path) if path is not None else "the command line"
    mistakes: list[str] = []
    for variable, option in ENVIRONMENT.items():
        if value := environment.get(variable, "").strip():
            _put(data, option, value)
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or "." not in name:
            mistakes.append(f"--set {setting}: write it as section.option=value")
            continue
        try:
            _put(data, name.strip(), plain_yaml.load(value))
        except yaml.YAMLError:
            mistakes.append(f"--set {setting}: the value is not YAML")
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        mistakes += [_sentence(dict(problem)) for problem in error.errors()]
    if mistakes:
        listed = "".join(f"\n    {mistake}" for mistake in mistakes)
        raise ConfigError(
            f"config: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in {where}{listed}",
            kept="nothing was run",
            fix=f"edit {where}; every option stands in the config.yaml that comes with Lecturebook",
        )
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"config: there is no file {path}",
            kept="nothing was run",
            fix="name an existing file with --config",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"config: {path} cannot be read: {error}",
            kept="nothing was run",
            fix=f"make {path} a UTF-8 text file",
        ) from error
    try:
        data = plain_yaml.load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error)[:100] or type(error).__name__
        raise ConfigError(
            f"config: {path}{line} is not YAML: {problem}", kept="nothing was run", fix=f"edit {path}"
        ) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(
            f"config: {path} holds a {type(data).__name__} where sections are expected",
            kept="nothing was run",
            fix="start from the config.yaml that comes with Lecturebook",
        )
    # A section with every option commented out reads as None: that is an empty section.
    return {
        name: {} if value is None and name in Config.model_fields else value for name, value in data.items()
    }


def _put(data: dict[str, Any], dotted: str, value: Any) -> None:
    section, _, option = dotted.partition(".")
    inside = data.get(section)
    data[section] = {**(inside if isinstance(inside, dict) else {}), option: value}


def _sentence(problem: dict[str, Any]) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{path}: no such option{_nearest(problem['loc'])}"
    given = repr(problem.get("input"))
    return f"{path}: {problem['msg'].lower()}, not {given[:60]}"


def _nearest(location: tuple[str | int, ...]) -> str:
    options = {
        (name, option)
        for name, section in Config.model_fields.items()
        for option in getattr(section.annotation, "model_fields", {})
    }
    name = str(location[-1])
    if len(location) == 1:
        near = difflib.get_close_matches(name, list(Config.model_fields), n=1, cutoff=0.5)
        return f"; did you mean {near[0]}?" if near else ""
    here = [option for section, option in options if section == location[0]]
    if near := difflib.get_close_matches(name, here, n=1, cutoff=0.5):
        return f"; did you mean {location[0]}.{near[0]}?"
    if near := difflib.get_close_matches(name, [option for _, option in options], n=1, cutoff=0.7):
        section = next(section for section, option in sorted(options) if option == near[0])
        return f"; did you mean {section}.{near[0]}?"
    return ""
