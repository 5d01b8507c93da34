"""The name of a licence, and the address of its deed."""

from __future__ import annotations

import re

from pipeline.site.links import safe_url

_ADDRESS = re.compile(r"https?://[^\s<>()]+")


def licence_name(licence: str | None) -> str | None:
    """The licence without the address that may stand beside its name.

    >>> licence_name("CC0 1.0 Universal, https://creativecommons.org/publicdomain/zero/1.0/")
    'CC0 1.0 Universal'
    """
    if licence is None:
        return None
    return " ".join(_ADDRESS.sub("", licence).replace("()", "").split()).strip(" ,;:") or licence


def licence_url(licence: str | None) -> str | None:
    """The address that a licence names, else the deed of a Creative Commons licence that names its version.

    >>> licence_url("CC BY-SA 4.0"), licence_url("All rights reserved")
    ('https://creativecommons.org/licenses/by-sa/4.0/', None)
    """
    if licence is None:
        return None
    if (found := _ADDRESS.search(licence)) and (direct := safe_url(found.group().rstrip(".,;"))):
        return direct
    text = licence.lower().replace("creative commons", "cc").replace("attribution", "by")
    words = text.replace("-", " ").replace("_", " ").split()
    if "cc0" in words:
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    parts = [part for part in ("by", "nc", "sa", "nd") if part in words]
    if "cc" not in words or "by" not in parts:
        return None
    version = next((word for word in words if word in ("2.0", "2.5", "3.0", "4.0")), None)
    if version is None:
        return None
    order = [part for part in ("by", "nc", "nd", "sa") if part in parts]
    return f"https://creativecommons.org/licenses/{'-'.join(order)}/{version}/"
