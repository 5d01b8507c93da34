"""Replies of the `openai` writer: their JSON schema, and blocks out of them. Nothing in a reply is trusted."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.models import Block, Screen, Sentence, WriterName
from pipeline.replies import Unusable
from pipeline.text import identifiers, words
from pipeline.writers.endpoint_json import parse_as, strict_schema
from pipeline.writers.verified import Offered

__all__ = [
    "SCHEMA",
    "Written",
    "block_of",
    "check_coverage",
    "check_subject",
    "parse",
    "plain",
    "without_repeats",
]

_NAME: WriterName = "openai"
_BLOCK: TypeAdapter[Block] = TypeAdapter(Block)
_MIN_COVERED = 0.6
# A rewrite in the lecture's own words shares far more than this; a reply about another chapter, far less.
_MIN_SHARED = 0.3
_MIN_JUDGED = 12
"""Content words; of fewer, nothing is said."""
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")


class Written(BaseModel):
    """A block as the model writes it. Fields that a kind does not need are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["heading", "paragraph", "list", "quote", "code", "figure", "tokens", "exercise"]
    text: str = ""
    items: tuple[str, ...] = ()
    ordered: bool = False
    code: str = ""
    language: str = ""
    snippet: str = ""
    alt: str = ""
    sentences: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return self.text or " ".join(self.items) or self.code

    @property
    def said(self) -> str:
        """Its words without case, punctuation or layout, to find it again; code to the letter."""
        return (self.code.strip() or self.snippet) if self.kind == "code" else plain(self.words)


def plain(text: str) -> str:
    """Words and numbers in lower case, spaces between them.

    >>> plain("We **merge** pairs!")
    'we merge pairs'
    """
    return " ".join(words.normal(token.text) for token in words.tokens(text))


class _Blocks(BaseModel):
    blocks: tuple[Written, ...] = Field(min_length=1)


# Endpoints that hold a model to a schema want every property required and no others.
SCHEMA: dict[str, Any] = strict_schema(_Blocks)


def parse(text: str) -> tuple[Written, ...]:
    """The blocks of a reply; a Markdown fence around the JSON is overlooked.

    Raises:
        Unusable: the reply is no JSON, or not of this shape; says where.
    """
    return parse_as(_Blocks, text).blocks


def check_coverage(found: Sequence[Written], sentences: Sequence[Sentence], language: str) -> None:
    """Most of what was said is in some block that names it.

    Raises:
        Unusable: naming the sentences left out.
    """
    cited = {name for block in found if block.kind != "heading" for name in block.sentences}
    weights = {sentence.id: len(words.content(sentence.text, language)) for sentence in sentences}
    left_out = [name for name, weight in weights.items() if weight >= 3 and name not in cited]
    covered = sum(weight for name, weight in weights.items() if name in cited)
    if covered < _MIN_COVERED * sum(weights.values()):
        raise Unusable(f"no block has these sentences: {', '.join(left_out[:40])}")


def check_subject(
    found: Sequence[Written], sentences: Sequence[Sentence], screens: Sequence[Screen], language: str
) -> None:
    """The reply is about this stretch: enough of its content words were said or shown in it.

    Raises:
        Unusable: it is about something else, another chapter perhaps.
    """
    source = "\n".join([sentence.text for sentence in sentences] + [screen.text for screen in screens])
    said = set(words.content(source, language))
    stated = words.content("\n".join(block.words for block in found), language)
    if len(stated) >= _MIN_JUDGED and sum(word in said for word in stated) < _MIN_SHARED * len(stated):
        raise Unusable("it is about something else than this transcript, another chapter perhaps")


def without_repeats(found: Sequence[Written], before: Collection[str]) -> list[Written]:
    """Each block once; one that comes again gives its sources to the first.

    Args:
        before: `Written.said` of blocks that the chapter has already.
    """
    kept: dict[tuple[str, str], Written] = {}
    for number, block in enumerate(found):
        said = block.said
        if said and said in before:
            continue
        # Figures without a caption say nothing, and are told apart by their screens.
        key = (block.kind, said or f"{block.screens} {number}")
        first = kept.get(key)
        kept[key] = block if first is None else _joined_sources(first, block)
    return list(kept.values())


def _joined_sources(first: Written, second: Written) -> Written:
    return first.model_copy(
        update={
            "sentences": tuple(dict.fromkeys(first.sentences + second.sentences)),
            "screens": tuple(dict.fromkeys(first.screens + second.screens)),
        }
    )


def block_of(
    written: Written,
    block_id: str,
    sentences: Collection[str],
    screens: Sequence[Screen],
    snippets: Offered | None = None,
) -> Block | None:
    """The block, with ids that are not in this stretch dropped; None where nothing of it is left.

    A verified snippet that it names (or copies) is the verified text, whatever the reply has for it.

    Raises:
        Unusable: it says something and names no sentence of this stretch.
    """
    known = {screen.id: screen for screen in screens}
    cited = tuple(dict.fromkeys(name for name in written.sentences if name in sentences))
    shown = tuple(dict.fromkeys(name for name in written.screens if name in known))
    common = {"id": block_id, "writer": _NAME, "kind": written.kind, "sentences": cited, "screens": shown}
    text = " ".join(written.text.split())
    if written.kind == "figure":
        framed = [name for name in shown if known[name].frame is not None]
        if not framed:
            return None
        alt = " ".join(written.alt.split()) or text
        return _made({**common, "screens": framed[:1], "caption": text, "alt": alt})
    if written.kind == "code" and snippets and (name := snippets.named(written.snippet, written.code)):
        return snippets.block(name, block_id, cited, _NAME)
    if written.kind == "code":
        return _code(written, common, [known[name] for name in shown]) if written.code.strip() else None
    items = tuple(" ".join(item.split()) for item in written.items if item.strip())
    if not (items if written.kind == "list" else text):
        return None
    if not cited and written.kind != "heading":
        raise Unusable(
            f"the {written.kind} that begins {written.words[:60]!r} names no sentence of the transcript"
        )
    if written.kind == "tokens":
        # To the letter: spaces are tokens too.
        return _made({**common, "text": written.text, "tokenizer": " ".join(written.language.split())[:40]})
    if written.kind == "list":
        return _made({**common, "items": items, "ordered": written.ordered})
    return _made({**common, "text": text})


def _code(written: Written, common: dict[str, Any], screens: Sequence[Screen]) -> Block:
    code = written.code.strip("\n")
    shown = {identifiers.bare(line.text) for screen in screens for line in screen.lines}
    lines = [identifiers.bare(line) for line in code.splitlines() if line.strip()]
    language = written.language if _LANGUAGE.fullmatch(written.language) else "text"
    origin = "screen" if all(line in shown for line in lines) else "writer"
    return _made({**common, "code": code, "language": language, "origin": origin})


def _made(fields: dict[str, Any]) -> Block:
    try:
        return _BLOCK.validate_python(fields)
    except ValidationError as error:
        raise Unusable(f"a {fields['kind']} is not as it should be: {error.errors()[0]['msg']}") from error
