"""Hard synthetic screencasts with known truth: what was on screen, from when to when.

Every clip is drawn with numpy and Pillow and encoded with PyAV, from a fixed seed: slides, notebooks and
terminals, and over them one nuisance or several (a moving inset, the cursor, a caret, noise, an embedded
video, cross-fades). `clips()` names them all.

The truth follows the rule of `pipeline.pictures`: a screen lasts while its content only grows (bullets appear,
code is typed); it ends when something that was there is replaced or goes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Picture = npt.NDArray[np.uint8]


# ------------------------------------------------------------------------------------------------- drawing


@dataclass(frozen=True)
class Theme:
    paper: tuple[int, int, int]
    ink: tuple[int, int, int]
    accent: tuple[int, int, int]


LIGHT = Theme((252, 252, 252), (30, 30, 30), (20, 80, 170))
DARK = Theme((30, 31, 34), (205, 208, 214), (230, 160, 80))

TOPICS = (
    "Tokens and bytes",
    "Merging pairs",
    "A training loop",
    "Regular expressions",
    "Special tokens",
    "Unicode",
    "Vocabulary size",
    "Sentence pieces",
    "Byte fallback",
    "Encoding",
    "Decoding",
    "Exercises",
    "Compression",
    "Rank tables",
    "Edge cases",
    "Summary",
)
POINTS = (
    "every string is a sequence of bytes",
    "the most frequent pair is merged first",
    "the table holds 256 entries",
    "a rank is the order of training",
    "encoding applies the merges in order",
    "decoding is a table look-up",
    "numbers are split by the pattern",
    "the loss falls from 3.21 to 1.87",
    "spaces belong to the next word",
    "a vocabulary of 50257 tokens",
    "ties are broken by position",
    "invalid bytes are replaced",
)
CODE = (
    "def get_stats(ids):", "    counts = {}", "    for pair in zip(ids, ids[1:]):",
    "        counts[pair] = counts.get(pair, 0) + 1", "    return counts", "", "def merge(ids, pair, idx):",
    "    newids = []", "    i = 0", "    while i < len(ids):", "        if ids[i] == pair[0]:",
    "            newids.append(idx)", "            i += 2", "        else:", "            newids.append(ids[i])",
    "            i += 1", "    return newids", "", "vocab_size = 276", "num_merges = vocab_size - 256",
    "ids = list(tokens)", "merges = {}", "for i in range(num_merges):", "    stats = get_stats(ids)",
    "    pair = max(stats, key=stats.get)", "    ids = merge(ids, pair, 256 + i)", "    merges[pair] = 256 + i",
    "print(len(tokens), len(ids))",
)  # fmt: skip


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own outline font: the same on every machine."""
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont)
    return loaded


@cache
def blank(width: int, height: int, theme: Theme) -> Picture:
    return np.full((height, width, 3), theme.paper, np.uint8)


def slide(size: tuple[int, int], theme: Theme, topic: int, points: int, number: str = "") -> Picture:
    """A slide: title, `points` bullets, and a page number at the foot."""
    width, height = size
    image = Image.fromarray(blank(width, height, theme).copy())
    draw = ImageDraw.Draw(image)
    unit = height / 720
    draw.text((70 * unit, 50 * unit), TOPICS[topic % len(TOPICS)], theme.accent, font(round(48 * unit)))
    for index in range(points):
        text = "-  " + POINTS[(topic * 5 + index) % len(POINTS)]
        draw.text((90 * unit, (160 + 70 * index) * unit), text, theme.ink, font(round(30 * unit)))
    if number:
        draw.text((60 * unit, 660 * unit), number, theme.ink, font(round(24 * unit)))
    return np.asarray(image)


