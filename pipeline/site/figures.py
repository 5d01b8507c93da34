"""Frames as figures: WebP for the page, PNG for what cannot show WebP, small ones for hovering over a time.

Encoding is slow and its result depends on the frame's bytes and the width alone, so results are kept in
`work/render/figures` under a name made of both.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pipeline.models import Screen, ScreenKind
from pipeline.site.kept import is_whole, seal
from pipeline.store import temporary_name

ENCODING = "1"
"""Counts up when the code below changes what comes out."""
THUMB_WIDTH = 320
WEBP_QUALITY = 82
FLAT_BYTES_A_PIXEL = 0.12
"""A picture that takes less than this without loss is drawn, not filmed: 110 KB at 1280 × 720."""


@dataclass(frozen=True)
class Figure:
    """A frame's files in the site, addresses relative to its root, and what to put into `<img>`."""

    webp: tuple[tuple[str, int], ...]
    """`(address, width)`, narrowest first."""
    png: str
    thumb: str
    width: int
    height: int

    @property
    def embedded(self) -> bool:
        """Whether the picture stands in the page itself."""
        return self.png.startswith("data:")


@dataclass(frozen=True)
class Encoded:
    """Figures by screen id (those that return share the first showing's), and the files they need."""

    figures: Mapping[str, Figure]
    files: Mapping[str, Path]
    """Address in the site → encoded file."""
    unreadable: tuple[str, ...]
    """Ids of screens whose frame is missing or not a picture."""


def encode(
    folder: Path,
    screens: Iterable[Screen],
    *,
    printed: frozenset[str],
    width: int,
    cache: Path,
    besides: Mapping[str, str] | None = None,
) -> Encoded:
    """Encodes the frames that a site needs.

    Args:
        folder: the lecture's folder, to which frames' paths are relative.
        screens: all screens.
        printed: ids of the screens printed as figures; the others get a small picture only.
        width: pixels; wider frames are scaled down.
        cache: folder where encoded files are kept.
        besides: other pictures, name -> path in the lecture's folder.
    """
    screens = tuple(screens)
    first = {screen.id: screen.same_as or screen.id for screen in screens}
    wanted = {first[name] for name in printed if name in first}
    originals = [screen for screen in screens if screen.same_as is None and screen.frame is not None]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        made = pool.map(
            lambda screen: _encode_one(
                folder / str(screen.frame),
                screen.id,
                screen.kind in (ScreenKind.SLIDE, ScreenKind.CODE),
                width if screen.id in wanted else 0,
                cache,
            ),
            originals,
        )
        results = {screen.id: one for screen, one in zip(originals, made, strict=True)}
    others = {
        name: _encode_one(folder / path, name, drawn=False, width=width, cache=cache)
        for name, path in (besides or {}).items()
    }
    figures = {name: one[0] for name, root in first.items() if (one := results.get(root)) is not None}
    figures |= {name: one[0] for name, one in others.items() if one is not None}
    results |= others
    files = {address: path for one in results.values() if one for address, path in one[1].items()}
    return Encoded(figures, files, tuple(name for name, one in results.items() if one is None))


def _encode_one(
    path: Path, name: str, drawn: bool, width: int, cache: Path
) -> tuple[Figure, dict[str, Path]] | None:
    try:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as probe:
            full = probe.size
    except (OSError, Image.DecompressionBombError):
        return None
    digest = hashlib.sha256(data + ENCODING.encode()).hexdigest()[:20]
    widths = sorted({min(full[0], w) for w in (width // 2, width) if w}) if width else []
    size = _scaled(full, widths[-1] if widths else THUMB_WIDTH)
    wanted = [(f"{name}-{w}.webp", w) for w in widths]
    thumb = f"{name}-thumb.webp"
    files: dict[str, Path] = {}
    for file, w in [
        *wanted,
        (thumb, min(full[0], THUMB_WIDTH)),
        *([(f"{name}.png", size[0])] if widths else []),
    ]:
        kept = cache / f"{digest}-{w}{'-drawn' if drawn else ''}{Path(file).suffix}"
        if not is_whole(kept) and not _write(data, _scaled(full, w), drawn, kept):
            return None
        files[f"figures/{file}"] = kept
    figure = Figure(
        webp=tuple((f"figures/{file}", w) for file, w in wanted),
        png=f"figures/{name}.png" if widths else f"figures/{thumb}",
        thumb=f"figures/{thumb}",
        width=size[0],
        height=size[1],
    )
    return figure, files


def _scaled(full: tuple[int, int], width: int) -> tuple[int, int]:
    if full[0] <= width:
        return full
    return width, max(1, round(full[1] * width / full[0]))


def _write(data: bytes, size: tuple[int, int], drawn: bool, path: Path) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGB")
    except (OSError, SyntaxError):
        return False
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    encoded = _png(picture, drawn) if path.suffix == ".png" else _webp(picture, drawn)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    temporary.write_bytes(encoded)
    temporary.replace(path)
    seal(path)
    return True


def _webp(picture: Image.Image, drawn: bool) -> bytes:
    if drawn:
        # Flat slides are smaller without loss, sharper, and six times faster to encode.
        lossless = _saved(picture, format="WEBP", lossless=True, quality=60, method=3)
        if len(lossless) < picture.width * picture.height * FLAT_BYTES_A_PIXEL:
            return lossless
    return _saved(picture, format="WEBP", quality=WEBP_QUALITY, method=4)


def _png(picture: Image.Image, drawn: bool) -> bytes:
    if drawn:
        picture = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return _saved(picture, format="PNG", optimize=True)


def _saved(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()
