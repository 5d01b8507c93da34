"""What screens give a chapter without a model: a title, the code they show, figures with caption and alt text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from statistics import median

from pipeline.models import OcrLine, Screen, ScreenKind

_SURE = 0.85
"""Mean confidence from which read code stands for its picture."""
_ALT_CHARACTERS = 400


def title(screen: Screen) -> str | None:
    """A slide's title: its largest line in the upper third, if that is larger than the rest; else None."""
    if screen.kind is not ScreenKind.SLIDE:
        return None
    lines = [line for line in screen.lines if _is_text(line.text) and not line.is_code]
    upper = [line for line in lines if line.box.y0 < screen.height / 2.5]
    if not upper:
        return None
    largest = max(upper, key=lambda line: (_height(line), -line.box.y0))
    others = [_height(line) for line in lines if line is not largest]
    if others and _height(largest) < 1.15 * median(others):
        return None
    text = re.sub(r"\s+", " ", largest.text).strip(" .:|-–—")
    return text if 2 <= len(text) <= 80 and len(text.split()) <= 10 and largest.confidence >= 0.6 else None


def _height(line: OcrLine) -> int:
    return line.box.y1 - line.box.y0


def _is_text(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= 3


def code(screen: Screen) -> str | None:
    """The code shown, with its indentation, common indentation out; None where there is none."""
    lines = [line.text.rstrip() for line in screen.lines if line.is_code]
    while lines and not lines[0].strip():
        lines.pop(0)
    if not any(re.search(r"\w", line) for line in lines):
        return None
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[indent:] for line in lines)


def code_is_sure(screen: Screen) -> bool:
    """Whether the code was read so well that its picture is not needed."""
    lines = [line for line in screen.lines if line.is_code]
    return bool(lines) and sum(line.confidence for line in lines) / len(lines) >= _SURE


def language_of(text: str) -> str:
    """ "python", "pycon", "console", "json" or "text": Pygments' names, where the code says so itself."""
    if re.search(r"^>>> ", text, re.MULTILINE):
        return "pycon"
    if re.search(r"^\s*\$ \w", text, re.MULTILINE):
        return "console"
    python = r"(?:def \w+\(.*\).*:|class \w+.*:|import \w+|from [\w.]+ import |(?:for|while|if|with) .+:\s*$|print\()"
    if re.search(rf"^\s*{python}", text, re.MULTILINE) or re.search(
        r"^\s*\w+ = .+[\])\d\w]$", text, re.MULTILINE
    ):
        return "python"
    return "text"


def final_code(screens: Sequence[Screen]) -> list[Screen]:
    """Of screens with code, those that no later one completes: code typed in steps is shown once, whole."""
    shown = [screen for screen in screens if code(screen)]
    return [
        screen for index, screen in enumerate(shown)
        if not any(_completes(later, screen) and not _completes(screen, later) for later in shown[index + 1 :])
        and not any(_completes(sooner, screen) for sooner in shown[:index])
    ]  # fmt: skip


def _completes(later: Screen, earlier: Screen) -> bool:
    """Nearly every line of `earlier` stands in `later`, as it is or typed on."""
    had = [line.strip() for line in (code(earlier) or "").splitlines() if line.strip()]
    has = [line.strip() for line in (code(later) or "").splitlines() if line.strip()]
    matched = sum(any(_same_or_typed_on(line, other) for other in has) for line in had)
    return matched >= max(len(had) * 0.85, len(had) - 1, 1)


def _same_or_typed_on(line: str, other: str) -> bool:
    return other.startswith(line[:-1] or line) or SequenceMatcher(None, line, other).ratio() > 0.9


def caption(screen: Screen, said: str | None = None) -> str:
    """The slide's title; else its first line of text; else what is being said."""
    text = title(screen) or next(
        (line.text.strip() for line in screen.lines if _is_text(line.text) and line.confidence > 0.8), None
    )
    return _shortened(text or said or "What is on screen at this moment", 120)


def alt(screen: Screen) -> str:
    """The text in the picture, for who cannot see it."""
    text = re.sub(r"\s+", " ", " ".join(line.text.strip() for line in screen.lines if line.text.strip()))
    what = {ScreenKind.SLIDE: "Slide", ScreenKind.CODE: "Code"}.get(screen.kind, "Screen")
    return f"{what}: {_shortened(text, _ALT_CHARACTERS)}" if text else f"{what} without text"


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + " …"
