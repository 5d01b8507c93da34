"""8. SentencePieceTokenizer: merges over code points, with bytes to fall back on.

Differs from all before it in what is merged. GPT's tokenizers turn text into UTF-8 first and merge bytes;
sentencepiece (https://github.com/google/sentencepiece), which made Llama 2's vocabulary, merges code points, and only a
character that its training text had too rarely is spelled as the bytes of its UTF-8: `<0xEC>`, `<0x95>`, ... A space
is a character like any other, shown as "▁", and one is put before the text, so that "world" is the same token at the
start of a text as within it (the dummy prefix).

    >>> tokenizer = SentencePieceTokenizer.train("hello hello hallo there the other the", vocab_size=275)
    >>> ids = tokenizer.encode("hello 안")
    >>> [tokenizer.id_to_piece(i) for i in ids]
    ['▁hello', '▁', '<0xEC>', '<0x95>', '<0x88>']
    >>> tokenizer.decode(ids)
    'hello 안'

A `.model` file is a protocol buffer; `_fields` reads what is needed of that format. A model trained by the library
with `model_type="bpe"` and `normalization_rule_name="identity"` encodes and decodes here as it does there.
"""

from __future__ import annotations

import os
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import islice
from pathlib import Path

from .base import well_formed
from .errors import ModelFileError, TokenIdError, TrainingError
from .merging import learn_merges

__all__ = ["Piece", "SentencePieceTokenizer"]

SPACE = "▁"
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
UNKNOWN_SURFACE = " ⁇ "
CACHE_SIZE = 1 << 16
"""Words remembered with their pieces."""


@dataclass(frozen=True)
class Piece:
    """One token: its text, its score (the higher, the earlier it merges) and its type."""

    text: str
    score: float
    type: int = NORMAL


@dataclass
class _Options:
    """How text is prepared, as the model file says it."""

    byte_fallback: bool = False
    add_dummy_prefix: bool = True
    remove_extra_whitespaces: bool = True
    unknown_surface: str = UNKNOWN_SURFACE


@dataclass
class _Symbol:
    """A piece while it merges: a link in a list. An empty text: gone into its left neighbour."""

    text: str
    left: int
    right: int
    frozen: bool = field(default=False)


