"""Looks the locked packages up in a database of known weaknesses, and believes it only if it answers.

    python tools/audit.py LOCK...

pip-audit says "No known vulnerabilities" also where it reached no database. So it is first asked about a package
whose weaknesses have been public for years: if it finds none, nothing was looked up, and this exits 3.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

KNOWN = "jinja2==2.4.1"
"""Has had published weaknesses since 2014 (CVE-2014-1402)."""
EXCEPTIONS: dict[str, str] = {}
"""Ids of weaknesses that do not touch us, and why."""


def main() -> None:
    locks = sys.argv[1:]
    if not locks:
        sys.exit("usage: python tools/audit.py LOCK...")
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "known.txt"
        known.write_text(KNOWN + "\n")
        probe = audit(str(known), "--no-deps")
    if probe.returncode != 1 or "CVE-2014-1402" not in probe.stdout + probe.stderr:
        said = (probe.stderr.strip().splitlines() or ["nothing was said"])[-1]
        print(f"audit: no database of weaknesses answered ({said})", file=sys.stderr)
        print("  kept: nothing was looked up, so nothing is known", file=sys.stderr)
        print(
            "  fix: run this where the package index's vulnerability service can be reached", file=sys.stderr
        )
        sys.exit(3)
    worst = 0
    for lock in locks:
        ignored = [part for name in EXCEPTIONS for part in ("--ignore-vuln", name)]
        found = audit(lock, "--require-hashes", *ignored)
        print(f"{lock}:\n{found.stdout}{found.stderr}")
        worst = max(worst, found.returncode)
    for name, why in EXCEPTIONS.items():
        print(f"exception {name}: {why}")
    sys.exit(worst)


def audit(requirements: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("pip-audit"), "--disable-pip", "--progress-spinner", "off"]
    command += ["--aliases", "on", "--requirement", requirements, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
