"""What a chapter draws from the reference module: verified snippets, and strings shown taken apart into tokens.

Both are facts of the reference, so they may stand beside what was said. A snippet is its code and output to the
letter. A string is shown in tokens where the text makes a true statement about it, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.models import (
    Block,
    BulletList,
    Code,
    Draft,
    Figure,
    Paragraph,
    Quote,
    SentenceId,
    SnippetPlace,
    Tokens,
    WriterName,
)
from pipeline.reference import Claim, Reference, Snippet, find_snippet

__all__ = ["Offered", "offered", "with_snippets", "with_tokens"]

_TOKENS_A_CHAPTER = 4
_LONGEST_EXAMPLE = 80
"""Characters of a string that is shown in tokens."""
_OFFERED = 5
"""Snippets that a model is shown with one call."""


def _code_of(
    snippet: Snippet,
    reference: Reference,
    block_id: str,
    sentences: Sequence[SentenceId],
    writer: WriterName,
) -> Code:
    """A snippet as a block: its code and output to the letter."""
    return Code(
        id=block_id,
        sentences=tuple(sentences),
        writer=writer,
        code=snippet.code,
        language=snippet.language,
        origin="reference",
        snippet=snippet.name,
        version=f"{reference.name} {snippet.version}",
        title=snippet.title,
        output=snippet.output,
    )


@dataclass(frozen=True)
class Offered:
    """Snippets that a model is shown and may place by name."""

    reference: Reference
    places: Mapping[str, SnippetPlace]

    def __str__(self) -> str:
        """Name, title and code of each, for the prompt."""
        return "\n\n".join(
            f"{one.name}: {one.title}\n{one.code}".rstrip() for one in map(self._find, self.places)
        )

    def named(self, name: str, code: str) -> str | None:
        """The snippet that a reply means: by its name, or by its code to the letter; None for no snippet of these."""
        if name in self.places:
            return name
        same = (one for one in self.places if code.strip() and self._find(one).code.strip() == code.strip())
        return next(same, None)

    def block(self, name: str, block_id: str, sentences: Sequence[SentenceId], writer: WriterName) -> Code:
        """The snippet as it is; without sentences of the reply's, it belongs to the one that it was offered for."""
        named = sentences or (self.places[name].sentence,)
        return _code_of(self._find(name), self.reference, block_id, named, writer)

    def _find(self, name: str) -> Snippet:
        found = find_snippet(self.reference, name)
        assert found is not None
        return found


def offered(
    reference: Reference | None, places: Iterable[SnippetPlace], sentences: Collection[SentenceId]
) -> Offered | None:
    """The snippets that fit a stretch, the surest first; None where there are none."""
    if reference is None:
        return None
    here = [one for one in places if one.sentence in sentences and find_snippet(reference, one.name)]
    best = sorted(here, key=lambda one: not one.sure)[:_OFFERED]
    return Offered(reference, {one.name: one for one in here if one in best}) if here else None


def with_snippets(draft: Draft, places: Iterable[SnippetPlace], reference: Reference | None) -> Draft:
    """The draft with the snippets that fit beyond doubt, each behind its passage and the figures of that.

    What the writer wrote stays as it is, ids included.
    """
    if reference is None:
        return draft
    blocks = list(draft.blocks)
    placed = {block.snippet for block in blocks if isinstance(block, Code)}
    for place in places:
        snippet = find_snippet(reference, place.name)
        at = _last_about(blocks, place.sentence)
        if place.sure and snippet is not None and at is not None and place.name not in placed:
            block_id = _further_id(blocks[at].id, blocks)
            behind = _behind(blocks, at)
            blocks.insert(behind, _code_of(snippet, reference, block_id, (place.sentence,), draft.writer))
    return draft.model_copy(update={"blocks": tuple(blocks)})


def with_tokens(draft: Draft, reference: Reference | None) -> Draft:
    """The draft with the strings in tokens that its prose makes true statements about, each once."""
    if reference is None:
        return draft
    blocks = list(draft.blocks)
    shown = {(block.tokenizer, block.text) for block in blocks if isinstance(block, Tokens)}
    room = _TOKENS_A_CHAPTER - len(shown)
    for block, claim in list(_true_claims(draft, reference)):
        for kind, text in _examples(claim, reference):
            if (kind, text) in shown or room <= 0:
                continue
            shown.add((kind, text))
            room -= 1
            at = blocks.index(block)
            behind = at + 1
            while behind < len(blocks) and isinstance(blocks[behind], Tokens):
                behind += 1
            tokens = Tokens(
                id=_further_id(block.id, blocks), sentences=block.sentences, writer=block.writer,
                tokenizer=kind, text=text,
            )  # fmt: skip
            blocks.insert(behind, tokens)
    return draft.model_copy(update={"blocks": tuple(blocks)})


def _true_claims(draft: Draft, reference: Reference) -> Iterator[tuple[Block, Claim]]:
    """Statements of the prose, read as one text: one that names no tokenizer is about the one named last."""
    prose = [block for block in draft.blocks if isinstance(block, Paragraph | Quote | BulletList)]
    texts = [f"# {' '.join(draft.title.split())}", *(_one_line(block) for block in prose)]
    for claim in reference.claims("\n\n".join(texts)):
        place = (claim.line - 1) // 2 - 1
        if claim.verdict == "true" and 0 <= place < len(prose):
            yield prose[place], claim


def _one_line(block: Paragraph | Quote | BulletList) -> str:
    text = ". ".join(block.items) if isinstance(block, BulletList) else block.text
    return " ".join(text.split())


def _examples(claim: Claim, reference: Reference) -> Iterator[tuple[str, str]]:
    """The strings that a claim is about and that come apart, with the kind they are shown in."""
    if claim.about is None:
        return
    for text in claim.examples:
        pieces = reference.pieces(claim.about, text) if len(text) <= _LONGEST_EXAMPLE else None
        if pieces and len(pieces) > 1:
            yield claim.about, text


# ------------------------------------------------------------------------------------------------- places


def _last_about(blocks: Sequence[Block], sentence: SentenceId) -> int | None:
    """The place of the last block with this sentence that is read, not looked at."""
    about = [
        place
        for place, block in enumerate(blocks)
        if sentence in block.sentences and isinstance(block, Paragraph | BulletList | Quote)
    ]
    return about[-1] if about else None


def _behind(blocks: Sequence[Block], at: int) -> int:
    """Past the figures and code that stand behind a paragraph."""
    end = at + 1
    while end < len(blocks) and isinstance(blocks[end], Figure | Code | Tokens):
        end += 1
    return end


def _further_id(block_id: str, blocks: Sequence[Block]) -> str:
    """An id behind another: that with two digits more, from 50 on, as the editor counts its further ones from 1."""
    taken = {block.id for block in blocks}
    return next(name for number in range(50, 100) if (name := f"{block_id}{number}") not in taken)