class SentencePieceTokenizer:
    """Code-point BPE in the manner of sentencepiece.

    Args:
        pieces: the vocabulary; a piece's place is its id.
        byte_fallback: unknown characters become bytes (256 pieces of type `BYTE` must be there).
        add_dummy_prefix: put a space before the text.
        remove_extra_whitespaces: drop spaces at both ends and of several leave one.
    """

    def __init__(
        self,
        pieces: Iterable[Piece],
        *,
        byte_fallback: bool = False,
        add_dummy_prefix: bool = True,
        remove_extra_whitespaces: bool = True,
        unknown_surface: str = UNKNOWN_SURFACE,
    ) -> None:
        self.pieces = list(pieces)
        self.options = _Options(byte_fallback, add_dummy_prefix, remove_extra_whitespaces, unknown_surface)
        self._id_of = {p.text: i for i, p in enumerate(self.pieces) if p.type in (NORMAL, USER_DEFINED)}
        self._byte_ids = {int(p.text[1:-1], 16): i for i, p in enumerate(self.pieces) if p.type == BYTE}
        self._unknown_id = next((i for i, p in enumerate(self.pieces) if p.type == UNKNOWN), 0)
        fixed = sorted((p.text for p in self.pieces if p.type == USER_DEFINED), key=len, reverse=True)
        self._fixed = re.compile("|".join(map(re.escape, fixed))) if fixed else None
        self._crosses_words = any(re.search(f"[^{SPACE}]{SPACE}", text) for text in self._id_of)
        self._cache: dict[str, list[str]] = {}

    @property
    def vocab_size(self) -> int:
        """Number of pieces."""
        return len(self.pieces)

    def id_to_piece(self, idx: int) -> str:
        """The piece's text, "▁" for a space.

        Raises:
            TokenIdError: no such id.
        """
        if not 0 <= idx < len(self.pieces):
            raise TokenIdError(
                f"no such token id: {idx}",
                kept="nothing was decoded",
                fix=f"give an id from 0 to {len(self.pieces) - 1}",
            )
        return self.pieces[idx].text

    # -- encoding ------------------------------------------------------------------------------------------

    def encode(self, text: str) -> list[int]:
        """The ids of a text; lone surrogates count as U+FFFD."""
        ids: list[int] = []
        for piece in self._pieces_of(self._normalize(well_formed(text))):
            known = self._id_of.get(piece)
            if known is not None:
                ids.append(known)
            elif self.options.byte_fallback:
                ids += [self._byte_ids[byte] for byte in piece.encode("utf-8")]
            elif not ids or ids[-1] != self._unknown_id:
                ids.append(self._unknown_id)  # a run of unknown characters is one unknown piece
        return ids

    def _pieces_of(self, text: str) -> Iterator[str]:
        """The merged text, piece by piece; word by word where no piece runs on into the next word's space."""
        if self._crosses_words:
            yield from self._merge(self._symbols(text))
            return
        for word in re.findall(f"{SPACE}+[^{SPACE}]*|[^{SPACE}]+", text):
            known = self._cache.get(word)
            if known is None:
                if len(self._cache) >= CACHE_SIZE:
                    self._cache.clear()
                known = self._cache[word] = list(self._merge(self._symbols(word)))
            yield from known

    def _normalize(self, text: str) -> str:
        if self.options.remove_extra_whitespaces:
            text = re.sub(" +", " ", text.strip(" "))
        if text and self.options.add_dummy_prefix:
            text = " " + text
        text = text.replace(" ", SPACE)
        # At the end the library takes a "▁" that the text itself holds for a space; at the beginning it does not.
        return text.rstrip(SPACE) if self.options.remove_extra_whitespaces else text

    def _symbols(self, text: str) -> list[_Symbol]:
        """One symbol a character, and one for each user-defined piece, which does not merge."""
        spans: list[tuple[str, bool]] = []
        place = 0
        for match in self._fixed.finditer(text) if self._fixed else ():
            spans += [(ch, False) for ch in text[place : match.start()]] + [(match[0], True)]
            place = match.end()
        spans += [(ch, False) for ch in text[place:]]
        last = len(spans) - 1
        return [_Symbol(t, i - 1, i + 1 if i < last else -1, frozen) for i, (t, frozen) in enumerate(spans)]

    def _merge(self, symbols: list[_Symbol]) -> Iterator[str]:
        """Merge the neighbours that make the piece with the highest score, the leftmost first, and again."""
        agenda: list[tuple[float, int, int, int]] = []

        def offer(left: int, right: int) -> None:
            if left < 0 or right < 0 or symbols[left].frozen or symbols[right].frozen:
                return
            text = symbols[left].text + symbols[right].text
            idx = self._id_of.get(text)
            if idx is not None:
                heappush(agenda, (-self.pieces[idx].score, left, right, len(text)))

        for i in range(1, len(symbols)):
            offer(i - 1, i)
        heapify(agenda)
        while agenda:
            _, left, right, length = heappop(agenda)
            a, b = symbols[left], symbols[right]
            if not a.text or not b.text or len(a.text) + len(b.text) != length:
                continue  # one of them has merged with another neighbour meanwhile
            a.text += b.text
            b.text = ""
            a.right = b.right
            if b.right >= 0:
                symbols[b.right].left = left
            offer(a.left, left)
            offer(left, a.right)
        return (symbol.text for symbol in symbols if symbol.text)

    # -- decoding ------------------------------------------------------------------------------------------

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids: spaces restored, the dummy prefix taken off, bytes joined to characters.

        Raises:
            TokenIdError: an id that is not in the vocabulary.
        """
        out: list[str] = []
        pending = bytearray()
        at_start, took_space = True, False
        for idx in ids:
            text = self.id_to_piece(idx)
            if self.pieces[idx].type == BYTE:
                pending.append(int(text[1:-1], 16))
                continue
            out.append(_decode_bytes(pending))
            pending.clear()
            if took_space or any(out):
                at_start = False
            text, took_space = self._surface(idx, text, at_start)
            out.append(text)
        out.append(_decode_bytes(pending))
        return "".join(out)

    def _surface(self, idx: int, text: str, at_start: bool) -> tuple[str, bool]:
        """A piece as text, and whether the space at the text's start was taken off it."""
        kind = self.pieces[idx].type
        if kind == CONTROL:
            return "", False
        if kind == UNKNOWN:
            return self.options.unknown_surface, False
        took = False
        if at_start and (self.options.add_dummy_prefix or self.options.remove_extra_whitespaces):
            took = text.startswith(SPACE)
            text = text.removeprefix(SPACE)
            if self.options.remove_extra_whitespaces:
                took = False  # further spaces at the start go too
        return text.replace(SPACE, " "), took

    # -- training ------------------------------------------------------------------------------------------

    @classmethod
    def train(cls, text: str, vocab_size: int, *, character_coverage: float = 1.0) -> SentencePieceTokenizer:
        """Learn a vocabulary: unknown, start and end, the 256 bytes, merges, single characters.

        No merge crosses a space or joins digits.

        Args:
            text: any text.
            vocab_size: pieces in all.
            character_coverage: the share of the text's characters that get a piece; the rarest fall back to bytes.

        Raises:
            TrainingError: the size leaves no room for the characters, or the text has too few merges.
        """
        words = Counter(SPACE + word for word in well_formed(text).split())
        letters = _frequent_letters(words, character_coverage)
        head = [Piece("<unk>", 0, UNKNOWN), Piece("<s>", 0, CONTROL), Piece("</s>", 0, CONTROL)]
        head += [Piece(f"<0x{byte:02X}>", 0, BYTE) for byte in range(256)]
        wanted = vocab_size - len(head) - len(letters)
        if wanted < 0:
            raise TrainingError(
                f"train: a vocabulary of {vocab_size} pieces has no room for the {len(letters)} characters of the text",
                kept="nothing",
                fix=f"ask for at least {len(head) + len(letters)} pieces, or lower character_coverage",
            )
        merged = list(islice(_learn_pieces(words, letters), wanted))
        if len(merged) < wanted:
            raise TrainingError(
                f"train: {wanted} merges were asked for, but the text has only {len(merged)}",
                kept="nothing",
                fix=f"ask for at most {vocab_size - wanted + len(merged)} pieces, or train on more text",
            )
        pieces = [Piece(piece, -float(rank)) for rank, piece in enumerate(merged + letters)]
        return cls(head + pieces, byte_fallback=True, remove_extra_whitespaces=False)

    # -- files ---------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, model_file: str | os.PathLike[str]) -> SentencePieceTokenizer:
        """Read a `.model` file of sentencepiece, or of `save`.

        Raises:
            ModelFileError: damaged, not a BPE model, or with a normalization that is not done here.
            OSError: the file cannot be read.
        """
        path = Path(model_file)
        try:
            return cls._parse(path.read_bytes())
        except (IndexError, KeyError, struct.error, UnicodeDecodeError, ValueError, TypeError) as error:
            what = error.what if isinstance(error, ModelFileError) else f"not a sentencepiece model ({error})"
            raise ModelFileError(
                f"load {path}: {what}",
                kept="nothing",
                fix='train the model with model_type="bpe" and normalization_rule_name="identity"',
            ) from error

    @classmethod
    def _parse(cls, data: bytes) -> SentencePieceTokenizer:
        pieces: list[Piece] = []
        trainer: dict[int, int | bytes] = {}
        normalizer: dict[int, int | bytes] = {}
        for number, value in _fields(data):
            if number == 1:
                spec = dict(_fields(_bytes(value)))
                score = struct.unpack("<f", _bytes(spec.get(2, b"\0\0\0\0")))[0]
                pieces.append(Piece(_bytes(spec[1]).decode("utf-8"), score, _int(spec.get(3, NORMAL))))
            elif number == 2:
                trainer = dict(_fields(_bytes(value)))
            elif number == 3:
                normalizer = dict(_fields(_bytes(value)))
        problem = _unsupported(pieces, trainer, normalizer)
        if problem:
            raise ModelFileError(problem, kept="nothing", fix="")
        return cls(
            pieces,
            byte_fallback=bool(trainer.get(35, 0)),
            add_dummy_prefix=bool(normalizer.get(3, 1)),
            remove_extra_whitespaces=bool(normalizer.get(4, 1)),
            unknown_surface=_bytes(trainer.get(44, UNKNOWN_SURFACE.encode())).decode("utf-8"),
        )

    def save(self, file_prefix: str | os.PathLike[str]) -> None:
        """Write `file_prefix.model`, which sentencepiece reads too."""
        o = self.options
        data = b"".join(_message(1, _piece_message(piece)) for piece in self.pieces)
        trainer = (
            _varint_field(3, 2) + _varint_field(4, len(self.pieces)) + _varint_field(35, o.byte_fallback)
        )
        trainer += _message(44, o.unknown_surface.encode())
        flags = (3, o.add_dummy_prefix), (4, o.remove_extra_whitespaces), (5, True)
        normalizer = _message(1, b"identity") + b"".join(
            _varint_field(number, flag) for number, flag in flags
        )
        path = Path(f"{os.fspath(file_prefix)}.model")
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(data + _message(2, trainer) + _message(3, normalizer))
        partial.replace(path)


