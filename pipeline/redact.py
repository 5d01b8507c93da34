"""Keeps secrets out of whatever is shown, logged or stored: keys, passwords in addresses, signed queries.

What counts as one: the values of the environment's variables that are named like keys, and what is written where
keys are written. It is better to blot out a word too many than to print a key.
"""

from __future__ import annotations

__all__ = ["MARK", "public_url", "redact"]

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MARK = "[redacted]"
SHORTEST = 6
"""Characters; a shorter value is a placeholder ("none") that stands in many a word."""

_NAMED_SO = re.compile(
    r"(?:^|_)(?:API_?KEY|ACCESS_?KEY|KEY|TOKEN|SECRET|PASS(?:WORD|WD|PHRASE)?|CREDENTIALS?|COOKIES?)(?:_|$)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:x-(?:amz|goog)-[^&=]*|(?:access_?|auth_?|id_?|api_?)?(?:token|key)|sig(?:nature)?|s?secret|password|pass(?:wd)?"
    r"|auth|policy|key-pair-id|hdnts|hdnea|credential)",
    re.IGNORECASE,
)
_PATTERNS = (
    # A name and password before the host of an address.
    (re.compile(r"(?<=://)[^/\s@'\"<>]+(?=@)"), MARK),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1 {MARK}"),
    (
        re.compile(
            r"(?P<name>\b(?:proxy-)?authorization|\bset-cookie|\bcookie|\bx?-?api[-_]?key|\bpassword|\bsecret)"
            r"(?P<is>['\"]?\s*[:=]\s*)(?P<quote>['\"]?)(?!\s*(?:bearer|basic)\s)[^'\"\s,;&})]{4,}(?P=quote)",
            re.IGNORECASE,
        ),
        rf"\g<name>\g<is>\g<quote>{MARK}\g<quote>",
    ),
    (re.compile(r"\b(?:sk|pk|rk|ghp|gho|glpat|hf|xox[abp])[-_][A-Za-z0-9_-]{12,}"), MARK),
    (re.compile(rf"(?<=[?&])((?:{_SIGNED.pattern})=)[^&\s#'\"<>]+", re.IGNORECASE), rf"\1{MARK}"),
)


def redact(text: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` without secrets.

    >>> redact("GET https://me:pass@example.org/talk.mp4?token=abc&v=1", {})
    'GET https://[redacted]@example.org/talk.mp4?token=[redacted]&v=1'
    >>> redact("wrong key: hunter2hunter2", {"OPENAI_API_KEY": "hunter2hunter2"})
    'wrong key: [redacted]'
    """
    values = _secrets(tuple(sorted((os.environ if environment is None else environment).items())))
    for value in values:
        text = text.replace(value, MARK)
    for pattern, mark in _PATTERNS:
        text = pattern.sub(mark, text)
    return text


@lru_cache(maxsize=4)
def _secrets(environment: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Values to blot out, the longest first, since one may stand inside another. A path is no key."""
    found = {
        value.strip()
        for name, value in environment
        if _NAMED_SO.search(name) and len(value.strip()) >= SHORTEST and not value.startswith("/")
    }
    return tuple(sorted(found, key=len, reverse=True))


def public_url(url: str) -> str:
    """An address fit to be stored and published: without name and password, and without a signed query's secrets.

    >>> public_url("https://me:secret@example.org:8443/talk?v=1&X-Amz-Signature=ab12")
    'https://example.org:8443/talk?v=1'
    >>> public_url("https://example.org/a?b=%2F&c")  # nothing to take out: to the letter
    'https://example.org/a?b=%2F&c'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return redact(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not _SIGNED.fullmatch(name)]
    changed = parts if len(kept) == len(query) else parts._replace(query=urlencode(kept))
    return urlunsplit(changed._replace(netloc=parts.netloc.rpartition("@")[2]))
