"""Lighthouse's four scores of a site's pages, as it sees a phone, served from this machine; aim: 95 each.

    python bench/lighthouse.py output/<lecture> [--pages index ch03 whole]

Needs node, npm (Lighthouse is fetched once, into the user's cache) and Chromium (CHROMIUM, or the system's).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import platformdirs

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.site.exports import find_chromium
from pipeline.site.serve import make_server

VERSION = "12.8.2"
FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"


def lighthouse() -> Path:
    """The program, fetched once."""
    home = Path(platformdirs.user_cache_dir("lecturebook")) / "npm" / f"lighthouse-{VERSION}"
    program = home / "node_modules/.bin/lighthouse"
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([*command, f"lighthouse@{VERSION}"], check=True, stdout=sys.stderr)
    return program


def scores(program: Path, address: str, chromium: str) -> dict[str, int]:
    """Category → score in points of 100."""
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "report.json"
        command = [str(program), address, "--quiet", "--output=json", f"--output-path={report}"]
        subprocess.run(
            [*command, f"--chrome-flags={FLAGS}"], check=True, env={**os.environ, "CHROME_PATH": chromium}
        )
        found = json.loads(report.read_bytes())["categories"]
    return {category["id"]: round(100 * category["score"]) for category in found.values()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lecture", type=Path)
    parser.add_argument("--pages", nargs="+", default=["index", "ch01", "whole"])
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None or shutil.which("npm") is None:
        sys.exit("lighthouse: needs Chromium, node and npm")
    server = make_server(options.lecture)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for page in options.pages:
            address = f"http://127.0.0.1:{server.server_address[1]}/{page}.html"
            made = scores(lighthouse(), address, chromium)
            print(f"{page:12}", "  ".join(f"{name} {score}" for name, score in made.items()), flush=True)
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
