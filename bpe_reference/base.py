"""3. What every tokenizer here can do: train, encode, decode, save, load.

Differs from `textbook.py` in that the functions get a home. A tokenizer holds its merges and what follows from
them, the vocabulary: the bytes that each id stands for.

Saved is everything that encoding depends on, and loading rebuilds all of it: a tokenizer that comes back
encodes as the one that was saved.
"""

from __future__ import annotations

import json
import os
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from .errors import ModelFileError, TokenIdError, TrainingError
from .merging import MAX_TOKENS
from .textbook import Pair, get_stats, merge

__all__ = ["Tokenizer", "get_stats", "merge", "render_token", "replace_control_characters", "well_formed"]

HEADER = "bpe_reference v1"
MINBPE_HEADER = "minbpe v1"


def well_formed(text: str) -> str:
    """The text, with pairs of surrogates joined and lone ones replaced by U+FFFD, as tiktoken does.

    A Python string may hold half a UTF-16 character, for which UTF-8 has no bytes.

    >>> well_formed("a\\ud83d\\ude00b\\ud800c") == "a😀b\\N{REPLACEMENT CHARACTER}c"
    True
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def replace_control_characters(text: str) -> str:
    """The text with control characters spelled out, so that printing it does not disturb the terminal.

    >>> print(replace_control_characters("a\\tb\\n"))
    a\\u0009b\\u000a
    """
    return "".join(ch if unicodedata.category(ch)[0] != "C" else f"\\u{ord(ch):04x}" for ch in text)


def render_token(token: bytes) -> str:
    """A token's bytes for people to read; bytes that are not UTF-8 show as U+FFFD.

    >>> render_token(b" the")
    ' the'
    """
    return replace_control_characters(token.decode("utf-8", errors="replace"))


class Tokenizer(ABC):
    """Merges, the vocabulary they make, and the text between them.

    Attributes:
        vocab: the bytes of every id, special tokens not among them.
        pattern: how text is cut before merging; empty: not at all.
        special_tokens: text to id of tokens that are not made by merging.
    """

    kind: ClassVar[str]
    """The name in a saved file's second line."""

    def __init__(self) -> None:
        self.pattern = ""
        self.special_tokens: dict[str, int] = {}
        self.inverse_special_tokens: dict[int, str] = {}
        self._set_merges({})

    @property
    def merges(self) -> dict[Pair, int]:
        """What each pair merges to, in the order learned."""
        return self._merges

    def _set_merges(self, merges: Mapping[Pair, int]) -> None:
        self._merges = dict(merges)
        self._id_of_pair = {chr(a) + chr(b): idx for (a, b), idx in merges.items()}
        self.vocab: dict[int, bytes] = {idx: bytes([idx]) for idx in range(256)}
        for (a, b), idx in merges.items():
            self.vocab[idx] = self.vocab[a] + self.vocab[b]

    @abstractmethod
    def train(self, text: str, vocab_size: int, verbose: bool = False) -> None:
        """Learn `vocab_size - 256` merges from `text`.

        Raises:
            TrainingError: the size is under 256, or the text has fewer merges than that.
        """

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """The ids of a text."""

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes that ids stand for.

        Raises:
            TokenIdError: ids that the vocabulary does not have, by value and place.
        """
        ids = list(ids)
        parts = [self._bytes_of(idx) for idx in ids]
        missing = [
            (place, idx) for place, (idx, part) in enumerate(zip(ids, parts, strict=True)) if part is None
        ]
        if missing:
            named = ", ".join(f"{idx} at place {place}" for place, idx in missing[:8])
            more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
            raise TokenIdError(
                f"decode: no such token id: {named}{more}",
                kept="nothing was decoded",
                fix=f"give ids that this tokenizer made; its vocabulary is {self._describe_ids()}",
            )
        return b"".join(part for part in parts if part is not None)

    def decode(self, ids: Iterable[int]) -> str:
        """The text that ids stand for; bytes that are not UTF-8 become U+FFFD.

        Not every sequence of ids is text: a token may be half a character.

        Raises:
            TokenIdError: as `decode_bytes`.
        """
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def _bytes_of(self, idx: int) -> bytes | None:
        token = self.vocab.get(idx)
        if token is None and idx in self.inverse_special_tokens:
            return self.inverse_special_tokens[idx].encode("utf-8")
        return token

    def _describe_ids(self) -> str:
        specials = f" and special tokens {sorted(self.inverse_special_tokens)}" if self.special_tokens else ""
        return f"0 to {len(self.vocab) - 1}{specials}"

    # -- training, the part that is the same for all ----------------------------------------------------

    def _merges_wanted(self, vocab_size: int) -> int:
        if not 256 <= vocab_size <= MAX_TOKENS:
            raise TrainingError(
                f"train: a vocabulary of {vocab_size} tokens cannot be: the 256 bytes come first",
                kept="the tokenizer is as it was",
                fix=f"ask for 256 to {MAX_TOKENS} tokens",
            )
        taken = [idx for idx in self.inverse_special_tokens if idx < vocab_size]
        if taken:
            raise TrainingError(
                f"train: a vocabulary of {vocab_size} tokens would run over the special token ids {sorted(taken)}",
                kept="the tokenizer is as it was",
                fix="train first and register the special tokens afterwards",
            )
        return vocab_size - 256

    @staticmethod
    def _too_few(wanted: int, found: int) -> TrainingError:
        return TrainingError(
            f"train: {wanted} merges were asked for, but the text has only {found}",
            kept="the tokenizer is as it was",
            fix=f"ask for a vocabulary of at most {256 + found} tokens, or train on more text",
        )

    @staticmethod
    def _report(number: int, wanted: int, pair: Pair, idx: int, token: bytes, count: int) -> None:
        print(f"merge {number}/{wanted}: {pair} -> {idx} ({token!r}) had {count} occurrences")

    # -- files -------------------------------------------------------------------------------------------

    def save(self, file_prefix: str | os.PathLike[str]) -> None:
        """Write `file_prefix.model`, to load again, and `file_prefix.vocab`, to read.

        The model file has one line that names the format, one for the kind of tokenizer, one of JSON with
        pattern and special tokens, then a line for each merge.
        """
        head = json.dumps({"pattern": self.pattern, "special_tokens": self.special_tokens}, ensure_ascii=True)
        merges = (f"{a} {b}" for a, b in self.merges)
        _write(f"{os.fspath(file_prefix)}.model", "\n".join([HEADER, self.kind, head, *merges]) + "\n")
        self.save_vocab(f"{os.fspath(file_prefix)}.vocab")

    def save_vocab(self, vocab_file: str | os.PathLike[str]) -> None:
        """Write the vocabulary for people to read: each token with the two that it was made from."""
        parents = {idx: pair for pair, idx in self.merges.items()}
        lines = []
        for idx, token in self.vocab.items():
            origin = ""
            if idx in parents:
                left, right = (render_token(self.vocab[part]) for part in parents[idx])
                origin = f"[{left}][{right}] -> "
            lines.append(f"{origin}[{render_token(token)}] {idx}")
        lines += [f"[{text}] {idx}" for text, idx in self.special_tokens.items()]
        _write(vocab_file, "\n".join(lines) + "\n")

    def load(self, model_file: str | os.PathLike[str]) -> None:
        """Become the tokenizer that was saved; minbpe's own files are read too.

        Raises:
            ModelFileError: not a model file, damaged, or of another kind of tokenizer.
            OSError: the file cannot be read.
        """
        path = Path(model_file)
        if path.suffix != ".model":
            raise _unreadable(path, "its name does not end in .model")
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise _unreadable(path, f"it is not UTF-8 text ({error.reason})") from error
        kind, pattern, special_tokens, rows = _read_head(path, lines)
        if kind is None:
            kind = "RegexTokenizer" if pattern else "BasicTokenizer"
        if kind != self.kind:
            raise _unreadable(path, f"it is the model of a {kind}, not of a {self.kind}")
        merges = _read_merges(path, rows)
        self._restore(path, pattern, special_tokens, merges)

    def _restore(
        self, path: Path, pattern: str, special_tokens: dict[str, int], merges: dict[Pair, int]
    ) -> None:
        if pattern or special_tokens:
            raise _unreadable(path, f"a {self.kind} has no pattern and no special tokens")
        self._set_merges(merges)


def _write(path: str | os.PathLike[str], text: str) -> None:
    """Write all or nothing: a run that is killed leaves the old file."""
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def _unreadable(path: Path, why: str) -> ModelFileError:
    return ModelFileError(
        f"load {path}: {why}",
        kept="the tokenizer is as it was",
        fix="load the .model file that save() wrote, with a tokenizer of the same class",
    )


Head = tuple[str | None, str, dict[str, int], Sequence[str]]


def _read_head(path: Path, lines: list[str]) -> Head:
    """Kind, pattern, special tokens and the lines that hold the merges."""
    try:
        if lines[0] == HEADER:
            fields: Any = json.loads(lines[2])
            specials = {str(text): int(idx) for text, idx in fields["special_tokens"].items()}
            return lines[1], str(fields["pattern"]), specials, lines[3:]
        if lines[0] == MINBPE_HEADER:
            number = int(lines[2])
            pairs = [line.rsplit(" ", 1) for line in lines[3 : 3 + number]]
            return None, lines[1], {text: int(idx) for text, idx in pairs}, lines[3 + number :]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path, f"its head is damaged ({error})") from error
    raise _unreadable(path, f"its first line is neither {HEADER!r} nor {MINBPE_HEADER!r}")


def _read_merges(path: Path, rows: Sequence[str]) -> dict[Pair, int]:
    if not rows or rows[-1] != "":
        raise _unreadable(path, "it ends in the middle of a line")
    merges: dict[Pair, int] = {}
    for idx, row in enumerate(rows[:-1], 256):
        numbers = row.split(" ")
        if len(numbers) != 2 or not all(n.isascii() and n.isdigit() and int(n) < idx for n in numbers):
            raise _unreadable(path, f"the line of token {idx} is not two earlier ids: {row!r}")
        pair = (int(numbers[0]), int(numbers[1]))
        if pair in merges:
            raise _unreadable(path, f"tokens {merges[pair]} and {idx} are made of the same pair {pair}")
        merges[pair] = idx
    return merges