def code(size: tuple[int, int], theme: Theme, lines: tuple[str, ...], first_row: float = 0.0) -> Picture:
    """An editor: monospaced lines from `first_row` (may lie between two, while scrolling)."""
    width, height = size
    image = Image.fromarray(blank(width, height, theme).copy())
    draw = ImageDraw.Draw(image)
    unit = height / 720
    step, advance, face = 26 * unit, 11 * unit, font(round(19 * unit))
    for row, line in enumerate(lines):
        y = 40 * unit + (row - first_row) * step
        if not 40 * unit - step < y < 620 * unit:
            continue
        ink = theme.accent if line.lstrip().startswith(("def", "for", "while", "return", "if")) else theme.ink
        for column, letter in enumerate(line):
            if letter != " ":
                draw.text((60 * unit + column * advance, y), letter, ink, face)
    return np.asarray(image)


def photo(width: int, height: int, seed: int) -> Picture:
    """Something a camera would see: smooth blotches of colour with grain."""
    generator = np.random.default_rng(seed)
    small = generator.integers(40, 200, (7, 9, 3)).astype(np.uint8)
    large = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = generator.integers(-9, 10, large.shape)
    return np.clip(large + grain, 0, 255).astype(np.uint8)


# ------------------------------------------------------------------------------------------------ overlays

Overlay = Callable[[Picture, float], None]
"""Draws on the frame in place for a moment in seconds."""


def head(size: tuple[int, int], box: tuple[float, float, float, float], seed: int) -> Overlay:
    """A person before a still background: the head sways, the mouth moves, the sensor is noisy.

    `box` is x0, y0, x1, y1 as shares of the frame.
    """
    width, height = size
    x0, y0, x1, y1 = (round(v * s) for v, s in zip(box, (width, height, width, height), strict=True))
    room = photo(x1 - x0, y1 - y0, seed)
    generator = np.random.default_rng(seed)
    grains = [generator.integers(-4, 5, (*room.shape[:2], 1)).astype(np.int16) for _ in range(4)]

    def draw(frame: Picture, time_s: float) -> None:
        image = Image.fromarray(room)
        pen = ImageDraw.Draw(image)
        w, h = x1 - x0, y1 - y0
        cx = w * (0.5 + 0.05 * math.sin(1.9 * time_s + seed) + 0.03 * math.sin(4.1 * time_s))
        cy = h * (0.45 + 0.03 * math.sin(2.7 * time_s))
        r = 0.22 * h
        pen.ellipse((cx - 1.7 * r, cy + 0.8 * r, cx + 1.7 * r, cy + 4 * r), (60, 70, 110))
        pen.ellipse((cx - 0.75 * r, cy - r, cx + 0.75 * r, cy + r), (214, 170, 140))
        for side in (-0.3, 0.3):
            pen.ellipse(
                (cx + (side - 0.08) * r, cy - 0.25 * r, cx + (side + 0.08) * r, cy - 0.1 * r), (40, 30, 30)
            )
        gape = 0.04 + 0.12 * abs(math.sin(9 * time_s))
        pen.ellipse(
            (cx - 0.25 * r, cy + (0.5 - gape) * r, cx + 0.25 * r, cy + (0.5 + gape) * r), (120, 40, 40)
        )
        noisy = np.asarray(image, np.int16) + grains[int(time_s * 30) % 4]
        frame[y0:y1, x0:x1] = np.clip(noisy, 0, 255)

    return draw


def cursor(size: tuple[int, int], seed: int, still_share: float = 0.5) -> Overlay:
    """The arrow: rests somewhere, goes somewhere else, rests again."""
    width, height = size
    generator = np.random.default_rng(seed)
    stops = generator.uniform((0.05, 0.05), (0.9, 0.9), (4000, 2))
    scale = max(1.0, height / 720)
    arrow = [(0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12)]

    def draw(frame: Picture, time_s: float) -> None:
        leg, part = divmod(time_s / 3.0, 1.0)
        share = max(0.0, (part - still_share) / (1 - still_share))
        place = stops[int(leg)] * (1 - share) + stops[int(leg) + 1] * share
        x, y = int(place[0] * width), int(place[1] * height)
        side = round(20 * scale)
        patch = frame[y : y + side, x : x + side]
        image = Image.fromarray(patch)
        shape = [(a * scale, b * scale) for a, b in arrow]
        ImageDraw.Draw(image).polygon(shape, (250, 250, 250), (10, 10, 10))
        frame[y : y + side, x : x + side] = np.asarray(image)

    return draw


