"""A paragraph in which every quoted string is one character.

So that a pattern can say "a string, then a number" without knowing what stands in the string, each quoted string
or code span is replaced by one character from Unicode's private use area, and emphasis, links and tags go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["STRING", "Masked", "Quoted", "mask"]

STRING = "[\ue000-\uf8ff]"
"""A regular expression for one masked string."""

_FIRST, _LAST = 0xE000, 0xF8FF

_SPANS = re.compile(
    r"""
    (?P<image> !\[[^\]\n]*\]\([^)\n]*\) )
  | (?P<code2> ``(?!`)(?P<c2>(?:[^`]|`(?!`))+)`` )
  | (?P<code> `(?P<c1>[^`]+)` )
  | (?P<curly> “(?P<q1>[^”\n]{1,300})” )
  | (?P<straight> (?<![\w])"(?P<q2>[^"\n]{1,300})" )
  | (?P<curly1> ‘(?P<q3>[^’\n]{1,80})’(?!\w) )
  | (?P<single> (?<![\w'])'(?P<q4>[^'\n]{1,80})'(?![\w']) )
  | (?P<special> <\|\w+\|> )
  | (?P<hello> (?<![\w"'`“‘])[Hh]ello,?\ [Ww]orld!?(?![\w"'`”’]) )
  | (?P<link> \[(?P<l1>[^\]\n]+)\]\([^)\n]*\) )
  | (?P<tag> </?[a-zA-Z][^<>\n]*> )
  | (?P<emphasis> \*{1,3} | (?<!\w)_{1,3}(?=\S) | (?<=\S)_{1,3}(?!\w) )
  | (?P<space> \s+ )
    """,
    re.VERBOSE,
)

_NAME = re.compile(r"(?:gpt-?[24]|cl100k_base|r50k_base|o200k_base)", re.I)
_ID_LIST = re.compile(r"\[?\s*\d{1,6}(?:\s*,\s*\d{1,6})+\s*\]?|\[\s*\d{1,6}\s*\]")
_SAYS_ID = re.compile(
    r"(?:\b(?:ids?|index|indices|number)|\b(?:is|to|as|=|are) (?:the )?tokens?)\s*(?:is |are |= ?|: ?)?$",
    re.I,
)

_ARROW = re.compile(r"(?:→|->|=>|⇒|↦|⟶)\s*$")
_NUMBER_TO_NUMBERS = re.compile(r"[`\"“'‘]?\s*\d+\s*[`\"”'’]?\s*(?:→|->|=>|⇒|↦|⟶)\s*$")
_CALL = re.compile(r"""[\w.]*\bencode\(\s*(?P<q>["'])(?P<s>(?:\\.|(?!(?P=q)).)*)(?P=q)\s*\)""")
_ENCODER = re.compile(r"(?:enc|encoder|encoding|gpt2|gpt4|tiktoken|cl100k(?:_base)?)\.", re.I)

_VISIBLE_SPACE = re.compile("[␣·▁Ġ]")


@dataclass(frozen=True)
class Quoted:
    """A string that the text quotes."""

    text: str
    is_code: bool
    """in back quotes, where escapes such as \\n are meant"""
    may_lack_space: bool = False
    """a space at its start may have been lost, as Markdown processors drop it from code on its way to HTML"""
    is_bare: bool = False
    """without quotation marks: as spoken, so that capitals and a space before it are open"""
    is_call: bool = False
    """a call of some tokenizer's `encode`, of which nobody knows what it is"""


@dataclass(frozen=True)
class Masked:
    """The masked text, the strings by their characters, and where each character came from."""

    text: str
    strings: dict[str, Quoted]
    origin: list[int]


def mask(text: str, offset: int = 0, code_is_trimmed: bool = False) -> Masked:
    """Mask a paragraph that begins at `offset` of its document.

    Args:
        text: Markdown.
        offset: added to the places in `Masked.origin`.
        code_is_trimmed: code spans have been through a Markdown processor.

    >>> masked = mask('The **token** " at" is `379`')
    >>> masked.text.replace("\\ue000", "S").replace("\\ue001", "S")
    'The token S is S'
    >>> masked.strings["\\ue000"].text
    ' at'
    """
    out: list[str] = []
    origin: list[int] = []
    strings: dict[str, Quoted] = {}

    def put(piece: str, place: int) -> None:
        out.extend(piece)
        origin.extend(range(place, place + len(piece)))

    def copy(start: int, end: int) -> None:
        place = start
        for match in _SPANS.finditer(text, start, end):
            put(text[place : match.start()], offset + place)
            take(match)
            place = match.end()
        put(text[place:end], offset + place)

    def take(match: re.Match[str]) -> None:
        kind = match.lastgroup or ""
        where = offset + match.start()
        if kind == "link":
            copy(match.start("l1"), match.end("l1"))
        elif kind == "space":
            put(" ", where)
        elif kind == "code" and _is_plain(match["c1"], text[: match.start()]):
            copy(match.start("c1"), match.end("c1"))
        elif kind not in ("image", "tag", "emphasis") and len(strings) <= _LAST - _FIRST:
            key = chr(_FIRST + len(strings))
            strings[key] = _quoted(match, code_is_trimmed)
            put(key, where)

    text = re.sub("[\ue000-\uf8ff]", "\N{REPLACEMENT CHARACTER}", text)
    copy(0, len(text))
    return Masked("".join(out), strings, origin)


def _is_plain(code: str, before: str) -> bool:
    """Whether a code span is no string but a tokenizer's name, a list of ids or an id."""
    if _NAME.fullmatch(code) or _ID_LIST.fullmatch(code):
        return True
    if not code.isdecimal():
        return False
    arrow = _ARROW.search(before[-30:]) and not _NUMBER_TO_NUMBERS.search(before[-60:])
    return bool(_SAYS_ID.search(before[-30:]) or arrow)


def _quoted(match: re.Match[str], code_is_trimmed: bool) -> Quoted:
    content = next((match[name] for name in ("c1", "c2", "q1", "q2", "q3", "q4") if match[name]), match[0])
    if match["hello"]:
        return Quoted(match[0], False, is_bare=True)
    is_code = bool(match["code"] or match["code2"])
    if match["code2"] and content[:1] == content[-1:] == " " and content.strip():
        content = content[1:-1]
    for left, right in (('"', '"'), ("'", "'"), ("“", "”"), ("`", "`")):
        if len(content) > 2 and content[0] == left and content[-1] == right:
            content = content[1:-1]
    if is_code and (call := _CALL.fullmatch(content)):
        known = bool(_ENCODER.match(content))
        return Quoted(call["s"] if known else content, True, is_call=not known)
    return Quoted(_VISIBLE_SPACE.sub(" ", content), is_code, is_code and code_is_trimmed)


def unmask(text: str, strings: dict[str, Quoted]) -> str:
    """The text with its strings back in quotation marks."""
    return re.sub(STRING, lambda m: f'"{strings[m[0]].text}"' if m[0] in strings else m[0], text).strip()
