"""The edition that goes out: how the site has to be set for the place it is published to."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from pipeline.config import RenderOptions
from pipeline.site.exports import FOLDER
from pipeline.site.library import CARD, Card
from pipeline.site.publish import likely_base_url

FORMS = {"epub": "epub", "pdf": "pdf", "single_file": "html"}
"""Option of the config → suffix of the file that it makes."""


def edition_options(options: RenderOptions, site: Path, to: str, base_url: str | None) -> RenderOptions:
    """The options to set the published pages with.

    What the site at hand was made with for one run only is kept: other forms of the book, the address of the
    video, the address of the site.

    Args:
        options: the config in force.
        site: the site at hand.
        to: where the edition goes.
        base_url: the address that the user named, or None.

    Returns:
        `base_url` is the user's, else the config's, else what the target tells (GitHub's pages), else the one
        that the site has; None if none is known.
    """
    card = _card(site)
    found = {
        option: getattr(options, option) or any((site / FOLDER).glob(f"*.{suffix}"))
        for option, suffix in FORMS.items()
    }
    known = base_url or options.base_url or likely_base_url(to) or (card.base_url if card else None)
    elsewhere = card.media if card and card.media and "://" in card.media else None
    return options.model_copy(
        update={**found, "base_url": known, "video_url": options.video_url or elsewhere}
    )


def _card(site: Path) -> Card | None:
    try:
        return Card.model_validate_json((site / CARD).read_bytes())
    except (OSError, ValidationError):
        return None