def caret(size: tuple[int, int], x: float, y: float, ink: tuple[int, int, int]) -> Overlay:
    """A text caret that blinks twice in a second."""
    width, height = size
    left, top, tall, wide = int(x * width), int(y * height), round(height * 0.03), max(1, height // 500)

    def draw(frame: Picture, time_s: float) -> None:
        if time_s % 1.0 < 0.5:
            frame[top : top + tall, left : left + wide] = ink

    return draw


def film(
    size: tuple[int, int], box: tuple[float, float, float, float], span: tuple[float, float], seed: int
) -> Overlay:
    """A video that plays inside the page during `span`, a still before and after."""
    width, height = size
    x0, y0, x1, y1 = (round(v * s) for v, s in zip(box, (width, height, width, height), strict=True))
    wide = photo(2 * (x1 - x0), y1 - y0, seed)

    def draw(frame: Picture, time_s: float) -> None:
        moment = min(max(time_s, span[0]), span[1]) - span[0]
        offset = int((x1 - x0) * (0.5 + 0.49 * math.sin(0.7 * moment)))
        frame[y0:y1, x0:x1] = wide[:, offset : offset + x1 - x0]

    return draw


def noise(level: int, seed: int) -> Overlay:
    """Capture noise over the whole frame."""
    generator = np.random.default_rng(seed)
    grains: list[npt.NDArray[np.int16]] = []

    def draw(frame: Picture, time_s: float) -> None:
        if len(grains) < 12:
            grains.append(generator.integers(-level, level + 1, (*frame.shape[:2], 1), np.int16))
        grain = grains[-1] if len(grains) < 12 else grains[int(generator.integers(12))]
        np.clip(frame + grain, 0, 255, out=frame, casting="unsafe")

    return draw


# -------------------------------------------------------------------------------------------------- clips


@dataclass(frozen=True)
class State:
    """From `start_s` on, the page shows `picture`; states of one `screen` are steps of its growth.

    `screen` None is nothing to show. `fade_s` fades over from the state before.
    """

    start_s: float
    picture: Callable[[], Picture]
    screen: str | None
    fade_s: float = 0.0


@dataclass(frozen=True)
class Truth:
    start_s: float
    end_s: float
    screen: str


@dataclass(frozen=True)
class Clip:
    """A screencast to be rendered."""

    name: str
    size: tuple[int, int]
    duration_s: float
    states: tuple[State, ...]
    overlays: tuple[Overlay, ...] = ()
    fps: int = 30
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"preset": "veryfast", "crf": "24"})
    key_s: float = 5.0
    variable: bool = False
    """Frames equal to the one before are left out, as screen recorders do."""
    dropped: float = 0.0
    """Share of the frames that a recorder which cannot keep up leaves out, by lot."""

    @property
    def truth(self) -> tuple[Truth, ...]:
        """The screens in order."""
        found: list[Truth] = []
        ends = [state.start_s for state in self.states[1:]] + [self.duration_s]
        for state, end_s in zip(self.states, ends, strict=True):
            if state.screen is None:
                continue
            if found and found[-1].screen == state.screen and found[-1].end_s == state.start_s:
                found[-1] = replace(found[-1], end_s=end_s)
            else:
                found.append(Truth(state.start_s, end_s, state.screen))
        return tuple(found)

    def frames(self) -> Iterator[tuple[float, Picture | None]]:
        """Moment and picture of each frame; None where it equals the one before."""
        pages = _Pages(self.states)
        lots = np.random.default_rng(len(self.name)).random(round(self.duration_s * self.fps))
        for number, lot in enumerate(lots):
            time_s = number / self.fps
            page, fresh = pages.at(time_s)
            if number and not fresh and lot < self.dropped:
                yield time_s, None
                continue
            if not fresh and not self.overlays and number:
                yield time_s, None
                continue
            frame = page.copy() if self.overlays else page
            for overlay in self.overlays:
                overlay(frame, time_s)
            yield time_s, frame

    def write(self, path: Path) -> None:
        """Encode the clip."""
        import av

        with av.open(str(path), "w") as container:
            stream = container.add_stream(self.codec, rate=self.fps)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height = self.size
            stream.pix_fmt = "yuvj420p" if self.codec == "mjpeg" else "yuv420p"
            stream.options = self.options
            stream.codec_context.gop_size = max(1, round(self.key_s * self.fps))
            stream.codec_context.thread_count = 2
            if self.variable:
                stream.codec_context.time_base = Fraction(1, self.fps)
            last = None
            for number, (_, picture) in enumerate(self.frames()):
                if picture is not None:
                    last = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=stream.pix_fmt)
                elif self.variable and number % (10 * self.fps):
                    continue
                assert last is not None
                last.pts, last.time_base = number, Fraction(1, self.fps)
                container.mux(stream.encode(last))
            container.mux(stream.encode(None))


