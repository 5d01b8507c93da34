"""Takes the pictures of a site that the README shows: three widths, light and dark.

    python docs/screenshots/make.py output/<lecture>/site [--chapter ch03] [--to docs/screenshots]

Needs Playwright (development) and Chromium (CHROMIUM, or the system's).
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SHOTS = (
    # name, page, width, height, colour scheme; "chapter" is the one asked for
    ("index-1440-light", "index", 1440, 900, "light"),
    ("index-768-dark", "index", 768, 1024, "dark"),
    ("index-360-light", "index", 360, 780, "light"),
    ("chapter-1440-light", "chapter", 1440, 900, "light"),
    ("chapter-1440-dark", "chapter", 1440, 900, "dark"),
    ("chapter-768-light", "chapter", 768, 1024, "light"),
    ("chapter-768-dark", "chapter", 768, 1024, "dark"),
    ("chapter-360-light", "chapter", 360, 780, "light"),
    ("chapter-360-dark", "chapter", 360, 780, "dark"),
    ("checks-1440-light", "checks", 1440, 900, "light"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--chapter", default="ch02")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, page_name, width, height, scheme in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            file = options.chapter if page_name == "chapter" else page_name
            page.goto((options.site / f"{file}.html").resolve().as_uri())
            page.wait_for_timeout(1500)  # the video shows its frame
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            # Flat pages in 128 colours are a third of the size and look the same.
            shot.quantize(128, kmeans=3, dither=Image.Dither.NONE).save(
                options.to / f"{name}.png", optimize=True
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
