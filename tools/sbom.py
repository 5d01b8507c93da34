"""Writes docs/sbom.cdx.json, the bill of materials of what `make setup` installs, from requirements.lock.

    python tools/sbom.py [--check]

cyclonedx-bom reads the lock; what it guesses of where files come from is left out, since that is each user's own
pip configuration. The hashes that packages are installed by stand in the lock.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MADE = ROOT / "docs" / "sbom.cdx.json"
KEPT = ("type", "name", "version", "purl", "licenses")


def main() -> None:
    made = json.dumps(bill(), indent=1, sort_keys=True) + "\n"
    if "--check" not in sys.argv:
        MADE.write_text(made)
        print(f"{MADE.relative_to(ROOT)}: {made.count('bom-ref')} packages")
    elif not MADE.is_file() or MADE.read_text() != made:
        sys.exit("docs/sbom.cdx.json is not what requirements.lock gives: make sbom")


def bill() -> dict[str, object]:
    """The bill in CycloneDX 1.6, the same for the same lock."""
    command = [
        Path(sys.executable).with_name("cyclonedx-py"), "requirements", "--of", "JSON", "--sv", "1.6",
        "--output-reproducible", "--pyproject", ROOT / "pyproject.toml", ROOT / "requirements.lock",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    root = found["metadata"]["component"]
    return {
        "$schema": found["$schema"],
        "bomFormat": found["bomFormat"],
        "specVersion": found["specVersion"],
        "version": 1,
        "metadata": {"component": {name: root[name] for name in KEPT if name in root}},
        "components": [
            {"bom-ref": one["purl"], **{name: one[name] for name in KEPT if name in one}}
            for one in sorted(found["components"], key=lambda one: one["purl"])
        ],
    }


if __name__ == "__main__":
    main()