def _frequent_letters(words: Counter[str], coverage: float) -> list[str]:
    """The characters that get pieces, the most frequent first."""
    counts: Counter[str] = Counter()
    for word, times in words.items():
        for ch in word:
            counts[ch] += times
    total, covered, letters = counts.total(), 0, []
    for ch, times in counts.most_common():
        if covered >= coverage * total:
            break
        letters.append(ch)
        covered += times
    return letters


def _learn_pieces(words: Counter[str], letters: list[str]) -> Iterator[str]:
    """Merged pieces, the best first. The letters are numbered, since a merge's id must be no letter's."""
    number = {ch: i for i, ch in enumerate(letters)}
    texts = list(letters)
    runs: Counter[str] = Counter()
    for word, times in words.items():
        # Digits and characters without a piece stand alone: they end a run of what may merge.
        for run in re.split(r"\d", "".join(ch if ch in number else "0" for ch in word)):
            runs["".join(chr(number[ch]) for ch in run)] += times
    seen = set(texts)
    for found in learn_merges(runs, first_id=len(texts)):
        piece = texts[ord(found.pair[0])] + texts[ord(found.pair[1])]
        texts.append(piece)
        if piece not in seen:  # two ways to the same text are one piece
            seen.add(piece)
            yield piece


def _decode_bytes(data: bytes | bytearray) -> str:
    """UTF-8 with U+FFFD for each byte that is part of no character."""
    out = []
    place = 0
    while place < len(data):
        lead = data[place]
        size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        try:
            out.append(bytes(data[place : place + size]).decode("utf-8"))
            place += size
        except UnicodeDecodeError:
            out.append("\N{REPLACEMENT CHARACTER}")
            place += 1
    return "".join(out)


