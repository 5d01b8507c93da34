"""The webcam's inset: a drawn lecturer who nods, blinks and moves the mouth with the sound."""

from __future__ import annotations

from math import sin

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from .voice import RATE_HZ, Samples

WIDTH, HEIGHT = 208, 156
LEFT, TOP = 1280 - WIDTH - 20, 720 - HEIGHT - 36
Picture = npt.NDArray[np.uint8]

_SCALE = 2
_SKIN, _SHADE, _HAIR, _SHIRT = (226, 178, 148), (205, 152, 122), (62, 44, 36), (52, 92, 120)


class Camera:
    """Draws the inset of any moment; `samples` is the sound that moves the mouth."""

    def __init__(self, samples: Samples, seed: int) -> None:
        self._loudness = _loudness(samples)
        self._chance = np.random.default_rng(seed)
        self._room = _room()

    def picture(self, at_s: float) -> Picture:
        """Return the inset at `at_s` as an RGB array of shape (HEIGHT, WIDTH, 3), with a sensor's noise."""
        image = self._room.copy()
        voice = float(self._loudness[min(int(at_s * 25), len(self._loudness) - 1)])
        _figure(ImageDraw.Draw(image), at_s, voice)
        small = np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)).astype(np.float32)
        noisy = small + self._chance.normal(0.0, 1.6, (HEIGHT, WIDTH, 1))
        return np.clip(noisy, 0, 255).astype(np.uint8)


def _loudness(samples: Samples) -> Samples:
    """Loudness 0 to 1 for each 25th of a second."""
    size = RATE_HZ // 25
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    level = np.sqrt((blocks**2).mean(axis=1))
    loudness: Samples = np.minimum(level / 0.16, 1.0).astype(np.float32)
    return loudness


def _room() -> Image.Image:
    """The background: a wall, a lamp's light and a bookshelf out of focus."""
    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), (150, 146, 138))
    draw = ImageDraw.Draw(image)
    draw.ellipse((-80, -120, 240, 200), fill=(186, 178, 160))
    draw.rectangle((280, 20, 420, 200), fill=(104, 78, 58))
    colours = [(150, 60, 50), (60, 90, 120), (196, 170, 90), (70, 110, 80), (120, 80, 120)]
    for shelf, bottom in enumerate((100, 190)):
        for book in range(9):
            left = 288 + book * 14
            draw.rectangle(
                (left, bottom - 56 - book * 7 % 18, left + 11, bottom), fill=colours[(book + shelf) % 5]
            )
    return image.filter(ImageFilter.GaussianBlur(5))


def _figure(draw: ImageDraw.ImageDraw, t: float, voice: float) -> None:
    sway = 7 * sin(0.7 * t) + 3 * sin(1.9 * t + 1)
    nod = 3 * sin(1.3 * t) + 5 * voice
    x, y = 190 + sway, 150 + nod
    draw.ellipse((x * 0.6 + 76 - 140, 236, x * 0.6 + 76 + 140, 470), fill=_SHIRT)
    draw.rectangle((x - 26, y + 50, x + 26, y + 110), fill=_SHADE)
    draw.ellipse((x - 64, y - 92, x + 64, y + 40), fill=_HAIR)
    draw.ellipse((x - 56, y - 74, x + 56, y + 84), fill=_SKIN)
    draw.pieslice((x - 60, y - 90, x + 60, y + 10), 185, 355, fill=_HAIR)
    blink = (t % 3.7) < 0.12
    for side in (-1, 1):
        eye = x + side * 24 + sway * 0.3
        height = 1 if blink else 6
        draw.ellipse((eye - 7, y - 4 - height, eye + 7, y - 4 + height), fill=(40, 34, 32))
        draw.ellipse((x + side * 24 - 19, y - 22, x + side * 24 + 19, y + 14), outline=(50, 50, 56), width=3)
    draw.line((x - 5, y - 6, x + 5, y - 6), fill=(50, 50, 56), width=3)
    draw.line((x + 2, y + 4, x + 6 + sway * 0.3, y + 24), fill=_SHADE, width=4)
    open_by = 2 + 15 * voice
    draw.ellipse((x - 20, y + 48 - open_by * 0.6, x + 20, y + 48 + open_by), fill=(122, 50, 50))
