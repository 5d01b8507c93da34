"""Pictures from an OpenAI-compatible images endpoint, through the openai package."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable

from pipeline.config import ImagesOptions
from pipeline.errors import ModelError

__all__ = ["picture_maker"]

_LARGEST = 4096
"""Pixels a side; nothing larger was asked for."""


def picture_maker(options: ImagesOptions, base_url: str | None, key: str | None) -> Callable[[str], bytes]:
    """A function that has a picture made of a description and returns it as PNG.

    It raises ModelError where the endpoint fails, or what comes is no picture.
    """
    import openai

    def make(prompt: str) -> bytes:
        asked = {"model": options.model or "", "prompt": prompt, "size": options.size, "n": 1}
        with openai.OpenAI(
            base_url=base_url, api_key=key or "none", max_retries=2, timeout=options.timeout_s
        ) as client:
            try:
                try:
                    # Some models send an address unless asked for the picture itself; others do not know the word.
                    reply = client.images.generate(**asked, response_format="b64_json")  # type: ignore[call-overload]
                except openai.BadRequestError as error:
                    if "response_format" not in str(error):
                        raise
                    reply = client.images.generate(**asked)  # type: ignore[call-overload]
                return _png(str(reply.data[0].b64_json or ""))
            except (openai.OpenAIError, ValueError, TypeError, IndexError, OSError) as error:
                text = " ".join(str(error).split())[:240]
                raise ModelError(
                    f"images endpoint: {text.replace(key, '…') if key and len(key) > 5 else text}",
                    kept="the chapter's text",
                    fix="check images.model and images.base_url, or set images.model to null",
                ) from error

    return make


def _png(encoded: str) -> bytes:
    """The picture drawn anew as PNG: what is not pixels does not come along."""
    from PIL import Image

    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("the reply holds no picture") from error
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if max(opened.size) > _LARGEST:
                raise ValueError(f"the picture is {opened.width} x {opened.height} pixels")
            picture = opened.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("what came is no picture") from error
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
