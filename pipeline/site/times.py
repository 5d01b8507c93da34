"""Times as people and formats write them."""

from __future__ import annotations

from pipeline.times import clock as clock


def iso_duration(seconds: float) -> str:
    """A length in ISO 8601.

    >>> iso_duration(3923.4), iso_duration(0)
    ('PT1H5M23S', 'PT0S')
    """
    whole = int(seconds)
    parts = ((whole // 3600, "H"), (whole // 60 % 60, "M"), (whole % 60, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")


def rough_length(seconds: float) -> str:
    """A length in words, to the nearest minute.

    >>> rough_length(8013), rough_length(357.8), rough_length(40), rough_length(3600)
    ('2 h 14 min', '6 min', '40 s', '1 h')
    """
    if seconds < 59.5:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(part for part in (f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes)) if part)


def reading_minutes(words: int) -> int:
    """Minutes it takes to read that many words, at 230 a minute (Brysbaert 2019 has 238 for non-fiction).

    >>> reading_minutes(0), reading_minutes(231), reading_minutes(1150)
    (1, 2, 5)
    """
    return max(1, -(-words // 230))
