"""Makes the checkpoint that openai-whisper reads from a model in CTranslate2's format.

Both engines then hear with the very same weights, which were fetched and checked once. CTranslate2's
`model.bin` is a list of named tensors; it stacks the matrices of an attention's query, key and value, which
openai-whisper keeps apart. Source: ctranslate2's `model_spec.py` (the format), whisper's `model.py`.
"""

from __future__ import annotations

__all__ = ["convert"]

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Tensor = npt.NDArray[Any]

# Ids of element types in the file; bfloat16 and quantized weights are not made by Whisper's converter.
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def convert(folder: Path, target: Path) -> None:
    """Writes `folder`/model.bin as an openai-whisper checkpoint to `target`.

    Raises:
        ValueError: the file is not a Whisper model in floating point.
    """
    import torch

    tensors = _read(folder / "model.bin")
    state = {name: torch.from_numpy(tensor.astype(np.float32)) for name, tensor in _renamed(tensors).items()}
    width, mels = tensors["encoder/conv1/weight"].shape[:2]
    vocabulary, text_width = tensors["decoder/embeddings/weight"].shape
    dims = {
        "n_mels": mels,
        "n_vocab": vocabulary,
        "n_audio_ctx": tensors["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": width,
        "n_audio_head": width // 64,
        "n_audio_layer": _layers(tensors, "encoder"),
        "n_text_ctx": tensors["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": text_width,
        "n_text_head": text_width // 64,
        "n_text_layer": _layers(tensors, "decoder"),
    }
    partial = target.with_suffix(f".{os.getpid()}.partial")
    torch.save({"dims": {name: int(size) for name, size in dims.items()}, "model_state_dict": state}, partial)
    partial.replace(target)


def _read(path: Path) -> dict[str, Tensor]:
    with path.open("rb") as stream:
        _number(stream, "I")
        if "Whisper" not in (spec := _string(stream)):
            raise ValueError(f"{path} holds a {spec}")
        _number(stream, "I")
        tensors = {}
        for _ in range(_number(stream, "I")):
            name = _string(stream)
            shape = [_number(stream, "I") for _ in range(_number(stream, "B"))]
            kind = _TYPES.get(_number(stream, "B"))
            raw = stream.read(_number(stream, "I"))
            if kind is None:
                raise ValueError(f"{path}: {name} has an element type that cannot be converted")
            tensors[name] = np.frombuffer(raw, kind).reshape(shape)
    return tensors


def _number(stream: IO[bytes], code: str) -> int:
    return int(struct.unpack(f"<{code}", stream.read(struct.calcsize(code)))[0])


def _string(stream: IO[bytes]) -> str:
    return stream.read(_number(stream, "H")).rstrip(b"\x00").decode()


def _layers(tensors: Mapping[str, Tensor], side: str) -> int:
    return len(
        {name.split("/")[1] for name in tensors if name.startswith(f"{side}/layer_") and name.count("/") > 2}
    )


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    state = {
        "encoder.positional_embedding": tensors["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": tensors["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": tensors["decoder/embeddings/weight"],
    }
    for conv in ("conv1", "conv2"):
        state |= _linear(tensors, f"encoder/{conv}", f"encoder.{conv}")
    state |= _norm(tensors, "encoder", "encoder.ln_post") | _norm(tensors, "decoder", "decoder.ln")
    for side in ("encoder", "decoder"):
        for number in range(_layers(tensors, side)):
            theirs, ours = f"{side}/layer_{number}", f"{side}.blocks.{number}"
            state |= _self_attention(tensors, f"{theirs}/self_attention", f"{ours}.attn")
            if side == "decoder":
                state |= _cross_attention(tensors, f"{theirs}/attention", f"{ours}.cross_attn")
            state |= _norm(tensors, f"{theirs}/ffn", f"{ours}.mlp_ln")
            state |= _linear(tensors, f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
            state |= _linear(tensors, f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")
    return state


def _linear(tensors: Mapping[str, Tensor], theirs: str, ours: str) -> dict[str, Tensor]:
    return {f"{ours}.weight": tensors[f"{theirs}/weight"], f"{ours}.bias": tensors[f"{theirs}/bias"]}


def _norm(tensors: Mapping[str, Tensor], theirs: str, ours: str) -> dict[str, Tensor]:
    gamma, beta = tensors[f"{theirs}/layer_norm/gamma"], tensors[f"{theirs}/layer_norm/beta"]
    return {f"{ours}.weight": gamma, f"{ours}.bias": beta}


def _self_attention(tensors: Mapping[str, Tensor], theirs: str, ours: str) -> dict[str, Tensor]:
    stacked = {kind: np.split(tensors[f"{theirs}/linear_0/{kind}"], 3) for kind in ("weight", "bias")}
    return _attention(stacked["weight"], stacked["bias"], ours) | _around(tensors, theirs, "linear_1", ours)


def _cross_attention(tensors: Mapping[str, Tensor], theirs: str, ours: str) -> dict[str, Tensor]:
    parts = {
        kind: [tensors[f"{theirs}/linear_0/{kind}"], *np.split(tensors[f"{theirs}/linear_1/{kind}"], 2)]
        for kind in ("weight", "bias")
    }
    return _attention(parts["weight"], parts["bias"], ours) | _around(tensors, theirs, "linear_2", ours)


def _attention(weights: list[Tensor], biases: list[Tensor], ours: str) -> dict[str, Tensor]:
    # Whisper's keys have no bias; CTranslate2 stores zeros.
    return {
        f"{ours}.query.weight": weights[0],
        f"{ours}.query.bias": biases[0],
        f"{ours}.key.weight": weights[1],
        f"{ours}.value.weight": weights[2],
        f"{ours}.value.bias": biases[2],
    }


def _around(tensors: Mapping[str, Tensor], theirs: str, out: str, ours: str) -> dict[str, Tensor]:
    return _linear(tensors, f"{theirs}/{out}", f"{ours}.out") | _norm(tensors, theirs, f"{ours}_ln")
