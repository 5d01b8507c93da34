"""Read the lecture's script: what is said, sentence by sentence, and what the screen does meanwhile.

One marked-up line gives both texts of a sentence, the spoken one and the clean one, so that the two cannot drift
apart. The notation is described at the head of `script.txt`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_PAUSE = re.compile(r"\s*\|(\d+(?:\.\d+)?)\s*$")
_FILLER = re.compile(r"\{([^{}]*)\}")
_DROPPED = re.compile(r"<([^<>]*)>")
_TAGGED = re.compile(r"\[([^\[\]=]+)=([^\[\]]+)\]")


@dataclass(frozen=True)
class Action:
    """Something the screen does, `offset_s` after the next sentence begins (`show`: a little before it)."""

    verb: str
    args: tuple[str, ...]
    offset_s: float


@dataclass(frozen=True)
class Tagged:
    """Words of a sentence that mean something checkable.

    `kind` is number, name or term; `value` is how it is written: the digits of a number, "GPT-2" for "GPT two".
    """

    kind: str
    spoken: str
    value: str


@dataclass(frozen=True)
class Sentence:
    """One spoken sentence; `pause_s` is None where the pause after it is left to the speaker."""

    text: str
    clean: str
    fillers: tuple[str, ...]
    dropped: tuple[str, ...]
    tagged: tuple[Tagged, ...]
    actions: tuple[Action, ...]
    pause_s: float | None


@dataclass
class Chapter:
    """A chapter's title and its sentences in order."""

    title: str
    sentences: list[Sentence] = field(default_factory=list)


def read_script(path: Path) -> list[Chapter]:
    """Parse the script at `path`; ValueError names the line that is wrong."""
    chapters: list[Chapter] = []
    actions: list[Action] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("%"):
            continue
        if line.startswith("# "):
            chapters.append(Chapter(line[2:]))
        elif line.startswith("@"):
            actions.append(_action(line, number))
        elif not chapters:
            raise ValueError(f"{path.name}, line {number}: a sentence before the first chapter")
        else:
            chapters[-1].sentences.append(_sentence(line, tuple(actions)))
            actions.clear()
    if actions:
        raise ValueError(f"{path.name}: actions after the last sentence: {actions}")
    return chapters


def _action(line: str, number: int) -> Action:
    verb, *args = line[1:].split()
    offset_s = 0.0
    if args and args[-1].startswith("+"):
        offset_s = float(args.pop())
    counts = {"show": (1, 2), "step": (0,), "type": (1,), "scroll": (2,), "cursor": (2,)}
    if verb not in counts or len(args) not in counts[verb]:
        raise ValueError(f"script, line {number}: cannot read {line!r}")
    return Action(verb, tuple(args), offset_s)


def _sentence(line: str, actions: tuple[Action, ...]) -> Sentence:
    pause = _PAUSE.search(line)
    marked = _PAUSE.sub("", line)
    text = _strip_marks(marked)
    return Sentence(
        text=text,
        clean=_clean(marked),
        fillers=tuple(
            f.strip().lower() for mark in _FILLER.findall(marked) for f in mark.split(",") if f.strip()
        ),
        dropped=tuple(_FILLER.sub("", d).strip(" ,") for d in _DROPPED.findall(_without_tags(marked))),
        tagged=tuple(_tagged(spoken, value) for spoken, value in _TAGGED.findall(marked)),
        actions=actions,
        pause_s=float(pause.group(1)) if pause else None,
    )


def _tagged(spoken: str, value: str) -> Tagged:
    if value in ("@name", "@term"):
        return Tagged(value[1:], spoken, spoken)
    if value.startswith("@"):
        return Tagged("name", spoken, value[1:])
    return Tagged("number", spoken, str(int(value)))


def _without_tags(marked: str) -> str:
    return _TAGGED.sub(r"\1", marked)


def _strip_marks(marked: str) -> str:
    """The sentence as spoken: every mark gone, every word kept."""
    text = re.sub(r"[{}<>]", "", _without_tags(marked))
    return _capitalized(re.sub(r"\s+", " ", text).strip())


def _clean(marked: str) -> str:
    """The sentence as a good editor would leave it: fillers and dropped words gone, commas tidied."""
    text = _DROPPED.sub("", re.sub(r",?\s*\{[^{}]*\}", "", _without_tags(marked)))
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.;:?!])", r"\1", text)
    text = re.sub(r",(\s*,)+", ",", text)
    return _capitalized(text.strip(" ,"))


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
