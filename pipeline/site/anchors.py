"""Where a block, a section or a term can be linked to on its page."""

from __future__ import annotations

from pipeline.models import Block, Figure, Heading
from pipeline.site.text import slug


class Anchors:
    """Anchors that survive: made of what a block is about, not of its place in the chapter.

    A paragraph's is its first sentence's id, a figure's its screen's; so a chapter written anew keeps the
    anchors of what it still says, and other chapters keep theirs altogether.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.taken: set[str] = set()

    def of(self, block: Block) -> str:
        if isinstance(block, Heading):
            return self.unique(f"{self.prefix}-{slug(block.text) or block.id}")
        if isinstance(block, Figure):
            return self.unique(f"{self.prefix}-{block.screens[0]}")
        if block.sentences:
            return self.unique(block.sentences[0])
        return self.unique(block.id)

    def unique(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}-{count}"
        self.taken.add(name)
        return name