# -- protocol buffers, as far as needed (https://protobuf.dev/programming-guides/encoding/) ------------------


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message: numbers as int, everything else as bytes."""
    place = 0
    while place < len(data):
        key, place = _read_varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _read_varint(data, place)
            yield number, value
            continue
        if wire == 2:
            size, place = _read_varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire} at byte {place}")
        if place + size > len(data):
            raise ValueError("it ends in the middle of a field")
        yield number, data[place : place + size]
        place += size


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7


def _int(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise TypeError("a number was expected")
    return value


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("bytes were expected")
    return value


def _unsupported(
    pieces: list[Piece], trainer: dict[int, int | bytes], normalizer: dict[int, int | bytes]
) -> str | None:
    """What of a model cannot be done here."""
    if not pieces:
        return "it has no pieces"
    if trainer.get(3, 1) != 2:
        return "its model type is not BPE"
    if normalizer.get(2):
        return "its text is normalized by a table, which is not done here"
    if not normalizer.get(5, 1) or trainer.get(24):
        return "it treats white space in a way that is not done here"
    kinds = {piece.type for piece in pieces} - {NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE}
    if kinds:
        return f"it has pieces of type {sorted(kinds)}"
    byte_pieces = sum(piece.type == BYTE for piece in pieces)
    if trainer.get(35) and byte_pieces != 256:
        return f"it falls back to bytes and has {byte_pieces} of the 256"
    return None


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _message(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _piece_message(piece: Piece) -> bytes:
    score = _varint(2 << 3 | 5) + struct.pack("<f", piece.score)
    return _message(1, piece.text.encode("utf-8")) + score + _varint_field(3, piece.type)
