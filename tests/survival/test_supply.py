"""What is installed is on a bill, and no audit is believed that asked nobody."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path


def test_the_bill_of_materials_is_the_locks(root: Path) -> None:
    bill = json.loads((root / "docs" / "sbom.cdx.json").read_text())
    listed = {(one["name"].lower(), one["version"]) for one in bill["components"]}
    lock = (root / "requirements.lock").read_text()
    locked = {
        (name.lower(), version)
        for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    }
    assert bill["bomFormat"] == "CycloneDX"
    assert listed == locked, sorted(listed ^ locked)


def test_every_locked_package_has_hashes(root: Path) -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-audit.lock"):
        lock = (root / name).read_text()
        for entry in re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in entry, entry[:60]
        assert "http://" not in lock
        assert "https://" not in lock


def audit(root: Path, tmp_path: Path, program: str) -> subprocess.CompletedProcess[str]:
    """`tools/audit.py` beside a stand-in for pip-audit."""
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "pip-audit").write_text(program)
    (tmp_path / "pip-audit").chmod(0o755)
    (tmp_path / "a.lock").write_text("")
    return subprocess.run(
        [str(tmp_path / "python"), str(root / "tools" / "audit.py"), str(tmp_path / "a.lock")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_audit_that_reached_nobody_fails(root: Path, tmp_path: Path) -> None:
    done = audit(root, tmp_path, "#!/bin/sh\necho 'No known vulnerabilities found' >&2\n")
    assert done.returncode == 3
    assert "no database of weaknesses answered" in done.stderr


def test_an_audit_that_was_answered_says_what_it_found(root: Path, tmp_path: Path) -> None:
    answering = '#!/bin/sh\ncase "$*" in *known.txt*) echo CVE-2014-1402; exit 1;; *) echo clean;; esac\n'
    done = audit(root, tmp_path, answering)
    assert done.returncode == 0
    assert "clean" in done.stdout