class _Pages:
    """The page under the overlays, drawn once per state."""

    def __init__(self, states: tuple[State, ...]) -> None:
        self._states = states
        self._index = -1
        self._now = self._before = states[0].picture()
        self._settled = False

    def at(self, time_s: float) -> tuple[Picture, bool]:
        fresh = False
        while self._index + 1 < len(self._states) and self._states[self._index + 1].start_s <= time_s + 1e-9:
            self._index += 1
            self._before, self._now = self._now, self._states[self._index].picture()
            fresh, self._settled = True, False
        state = self._states[max(0, self._index)]
        share = (time_s - state.start_s) / state.fade_s if state.fade_s else 1.0
        if share < 1.0:
            mixed = self._before * (1 - share) + self._now * share
            return mixed.astype(np.uint8), True
        fresh = fresh or not self._settled
        self._settled = True
        return self._now, fresh


# ------------------------------------------------------------------------------------------------- the set


def deck(
    size: tuple[int, int],
    theme: Theme,
    starts: tuple[float, ...],
    seed: int = 0,
    fade_s: float = 0.0,
    points: int = 4,
) -> tuple[State, ...]:
    """Complete slides, one after the other."""
    return tuple(
        State(
            at,
            lambda n=n: slide(size, theme, seed + n, points, f"{n + 1}"),
            f"slide {n}",
            fade_s if n else 0.0,
        )
        for n, at in enumerate(starts)
    )


CORNER = (0.8, 0.72, 0.99, 0.98)
"""Where lecturers put their inset."""
WHOLE = (0.0, 0.0, 1.0, 1.0)
HD = (1280, 720)
STARTS = (0.0, 7.3, 15.1, 21.9, 30.4)


def growing(size: tuple[int, int], theme: Theme = LIGHT) -> tuple[State, ...]:
    """Slides whose bullets appear one by one."""
    states: list[State] = []
    for topic, begin in enumerate((0.0, 14.2, 27.7)):
        for points in range(5):
            at = begin + 2.3 * points
            states.append(
                State(at, lambda t=topic, p=points: slide(size, theme, t, p, f"{t + 1}"), f"slide {topic}")
            )
    return tuple(states)


def typing(size: tuple[int, int], theme: Theme = LIGHT) -> tuple[State, ...]:
    """Code typed key by key, then other code, then a terminal."""
    states: list[State] = []
    for part, begin in enumerate((0.0, 16.5)):
        lines = CODE[part * 7 : part * 7 + 6]
        whole = "\n".join(lines)
        for stroke in range(0, len(whole) + 1, 2):
            typed = tuple(whole[:stroke].split("\n"))
            at = begin + stroke * 0.08
            states.append(State(at, lambda t=typed: code(size, theme, t), f"code {part}"))
    states.append(State(33.0, lambda: slide(size, theme, 9, 4), "slide"))
    return tuple(states)


def scrolling(size: tuple[int, int], theme: Theme = LIGHT) -> tuple[State, ...]:
    """A long listing, scrolled by a page twice."""
    states = [State(0.0, lambda: code(size, theme, CODE + CODE), "top")]
    for part, begin in enumerate((11.0, 24.0)):
        for step in range(1, 31):
            row = 14 * part + 14 * step / 30
            name = ("middle", "bottom")[part]
            states.append(State(begin + step / 20, lambda r=row: code(size, theme, CODE + CODE, r), name))
    return tuple(states)


