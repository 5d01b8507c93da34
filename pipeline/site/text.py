"""Text from outside, made fit to print: no characters that break XML, hide, or turn the line around."""

from __future__ import annotations

import re
import unicodedata

# What XML 1.0 forbids, and the invisible controls that reorder text (bidirectional overrides).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]"
)


def printable(text: str) -> str:
    """The text without control characters and bidirectional overrides; line ends become `\\n`.

    >>> printable("a\\x00b\\u202ec\\r\\nd")
    'abc\\nd'
    """
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The same on one line, for titles, captions and attributes.

    >>> one_line("  Byte \\n pair ")
    'Byte pair'
    """
    return " ".join(printable(text).split())


def curled(text: str, language: str) -> str:
    """English text with the quotation marks and apostrophes of print; other languages have others.

    >>> curled('GPT-2 says "hello"', "en"), curled("it's the '90s ('x')", "en"), curled("l'eau", "fr")
    ('GPT-2 says “hello”', 'it’s the ’90s (‘x’)', "l'eau")
    """
    if language.split("-")[0].lower() != "en":
        return text
    text = re.sub(r"'(?=\d\ds?\b)", "’", text)
    text = re.sub(r"(^|[\s(\[–—])\"", r"\1“", text).replace('"', "”")
    return re.sub(r"(^|[\s(\[–—“])'", r"\1‘", text).replace("'", "’")


def language_tag(text: str) -> str:
    """A BCP 47 tag, or "und" (undetermined) for what is not one.

    >>> language_tag("de-AT"), language_tag('en"><script>')
    ('de-AT', 'und')
    """
    return text if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", text) else "und"


def slug(text: str) -> str:
    """A title as part of an anchor: lower-case ASCII words joined by hyphens; "" if nothing is left.

    >>> slug("Déjà vu: the `merge` loop!"), slug("字节")
    ('deja-vu-the-merge-loop', '')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].rstrip("-")


def count_words(text: str) -> int:
    """Words separated by space."""
    return len(text.split())
