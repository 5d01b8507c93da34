"""Screencasts drawn by lot: every nuisance alone and mixed, the details from a seed.

`clips(seed)` gives as many clips for each seed, all of one plan: which content meets which nuisance, codec, size,
frame rate and distance of key frames is shuffled by the seed, and so are all times, texts and places. Constants of
the detector may be set on `TUNING`; `HELD_OUT` is for the report and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice, pairwise

import numpy as np
from screencasts import (
    CODE,
    DARK,
    LIGHT,
    WHOLE,
    Clip,
    Overlay,
    Picture,
    State,
    Theme,
    blank,
    caret,
    code,
    cursor,
    during,
    film,
    head,
    noise,
    slide,
)

TUNING = 101
HELD_OUT = 202

Size = tuple[int, int]
Chance = np.random.Generator
SEPIA = Theme((246, 238, 220), (60, 45, 30), (150, 40, 40))
MIDNIGHT = Theme((18, 24, 48), (210, 214, 235), (120, 200, 255))
THEMES = {"light": LIGHT, "dark": DARK, "sepia": SEPIA, "midnight": MIDNIGHT}


@dataclass(frozen=True)
class Page:
    """What the contents are drawn with."""

    size: Size
    theme: Theme
    duration_s: float
    chance: Chance

    def starts(self, shortest_s: float = 3.5, longest_s: float = 8.0) -> list[float]:
        """Moments from 0 on at which something begins, the last at least `shortest_s` before the end."""
        found = [0.0]
        while (
            at := found[-1] + float(self.chance.uniform(shortest_s, longest_s))
        ) < self.duration_s - shortest_s:
            found.append(round(at, 3))
        return found

    def topics(self, count: int) -> list[int]:
        """Different slides."""
        return [int(one) for one in self.chance.permutation(16)[:count]]

    def lines(self, count: int) -> tuple[str, ...]:
        """Code from somewhere in the listing, without empty lines at either end."""
        at = int(self.chance.integers(0, len(CODE)))
        part = [line for line in islice(cycle(CODE), at, at + 2 * count) if line]
        return tuple(part[:count])


# ------------------------------------------------------------------------------------------------ contents

Content = Callable[[Page], list[State]]


def slides(page: Page, fade_s: float = 0.0) -> list[State]:
    begins = page.starts()
    points = [int(one) for one in page.chance.integers(2, 7, len(begins))]
    return [
        State(
            at,
            lambda t=topic, p=count, n=n: slide(page.size, page.theme, t, p, f"{n + 1}"),
            f"slide {n}",
            fade_s if n else 0.0,
        )
        for n, (at, topic, count) in enumerate(zip(begins, page.topics(len(begins)), points, strict=True))
    ]


def fading(page: Page) -> list[State]:
    return slides(page, float(page.chance.uniform(0.4, 1.6)))


def building(page: Page) -> list[State]:
    """Bullets that come up one by one; one screen a slide."""
    states = []
    begins = [*page.starts(8.0, 13.0), page.duration_s]
    for n, topic in enumerate(page.topics(len(begins) - 1)):
        step_s = (begins[n + 1] - begins[n]) / 6
        for points in range(5):
            at = begins[n] + points * step_s * float(page.chance.uniform(0.8, 1.0))
            picture = lambda t=topic, p=points, n=n: slide(page.size, page.theme, t, p, f"{n + 1}")  # noqa: E731
            states.append(State(at, picture, f"slide {n}"))
    return states


def typing(page: Page) -> list[State]:
    """Code typed key by key on an empty page, once or twice, with a slide between."""
    states: list[State] = []
    begins = [*page.starts(9.0, 13.0), page.duration_s]
    for n, (begin, end) in enumerate(pairwise(begins)):
        if n % 3 == 2:
            states.append(State(begin, lambda n=n: slide(page.size, page.theme, n, 4, str(n)), f"slide {n}"))
            continue
        whole = "\n".join(page.lines(int(page.chance.integers(4, 8))))
        key_s = (end - begin) * 0.75 / len(whole)
        for stroke in range(0, len(whole) + 1, max(1, round(0.07 / key_s))):
            typed = tuple(whole[:stroke].split("\n"))
            states.append(
                State(begin + stroke * key_s, lambda t=typed: code(page.size, page.theme, t), f"code {n}")
            )
    return states


def scrolling(page: Page) -> list[State]:
    """A listing scrolled by most of a page; what scrolls out is lost, so each stop is a screen."""
    listing = CODE + CODE[3:] + CODE
    begins = page.starts(5.0, 8.0)
    row, states = 0.0, []
    states.append(State(0.0, lambda: code(page.size, page.theme, listing), "stop 0"))
    for n, begin in enumerate(begins[1:], 1):
        by, takes_s = float(page.chance.integers(9, 15)), float(page.chance.uniform(0.3, 2.0))
        frames = max(4, round(takes_s * 20))
        for step in range(1, frames + 1):
            here = row + by * step / frames
            picture = lambda r=here: code(page.size, page.theme, listing, r)  # noqa: E731
            states.append(State(begin + takes_s * step / frames, picture, f"stop {n}"))
        row += by
    return states


def counting(page: Page) -> list[State]:
    """A slide on which one number changes and nothing else."""
    topic = page.topics(1)[0]
    values = [int(one) for one in page.chance.choice(np.arange(12, 98), 20, replace=False)]
    return [
        State(at, lambda v=value: slide(page.size, page.theme, topic, 4, f"result: {v}"), f"value {value}")
        for at, value in zip(page.starts(4.5, 8.0), values, strict=False)
    ]


def editing(page: Page) -> list[State]:
    """Code in which one line is replaced by another."""
    lines = list(page.lines(10))
    spare = [line for line in CODE if line.strip() and line not in lines]
    states = []
    for n, at in enumerate(page.starts(4.5, 8.0)):
        if n:
            lines[int(page.chance.integers(0, 10))] = spare[n % len(spare)]
        states.append(State(at, lambda t=tuple(lines): code(page.size, page.theme, t), f"version {n}"))
    return states


def returning(page: Page) -> list[State]:
    """A slide and code that come back by turns."""
    topic = page.topics(1)[0]
    first, second = page.lines(9), page.lines(6)
    pictures: list[tuple[str, Callable[[], Picture]]] = [
        ("slide", lambda: slide(page.size, page.theme, topic, 4, "3")),
        ("first", lambda: code(page.size, page.theme, first)),
        ("slide", lambda: slide(page.size, page.theme, topic, 4, "3")),
        ("second", lambda: code(page.size, page.theme, second)),
    ]
    return [
        State(at, picture, name)
        for at, (name, picture) in zip(page.starts(4.5, 8.0), cycle(pictures), strict=False)
    ]


def presenting(page: Page) -> list[State]:
    """Slide, the speaker alone over the whole picture (see `overlays`), another slide."""
    one, two = page.topics(2)
    third = page.duration_s / 3
    return [
        State(0.0, lambda: slide(page.size, page.theme, one, 4, "1"), "slide 0"),
        State(third, lambda: blank(*page.size, page.theme), "person"),
        State(2 * third, lambda: slide(page.size, page.theme, two, 4, "2"), "slide 1"),
    ]


def talking(page: Page) -> list[State]:
    return [State(0.0, lambda: blank(*page.size, page.theme), "person")]


def playing(page: Page) -> list[State]:
    """Two slides, in the first of which a film plays for a while (see `overlays`)."""
    one, two = page.topics(2)
    return [
        State(0.0, lambda: slide(page.size, page.theme, one, 3, "1"), "slide 0"),
        State(0.62 * page.duration_s, lambda: slide(page.size, page.theme, two, 5, "2"), "slide 1"),
    ]


CONTENTS: dict[str, Content] = {
    "slides": slides,
    "fading": fading,
    "building": building,
    "typing": typing,
    "scrolling": scrolling,
    "counting": counting,
    "editing": editing,
    "returning": returning,
    "presenting": presenting,
    "playing": playing,
    "talking": talking,
}

# --------------------------------------------------------------------------------------------- nuisances


def overlays(content: str, nuisances: Sequence[str], page: Page) -> tuple[Overlay, ...]:
    """What moves over the page, in the order in which it is drawn."""
    size, chance = page.size, page.chance
    seed = int(chance.integers(1, 1000))
    drawn: list[Overlay] = []
    third = page.duration_s / 3
    if content == "presenting":
        drawn.append(during(head(size, WHOLE, seed), third, 2 * third))
    if content == "talking":
        drawn.append(head(size, WHOLE, seed))
    if content == "playing":
        until = 0.62 * page.duration_s
        span = (0.15 * page.duration_s, 0.85 * until)
        drawn.append(during(film(size, (0.56, 0.28, 0.95, 0.82), span, seed), 0.0, until))
    if "inset" in nuisances:
        wide, tall = float(chance.uniform(0.12, 0.22)), float(chance.uniform(0.18, 0.28))
        top = 0.02 if chance.random() < 0.3 else 0.98 - tall
        drawn.append(head(size, (0.99 - wide, top, 0.99, top + tall), seed + 1))
    if "caret" in nuisances:
        drawn.append(
            caret(size, float(chance.uniform(0.3, 0.7)), float(chance.uniform(0.86, 0.92)), page.theme.ink)
        )
    if "cursor" in nuisances:
        drawn.append(cursor(size, seed + 2, float(chance.uniform(0.3, 0.8))))
    if "noise" in nuisances:
        drawn.append(noise(int(chance.integers(3, 8)), seed + 3))
    return tuple(drawn)


CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "x264": ("libx264", {"preset": "veryfast", "crf": "24"}),
    "x264 poor": ("libx264", {"preset": "veryfast", "crf": "37"}),
    "x264 slow": ("libx264", {"preset": "medium", "crf": "21"}),
    "x264 no cuts": ("libx264", {"preset": "veryfast", "crf": "26", "sc_threshold": "0"}),
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "vp8": ("libvpx", {"cpu-used": "8", "deadline": "realtime", "b": "900k"}),
    "vp9": ("libvpx-vp9", {"cpu-used": "8", "deadline": "realtime", "b": "600k"}),
    "av1": ("libsvtav1", {"preset": "12", "crf": "42"}),
    "mpeg4": ("mpeg4", {"b": "2500k"}),
    "mjpeg": ("mjpeg", {"q": "6"}),
}
SIZES: dict[str, Size] = {
    "360p": (640, 360),
    "480p": (854, 480),
    "720p": (1280, 720),
    "800p": (1280, 800),
    "1080p": (1920, 1080),
    "4K": (3840, 2160),
}
USUAL = ("360p", "480p", "720p", "720p", "720p", "800p", "1080p")


def clips(seed: int) -> dict[str, Clip]:
    """One clip for every content alone, one for every nuisance alone, and as many mixtures again, by name."""
    chance = np.random.default_rng(seed)
    plan: list[tuple[str, tuple[str, ...]]] = [(content, ()) for content in CONTENTS]
    plan += [("slides", (nuisance,)) for nuisance in ("inset", "cursor", "caret", "noise")]
    for content in [*CONTENTS, "slides", "building", "scrolling"]:
        if content != "talking":
            count = int(chance.integers(2, 4))
            some = tuple(
                str(one) for one in chance.permutation(["inset", "cursor", "caret", "noise"])[:count]
            )
            plan.append((content, some))
    codecs = cycle(str(one) for one in chance.permutation(list(CODECS)))
    themes = cycle(str(one) for one in chance.permutation([*THEMES, "light"]))
    rates = cycle(int(one) for one in chance.permutation([24, 25, 30, 30, 50, 60]))
    keys = cycle(float(one) for one in chance.permutation([1.0, 2.0, 3.0, 5.0, 7.0, 8.0, 10.0]))
    sizes = cycle(str(one) for one in chance.permutation(list(USUAL)))
    made = {}
    for number, (content, nuisances) in enumerate(plan):
        # Two of the set are 4K, and short, since they cost the most; every fifth has a variable frame rate.
        size = "4K" if number in (7, len(plan) - 2) else next(sizes)
        clip = _clip(seed, number, content, nuisances, size, next(themes), chance)
        codec, options = CODECS[next(codecs)] if size != "4K" else CODECS["x264"]
        clip = replace(
            clip, codec=codec, options=options, fps=24 if size == "4K" else next(rates), key_s=next(keys),
            variable=number % 5 == 3, dropped=0.6 if number % 5 == 3 and nuisances else 0.0,
        )  # fmt: skip
        made[clip.name] = clip
    return made


def _clip(
    seed: int, number: int, content: str, nuisances: tuple[str, ...], size: str, theme: str, chance: Chance
) -> Clip:
    duration_s = 16.0 if size == "4K" else round(float(chance.uniform(22.0, 30.0)), 1)
    own = np.random.default_rng((seed, number))
    page = Page(SIZES[size], THEMES[theme], duration_s, own)
    states = tuple(CONTENTS[content](page))
    name = " ".join((f"{seed}-{number:02d}", content, *nuisances))
    return Clip(name, page.size, duration_s, states, overlays(content, nuisances, page))
