"""Reading text off pictures: rapidocr (its models are in its wheel) or tesseract (a program to be installed)."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from typing import Any

import cv2
import numpy as np

from pipeline.code_layout import Piece, lay_out
from pipeline.errors import MissingTool
from pipeline.interfaces import Pixels, TextReader
from pipeline.models import Box, OcrLine
from pipeline.pictures import Grey

SMALL_TEXT = 17
"""Pixels: where most lines are lower than this, the picture is enlarged and read again."""
MIN_HEIGHT = 700
"""Pictures with fewer rows than this are enlarged before anything is read."""
MAX_SIDE = 2560
"""Pixels; enlarging stops here, since time grows with the area."""
MIN_CONFIDENCE = 0.5
TESSERACT_TIMEOUT_S = 120.0


def make_text_reader(name: str) -> TextReader | None:
    """The reader of that name: "rapidocr", "tesseract", or None for "none".

    Raises:
        MissingTool: it is not installed.
    """
    if name == "none":
        return None
    return Tesseract() if name == "tesseract" else RapidReader()


class RapidReader:
    """rapidocr with the models that come in its wheel."""

    def __init__(self) -> None:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise MissingTool(
                f"screens: rapidocr cannot be loaded: {error}",
                fix="pip install rapidocr, or set screens.ocr to tesseract or none",
            ) from error
        # A screen is upright: the check for text turned upside down would only cost time.
        self._read: Any = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.max_side_len": MAX_SIDE,
                "Global.text_score": MIN_CONFIDENCE,
            }
        )
        self.name = "rapidocr"

    def read(self, image: Pixels) -> tuple[OcrLine, ...]:
        """Lines top to bottom, boxes in the picture's pixels, code marked and indented."""
        scale = first_scale(image)
        pieces = self._pieces(image, scale)
        if (finer := finer_scale(image, pieces, scale)) > scale:
            pieces = self._pieces(image, finer)
        return lay_out(pieces, _grey(image))

    def _pieces(self, image: Pixels, scale: float) -> list[Piece]:
        found = self._read(cv2.cvtColor(enlarged(image, scale), cv2.COLOR_RGB2BGR))
        if found.boxes is None or found.txts is None:
            return []
        return [
            Piece(text, _upright_box(corners, scale, image), float(score))
            for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]


class Tesseract:
    """The `tesseract` program, called once a picture."""

    def __init__(self, language: str = "eng") -> None:
        program = shutil.which("tesseract")
        if program is None:
            raise MissingTool(
                "screens: tesseract is not installed",
                fix="install it (Debian: apt install tesseract-ocr), or set screens.ocr to rapidocr",
            )
        self._program = program
        self._language = language
        self.name = "tesseract"

    def read(self, image: Pixels) -> tuple[OcrLine, ...]:
        """Lines top to bottom, boxes in the picture's pixels, code marked and indented."""
        scale = min(2.0, MAX_SIDE / max(image.shape[:2])) if image.shape[0] < 1400 else 1.0
        return lay_out(self._pieces(dark_on_light(image), scale), _grey(image))

    def _pieces(self, image: Pixels, scale: float) -> list[Piece]:
        ok, png = cv2.imencode(".png", cv2.cvtColor(enlarged(image, scale), cv2.COLOR_RGB2BGR))
        if not ok:
            raise ValueError("the picture cannot be encoded")
        command = [self._program, "stdin", "stdout", "-l", self._language, "--psm", "11", "tsv"]
        try:
            done = subprocess.run(
                command, input=png.tobytes(), capture_output=True, timeout=TESSERACT_TIMEOUT_S, check=True
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise MissingTool(
                f"screens: tesseract failed: {_last_line(error)}",
                fix=f"install its data for the language {self._language}, or set screens.ocr to rapidocr",
            ) from error
        return _lines_of_words(done.stdout.decode("utf-8", "replace"), scale, image)


def _last_line(error: subprocess.SubprocessError) -> str:
    told = getattr(error, "stderr", None) or b""
    lines = told.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else str(error)


# ------------------------------------------------------------------------------------------------ pictures


def first_scale(image: Pixels) -> float:
    """How far to enlarge before reading: small pictures hold small text."""
    height, width = int(image.shape[0]), int(image.shape[1])
    if height >= MIN_HEIGHT:
        return 1.0
    return max(1.0, min(2.0, MAX_SIDE / max(height, width)))


def finer_scale(image: Pixels, pieces: list[Piece], scale: float) -> float:
    """How far to enlarge after a first look: twice, where most of the text is small."""
    if not pieces:
        return scale
    heights = sorted(piece.height for piece in pieces)
    if heights[len(heights) // 2] * scale >= SMALL_TEXT:
        return scale
    return max(scale, min(2.0 * scale, MAX_SIDE / int(max(image.shape[:2]))))


def enlarged(image: Pixels, scale: float) -> Pixels:
    if scale == 1.0:
        return image
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=interpolation), np.uint8)


def _grey(image: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def dark_on_light(image: Pixels) -> Pixels:
    """The picture, inverted if most of it is dark: tesseract was trained on paper."""
    return np.asarray(255 - image, np.uint8) if float(np.median(image)) < 110 else image


def _upright_box(corners: Any, scale: float, image: Pixels) -> Box:
    xs, ys = np.asarray(corners)[:, 0] / scale, np.asarray(corners)[:, 1] / scale
    return _box(float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max()), image)


def _box(x0: float, y0: float, x1: float, y1: float, image: Pixels) -> Box:
    height, width = image.shape[:2]
    left, top = min(width - 1, max(0, round(x0))), min(height - 1, max(0, round(y0)))
    return Box(
        x0=left, y0=top, x1=min(width, max(left + 1, round(x1))), y1=min(height, max(top + 1, round(y1)))
    )


def _lines_of_words(table: str, scale: float, image: Pixels) -> list[Piece]:
    """Tesseract's words (TSV, level 5) joined to lines; wide gaps begin a new piece."""
    lines: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == "5" and row["text"].strip() and float(row["conf"]) >= 100 * 0.3:
            key = (row["page_num"], row["block_num"], row["par_num"], row["line_num"])
            lines.setdefault(key, []).append(row)
    return [_joined(words, scale, image) for words in lines.values()]


def _joined(words: list[dict[str, str]], scale: float, image: Pixels) -> Piece:
    x0 = min(int(word["left"]) for word in words)
    y0 = min(int(word["top"]) for word in words)
    x1 = max(int(word["left"]) + int(word["width"]) for word in words)
    y1 = max(int(word["top"]) + int(word["height"]) for word in words)
    confidence = sum(float(word["conf"]) for word in words) / len(words) / 100
    text = " ".join(word["text"] for word in words)
    return Piece(text, _box(x0 / scale, y0 / scale, x1 / scale, y1 / scale, image), confidence)
