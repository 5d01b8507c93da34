"""Marks that lead from a mention to its entry in the references: "[3]" behind the words that name it."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

__all__ = ["PAGE", "at_end", "cited", "names_of"]

PAGE = "references.html"
_TAG = re.compile(r"(<[^>]*>)")
_WHOLE = ("a", "code")
"""Elements behind which a mark goes, and not into them."""


def names_of(kind: str, title: str, url: str | None) -> tuple[str, ...]:
    """What a reference may be called in running text, the longest first.

    >>> names_of("person", "Rico Sennrich", None)
    ('Rico Sennrich', 'Sennrich')
    """
    names = [title]
    if kind == "person" and " " in title:
        names.append(title.rsplit(" ", 1)[1])
    if kind == "paper" and title.endswith(" paper"):
        names.append(title.removesuffix(" paper"))
    return tuple(names + ([url] if url else []))


def cited(html: Markup, references: Iterable[tuple[int, Sequence[str]]]) -> tuple[Markup, tuple[int, ...]]:
    """The text with a mark behind the first mention of each reference, and the numbers that it does not name.

    Args:
        html: sanitized HTML of a paragraph or an item.
        references: `(number, names)` of what is mentioned there.

    >>> marked, missing = cited(Markup("by <em>Ken Thompson</em>"), [(2, ("Ken Thompson",)), (3, ("Rob Pike",))])
    >>> print(marked)
    by <em>Ken Thompson<sup class="cite"><a href="references.html#ref-2" aria-label="Reference 2">[2]</a></sup></em>
    >>> missing
    (3,)
    """
    text, missing = str(html), []
    for number, names in references:
        place = next((at for name in names if (at := _behind(text, name)) is not None), None)
        if place is None:
            missing.append(number)
        else:
            text = text[:place] + _mark(number) + text[place:]
    return Markup(text), tuple(missing)


def at_end(html: Markup, numbers: Iterable[int]) -> Markup:
    """The text with marks behind it, for what is meant and not named."""
    return Markup(str(html) + "".join(_mark(number) for number in numbers))


def _mark(number: int) -> str:
    link = f'<a href="{PAGE}#ref-{number}" aria-label="Reference {number}">[{number}]</a>'
    return f'<sup class="cite">{link}</sup>'


def _behind(html: str, name: str) -> int | None:
    """Where the first mention of a name ends, in characters of the HTML; behind the link or code that it is in."""
    wanted = re.compile(rf"(?<!\w){re.escape(entities.escape(name, quote=False))}(?!\w)", re.IGNORECASE)
    at, inside = 0, ""
    found = False
    for part in _TAG.split(html):
        at += len(part)
        if tag := re.fullmatch(r"<(/?)(\w+)[^>]*>", part):
            if not tag[1] and tag[2] in _WHOLE:
                inside = tag[2]
            elif tag[1] and tag[2] == inside:
                inside = ""
                if found:
                    return at
        elif match := wanted.search(part.replace("’", "'")):
            if not inside:
                return at - len(part) + match.end()
            found = True
    return None
