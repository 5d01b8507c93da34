"""Text of captions from bytes, whatever encoding they are in.

charset-normalizer tells alphabets and multi-byte encodings apart, but not Europe's old single-byte ones from each
other: it reads French in cp1252 as the Baltic cp1257 ("Ēa va, garēon"). Words tell them: in the right one, the words
with accents are words of a language that is written in it.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["decoded"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SINGLE_BYTE = {
    "cp1252": "de fr es pt it nl sv da nb fi is ca en",
    "cp1250": "pl cs hu sk sl hr ro",
    "cp1251": "ru uk bg mk",
    "koi8_r": "ru",
    "cp1253": "el",
    "cp1254": "tr",
    "cp1257": "lt lv",
}
"""Encodings, and those languages written in them of which there are word lists."""
_ENOUGH_BYTES = 200_000
_ENOUGH_WORDS = 300
_LEAST_KNOWN = 0.3
_WORD = re.compile(r"[^\W\d_]{3,}")
"""Single letters are words in any of them."""


def decoded(raw: bytes) -> str:
    """The text, without NULs, its lines ending in a newline alone."""
    encoding = next((name for bom, name in _BOMS if raw.startswith(bom)), None) or _guessed(raw)
    text = raw.decode(encoding, "replace")
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _guessed(raw: bytes) -> str:
    # Every second byte NUL is UTF-16 without its mark; a NUL here and there is dirt.
    head = raw[:4000]
    if head.count(0) > len(head) / 4:
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _of_its_words(raw[:_ENOUGH_BYTES].replace(b"\x00", b"")) or _of_its_bytes(raw)
    return "utf-8"


def _of_its_bytes(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:_ENOUGH_BYTES].replace(b"\x00", b"")).best()
    return best.encoding if best else "cp1252"


def _of_its_words(raw: bytes) -> str | None:
    """The single-byte encoding in which the most of the words with other letters than a to z are known; None where
    few are in any, as in text that is in none of them."""
    known = {encoding: _known(raw, encoding) for encoding in _SINGLE_BYTE}
    best = max(known, key=lambda encoding: known[encoding])
    return best if known[best] >= _LEAST_KNOWN else None


def _known(raw: bytes, encoding: str) -> float:
    from wordfreq import get_frequency_dict

    found = _WORD.findall(raw.decode(encoding, "replace").lower())
    words = list(dict.fromkeys(word for word in found if not word.isascii()))[:_ENOUGH_WORDS]
    if not words:
        return 0.0
    lists = (get_frequency_dict(language, "small") for language in _SINGLE_BYTE[encoding].split())
    return max(sum(word in listed for word in words) for listed in lists) / len(words)
