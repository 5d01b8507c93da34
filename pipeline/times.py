"""Times as people write them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """A moment of a video; hours are never dropped.

    >>> clock(3923.4), clock(65), clock(5)
    ('1:05:23', '1:05', '0:05')
    """
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def spell(seconds: float) -> str:
    """A stretch of time, as exactly as it deserves.

    >>> spell(0.42), spell(7.25), spell(75), spell(3700)
    ('0.4 s', '7 s', '1 min 15 s', '1 h 2 min')
    """
    if seconds < 5:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
