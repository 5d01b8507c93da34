"""The tokenizer as a subject of lectures: what a chapter can draw on, behind one interface.

The main program knows nothing of tokenizers. It asks a module that its configuration names (`reference.module`) for
an object `REFERENCE`; this is that object. A module on another subject offers the same five things.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from .chips import example, html, markdown, plain, text_of
from .errors import UnknownNameError
from .snippets import VERSION, Snippet, all_snippets

if TYPE_CHECKING:
    from .claims import CheckedClaim

__all__ = ["REFERENCE", "BpeReference"]


class BpeReference:
    """Snippets, token examples and claims of byte pair encoding."""

    name = "bpe_reference"
    version = VERSION

    def snippets(self) -> Sequence[Snippet]:
        """Every verified snippet, in the order of the lecture."""
        return all_snippets()

    def pieces(self, kind: str, text: str) -> Sequence[tuple[str, int]] | None:
        """A text's tokens with their ids; None for a tokenizer (`kind`) that is not here.

        Half characters are their bytes in hex.

        >>> REFERENCE.pieces("gpt2", "hello world")
        [('hello', 31373), (' world', 995)]
        """
        try:
            shown = example(text, kind)
        except UnknownNameError:
            return None
        return [(text_of(chip), chip.idx) for chip in shown.chips]

    def example(self, kind: str, text: str, form: Literal["html", "markdown", "text"]) -> str | None:
        """A text as token chips; None for a tokenizer (`kind`) that is not here."""
        forms = {"html": html, "markdown": markdown, "text": plain}
        try:
            return forms[form](text, kind)
        except UnknownNameError:
            return None

    def claims(self, text: str, *, html: bool = False, about: str | None = None) -> Sequence[CheckedClaim]:
        """What a text states about tokens, each statement with its verdict.

        Args:
            text: Markdown, or HTML where `html` is true.
            html: how to read the text.
            about: the tokenizer that is meant until the text names one.
        """
        # Not at the top: its many patterns take longer to compile than the rest of the package to load.
        from .claims import check

        return check(text, html=html, tokenizer=about)


REFERENCE = BpeReference()