def counting(size: tuple[int, int], theme: Theme = LIGHT) -> tuple[State, ...]:
    """One slide on which only the number at the foot changes: 12, 57, 93."""
    return tuple(
        State(at, lambda n=number: slide(size, theme, 3, 4, f"result: {n}"), f"number {number}")
        for at, number in ((0.0, 12), (9.4, 57), (18.9, 93), (28.2, 48))
    )


def meeting(size: tuple[int, int], theme: Theme = LIGHT) -> tuple[State, ...]:
    """Slide, the speaker alone (drawn by an overlay), slide."""
    return (
        State(0.0, lambda: slide(size, theme, 0, 4, "1"), "slide 0"),
        State(25.0, lambda: slide(size, theme, 1, 4, "2"), "slide 1"),
    )


def during(overlay: Overlay, start_s: float, end_s: float) -> Overlay:
    def draw(frame: Picture, time_s: float) -> None:
        if start_s <= time_s < end_s:
            overlay(frame, time_s)

    return draw


def returning(size: tuple[int, int], theme: Theme = LIGHT) -> tuple[State, ...]:
    """Slide, code, the same slide, other code, the first code again."""
    first, second = CODE[:9], CODE[9:17]
    return (
        State(0.0, lambda: slide(size, theme, 2, 4, "3"), "slide"),
        State(8.2, lambda: code(size, theme, first), "first"),
        State(16.7, lambda: slide(size, theme, 2, 4, "3"), "slide"),
        State(24.9, lambda: code(size, theme, second), "second"),
        State(33.3, lambda: code(size, theme, first), "first"),
    )


X264 = {"preset": "veryfast", "crf": "24"}
POOR = {"preset": "veryfast", "crf": "38"}


