"""The rank tables of GPT-2 and GPT-4, which come with this package.

A rank table lists every token's bytes in the order in which training found them: base64, a space, the rank. The
rank is the token's id. The files are tiktoken's r50k_base and cl100k_base (MIT licence), compressed; what they
decompress to is checked against the hashes below, so that a damaged table is never used.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from base64 import b64decode
from functools import cache
from importlib.resources import files

from .errors import RankTableError

__all__ = ["SHA256", "load_ranks"]

SHA256 = {
    "gpt2": "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
"""Of the tables as OpenAI publishes them, uncompressed."""


@cache
def load_ranks(name: str) -> dict[bytes, int]:
    """The table `name`: token bytes to rank; shared, so not to be changed.

    Raises:
        RankTableError: no such table, or its file is damaged.

    >>> load_ranks("gpt2")[b" the"]
    262
    """
    if name not in SHA256:
        raise RankTableError(
            f"rank table {name!r}: not in this package", kept="nothing", fix=f"one of {sorted(SHA256)}"
        )
    try:
        table = gzip.decompress((files(__package__) / "data" / f"{name}.tiktoken.gz").read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(name, str(error)) from error
    if hashlib.sha256(table).hexdigest() != SHA256[name]:
        raise _damaged(name, "its SHA-256 is not the one on record")
    rows = (line.split(b" ") for line in table.splitlines())
    return {b64decode(token): int(rank) for token, rank in rows}


def _damaged(name: str, why: str) -> RankTableError:
    return RankTableError(f"rank table {name!r}: {why}", kept="nothing", fix="install the package again")
