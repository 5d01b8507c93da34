"""A chapter's blocks made ready to print: Markdown set, code highlighted, tokens cut, references marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from pipeline.models import (
    Block,
    BlockFinding,
    BulletList,
    Code,
    Exercise,
    Figure,
    Heading,
    Paragraph,
    Quote,
    Screen,
    Sentence,
    Tokens,
)
from pipeline.site import markdown
from pipeline.site.anchors import Anchors
from pipeline.site.citations import at_end, cited
from pipeline.site.code import highlight, language_name
from pipeline.site.figures import Figure as Picture
from pipeline.site.marks import mark
from pipeline.site.memo import Memo
from pipeline.site.text import one_line, printable
from pipeline.site.views import BlockView, Chip, Moment

Chips = Callable[[str, str], Sequence[tuple[str, int]] | None]
"""`chips(tokenizer, text)`: the text's pieces with their token ids; None for an unknown tokenizer."""

TOKEN_COLOURS = 5


@dataclass(frozen=True)
class BlockSetter:
    """Sets blocks.

    Attributes:
        sentences, screens: what blocks name, by id.
        moment: makes the link to a time.
        pictures: encoded frames by screen id.
        chips: cuts text into tokens, or None where no reference module is set.
        memo: remembers converted text.
        mentions: sentence id -> numbers and names of the references that it mentions.
        spoken, language: tags of the lecture's and of the book's language.
    """

    sentences: Mapping[str, Sentence]
    screens: Mapping[str, Screen]
    moment: Callable[[float], Moment]
    pictures: Mapping[str, Picture]
    chips: Chips | None
    memo: Memo
    mentions: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]
    spoken: str
    language: str

    @property
    def curl(self) -> bool:
        """Whether quotation marks are curled: as English does."""
        return self.language.lower().startswith("en")

    def view(self, block: Block, finding: BlockFinding | None, anchors: Anchors) -> BlockView:
        """The block as its page prints it, with what its check came to beside it."""
        said = [self.sentences[name] for name in block.sentences if name in self.sentences]
        shown = [self.screens[name] for name in block.screens if name in self.screens]
        start_s, end_s = _span(said, shown)
        # The editor edits what was said, in the language it was said in.
        in_spoken = block.writer == "editor" and self.spoken != self.language
        view = BlockView(
            kind=block.kind,
            anchor=anchors.of(block),
            id=block.id,
            moment=None if start_s is None else self.moment(start_s),
            start_s=start_s,
            end_s=end_s,
            sentences=tuple(one.id for one in said),
            mark=mark(block, finding, in_spoken),
            lang=self.spoken if in_spoken else "",
            writer=block.writer,
            source=block,
        )
        return self._cited(self._filled(view, block))

    def _filled(self, view: BlockView, block: Block) -> BlockView:
        match block:
            case Heading():
                html = markdown.inline(one_line(block.text), curl=self.curl, memo=self.memo)
                return replace(view, html=html, text=markdown.plain(html), level=block.level)
            case Paragraph():
                html = markdown.inline(block.text, curl=self.curl, memo=self.memo)
                return replace(view, html=html, text=markdown.plain(html))
            case Quote() | Exercise():
                html = markdown.block(block.text, memo=self.memo)
                return replace(view, html=html, text=markdown.plain(html))
            case BulletList():
                items = tuple(markdown.inline(item, curl=self.curl, memo=self.memo) for item in block.items)
                text = " ".join(markdown.plain(item) for item in items)
                return replace(view, items=items, text=text, ordered=block.ordered)
            case Code():
                return replace(
                    view,
                    html=highlight(block.code, block.language, memo=self.memo),
                    language=language_name(block.language),
                    title=one_line(block.title),
                    output=printable(block.output) if block.output else None,
                    text=printable(block.code),
                )
            case Figure():
                caption = markdown.inline(one_line(block.caption), curl=self.curl, memo=self.memo)
                return replace(
                    view,
                    html=caption,
                    text=markdown.plain(caption),
                    alt=one_line(block.alt),
                    picture=self.pictures.get(block.screens[0]),
                )
            case Tokens():
                return replace(
                    view,
                    text=printable(block.text),
                    tokenizer=one_line(block.tokenizer),
                    chips=(chips := self._chip_views(block)),
                    title=token_counts(printable(block.text), len(chips)) if chips else "",
                )

    def _chip_views(self, block: Tokens) -> tuple[Chip, ...]:
        pieces = self.chips(block.tokenizer, block.text) if self.chips else None
        return tuple(
            Chip(_visible(text), number, place % TOKEN_COLOURS)
            for place, (text, number) in enumerate(pieces or ())
        )

    def _cited(self, view: BlockView) -> BlockView:
        """The block with marks that lead to the references it mentions."""
        mentions = dict(one for name in view.sentences for one in self.mentions.get(name, ()))
        if not mentions or view.kind not in ("paragraph", "list", "quote", "exercise"):
            return view
        if view.kind != "list":
            html, missing = cited(view.html, mentions.items())
            return replace(view, html=at_end(html, missing) if view.kind == "paragraph" else html)
        items: list[Markup] = []
        for item in view.items:
            html, missing = cited(item, mentions.items())
            mentions = {number: mentions[number] for number in missing}
            items.append(html)
        return replace(view, items=tuple(items))


def with_shown_moments(views: Sequence[BlockView]) -> tuple[BlockView, ...]:
    """Each time once: a paragraph always shows its own, a heading not the one of the paragraph below it, any
    other block not the one that was shown last."""
    made: list[BlockView] = []
    shown = ""
    for view, below in zip(views, [*views, None][1:], strict=True):
        if view.moment is not None and not _said_beside(view, below, shown):
            shown = view.moment.clock
            view = replace(view, shown_moment=view.moment)
        made.append(view)
    return tuple(made)


def _said_beside(view: BlockView, below: BlockView | None, shown: str) -> bool:
    clock_here = view.moment.clock if view.moment else ""
    if view.kind == "heading":
        return bool(below and below.kind == "paragraph" and below.moment and below.moment.clock == clock_here)
    return view.kind != "paragraph" and clock_here == shown


def _span(said: Sequence[Sentence], shown: Sequence[Screen]) -> tuple[float | None, float | None]:
    if said:
        return min(one.start_s for one in said), max(one.end_s for one in said)
    if shown:
        return min(one.start_s for one in shown), max(one.end_s for one in shown)
    return None, None


_SPACES = str.maketrans({" ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u3000": "□"})


def _visible(text: str) -> str:
    """A token's text with its white space visible.

    >>> _visible(" world\\n")
    '·world⏎'
    """
    return printable(text.translate(_SPACES))


def token_counts(text: str, tokens: int) -> str:
    """What stands beside a string in tokens.

    >>> token_counts("안녕", 6)
    '2 characters, 6 bytes, 6 tokens'
    """
    sizes = ((len(text), "character"), (len(text.encode("utf-8", "replace")), "byte"), (tokens, "token"))
    return ", ".join(f"{size:,} {unit}{'' if size == 1 else 's'}" for size, unit in sizes)