def _clips() -> Iterator[Clip]:
    h = HD
    yield Clip("plain", h, 40, deck(h, LIGHT, STARTS))
    yield Clip("dark", h, 40, deck(h, DARK, STARTS, seed=3))
    yield Clip("inset", h, 60, deck(h, LIGHT, (0.0, 13.0, 29.0, 44.0)), (head(h, CORNER, 1),))
    yield Clip("cursor", h, 60, deck(h, LIGHT, (0.0, 13.0, 29.0, 44.0)), (cursor(h, 2),))
    yield Clip("caret", h, 40, deck(h, LIGHT, STARTS), (caret(h, 0.5, 0.85, (30, 30, 30)),))
    yield Clip("noise", h, 30, deck(h, LIGHT, STARTS[:4]), (noise(7, 3),), options=POOR)
    yield Clip("poor", h, 40, deck(h, LIGHT, STARTS), (head(h, CORNER, 4),), options=POOR)
    yield Clip("growing", h, 42, growing(h))
    yield Clip("typing", h, 42, typing(h))
    yield Clip("scrolling", h, 36, scrolling(h))
    yield Clip("counting", h, 38, counting(h))
    yield Clip("fading", h, 40, deck(h, LIGHT, STARTS, fade_s=1.0))
    yield Clip(
        "film",
        h,
        50,
        deck(h, LIGHT, (0.0, 31.0)),
        (during(film(h, (0.55, 0.3, 0.95, 0.8), (6, 26), 8), 0, 31),),
    )
    yield Clip("returning", h, 42, returning(h))
    alone = during(head(h, WHOLE, 9), 12.0, 25.0)
    yield replace(
        Clip("alone", h, 40, meeting(h), (alone,)),
        states=(*meeting(h)[:1], State(12.0, meeting(h)[0].picture, "person"), meeting(h)[1]),
    )
    yield Clip("camera", h, 30, (State(0.0, lambda: blank(*h, LIGHT), "person"),), (head(h, WHOLE, 10),))
    yield Clip("sparse", h, 60, deck(h, LIGHT, (0.0, 13.0, 29.0, 44.0), seed=5), variable=True)
    yield Clip(
        "one key",
        h,
        45,
        deck(h, LIGHT, STARTS),
        (cursor(h, 3),),
        key_s=1000,
        options={**X264, "sc_threshold": "0"},
    )
    yield Clip("keys 10 s", h, 60, deck(h, DARK, (0.0, 13.0, 29.0, 44.0)), (head(h, CORNER, 6),), key_s=10)
    yield Clip("keys 1 s", h, 40, returning(h), (head(h, CORNER, 7),), key_s=1)
    yield Clip(
        "vp9",
        h,
        30,
        deck(h, LIGHT, STARTS[:4]),
        (head(h, CORNER, 8),),
        codec="libvpx-vp9",
        options={"cpu-used": "8", "deadline": "realtime", "b": "600k"},
    )
    yield Clip(
        "hevc",
        h,
        30,
        deck(h, LIGHT, STARTS[:4]),
        (cursor(h, 9),),
        codec="libx265",
        options={"preset": "ultrafast", "x265-params": "log-level=none"},
    )
    yield Clip(
        "av1",
        h,
        30,
        deck(h, LIGHT, STARTS[:4]),
        (head(h, CORNER, 8),),
        codec="libsvtav1",
        options={"preset": "12", "crf": "40"},
    )
    yield Clip("mjpeg", h, 24, deck(h, LIGHT, STARTS[:4]), fps=24, codec="mjpeg", options={"q": "6"})
    s = (1920, 1080)
    yield Clip("60 fps", s, 30, deck(s, LIGHT, STARTS[:4]), (head(s, CORNER, 2), cursor(s, 4)), fps=60)
    s = (3840, 2160)
    yield Clip(
        "4K",
        s,
        20,
        deck(s, DARK, (0.0, 7.3, 13.8)),
        (cursor(s, 5),),
        fps=24,
        options={"preset": "ultrafast", "crf": "26"},
    )
    s = (640, 360)
    yield Clip("360p", s, 40, deck(s, LIGHT, STARTS), (head(s, CORNER, 3), cursor(s, 8)))
    yield Clip("count, inset", h, 38, counting(h), (head(h, CORNER, 2), cursor(h, 1)))
    yield Clip("type, inset", h, 42, typing(h, DARK), (head(h, CORNER, 4), cursor(h, 11)))
    yield Clip("grow, fade", h, 42, growing(h, DARK), (head(h, CORNER, 12),), options=POOR)
    yield Clip("scroll, inset", h, 36, scrolling(h, DARK), (head(h, CORNER, 13), cursor(h, 14)))
    yield Clip("all", h, 120, _mixed(h), (head(h, CORNER, 15), cursor(h, 16), noise(2, 4)), key_s=8)


def _mixed(size: tuple[int, int]) -> tuple[State, ...]:
    """Growing slides, typed code and counting, one after the other."""
    parts = (growing(size), typing(size), counting(size))
    states: list[State] = []
    for number, part in enumerate(parts):
        states += [replace(s, start_s=s.start_s + 42 * number, screen=f"{number} {s.screen}") for s in part]
    return tuple(states)


@cache
def clips() -> dict[str, Clip]:
    """All clips of the set by name."""
    return {clip.name: clip for clip in _clips()}


def lecture(
    duration_s: float,
    size: tuple[int, int] = HD,
    name: str = "lecture",
    every_s: float = 43.0,
    key_s: float = 5.0,
) -> Clip:
    """The speed test: slides and code in turn, an inset that never rests, and the cursor."""
    states: list[State] = []
    number, at = 0, 0.0
    while at < duration_s - 5:
        if number % 2:
            part = tuple(CODE[(number * 3 + k) % len(CODE)] for k in range(14))
            states.append(State(at, lambda part=part: code(size, LIGHT, part), f"code {number}"))
        else:
            states.append(State(at, lambda n=number: slide(size, LIGHT, n, 4, str(n)), f"slide {number}"))
        number += 1
        at += every_s + 3.7 * (number % 3)
    return Clip(name, size, duration_s, tuple(states), (head(size, CORNER, 5), cursor(size, 6)), key_s=key_s)
