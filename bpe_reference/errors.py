"""What can go wrong in a tokenizer, as one small tree.

Every message has three lines: what failed and where; what was kept; what to do. This package stands on its
own, so the errors are built-in `ValueError`s and `OSError`s at heart, not the main program's.
"""

from __future__ import annotations

__all__ = [
    "BpeError",
    "ModelFileError",
    "RankTableError",
    "SpecialTokenError",
    "TokenIdError",
    "TrainingError",
    "UnknownNameError",
]


class BpeError(ValueError):
    """The tokenizer was asked for something that it cannot do.

    Args:
        what: what failed and where.
        kept: the state that things are left in.
        fix: what to do about it.
    """

    def __init__(self, what: str, *, kept: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.kept = kept
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  kept: {self.kept}\n  fix: {self.fix}"


class TrainingError(BpeError):
    """A vocabulary size that is too small, or more merges than the text has."""


class TokenIdError(BpeError):
    """Ids that the vocabulary does not have."""


class SpecialTokenError(BpeError):
    """Special tokens in a text that may not have them, or registered under an id that is taken."""


class ModelFileError(BpeError):
    """A saved tokenizer that cannot be read back."""


class RankTableError(BpeError):
    """A rank table that is missing or is not the one on record."""


class UnknownNameError(BpeError, KeyError):
    """A tokenizer or snippet of that name does not exist."""
