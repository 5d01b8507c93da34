"""`lecturebook article`."""

from __future__ import annotations

from pipeline.commands import common


def article(
    url: common.Url,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
    strict: common.Strict = False,
) -> None:
    """Turn a lecture into a linked article. The last line printed is the path of its index page."""
    common.make(url, common.load(config_file, settings), strict)
