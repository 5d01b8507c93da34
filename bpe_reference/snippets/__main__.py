"""`python -m bpe_reference.snippets [--write]`: run every snippet; compare what it prints, or store it."""

from __future__ import annotations

import sys
from pathlib import Path

from . import _read, run


def main(write: bool) -> int:
    """Return 0 where every output is as stored (or was stored), else 1."""
    drifted = []
    folder = Path(__file__).parent
    for path in sorted(folder.glob("[!_]*.py")):
        stored = path.with_suffix(".out")
        printed = run(_read(path.stem, path.read_text("utf-8"), ""))
        if write:
            stored.write_text(printed, encoding="utf-8", newline="\n")
        elif not stored.exists() or stored.read_text("utf-8") != printed:
            drifted.append(path.stem)
    for name in drifted:
        print(f"{name}: prints something else than {name}.out")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
