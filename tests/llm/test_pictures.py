"""A picture for each chapter from an images endpoint: labelled, paid for once, and never worth a chapter."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from book import Silent, lay, make
from chat_server import ChatServer
from faithful import faithful
from PIL import Image

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.models import Draft
from pipeline.plan import compared, make_plan
from pipeline.runner import Run
from pipeline.stages import STAGES
from pipeline.store import Store


class Painter(BaseHTTPRequestHandler):
    """Answers image requests with one grey picture, as some endpoints do: without knowing `response_format`."""

    asked: list[dict[str, Any]]
    reply: bytes | None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, data = 400, {"error": {"message": "Unknown parameter: 'response_format'"}}
        if "response_format" not in body:
            self.asked.append(body)
            status, data = 200, {"created": 0, "data": [{"b64_json": (self.reply or painting()).decode()}]}
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def painting() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (384, 256), "grey").save(out, "PNG")
    return base64.b64encode(out.getvalue())


@pytest.fixture
def painter() -> Iterator[type[Painter]]:
    kind = type("Bound", (Painter,), {"asked": [], "reply": None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    kind.address = f"http://127.0.0.1:{server.server_address[1]}/v1"  # type: ignore[attr-defined]
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


def options(painter: Any) -> dict[str, Any]:
    return {"write": {"writer": "editor"}, "images": {"base_url": painter.address, "model": "brush-1"}}


def test_a_generated_picture_is_labelled_and_paid_for_once(painter: Any, tmp_path: Path) -> None:
    folder = lay(tmp_path / "tokens")
    report = make(folder, "http://127.0.0.1:9", **options(painter))
    assert not report.failures
    assert len(painter.asked) == 3
    assert "<title>\nBytes 1\n</title>" in painter.asked[0]["prompt"]
    page = (folder / "site" / "ch01.html").read_text()
    assert "Generated picture, by brush-1: not from the lecture." in page
    assert (folder / "site" / "figures" / "ch01-picture.png").is_file()
    assert "figures/ch01-picture-thumb.webp" in (folder / "site" / "index.html").read_text()
    make(folder, "http://127.0.0.1:9", **options(painter))
    (folder / "work" / "drafts" / "ch01.json").unlink()
    make(folder, "http://127.0.0.1:9", **options(painter))
    assert len(painter.asked) == 3


def test_pictures_are_in_the_plan_and_in_what_was_paid_for(
    painter: Any, server: ChatServer, tmp_path: Path
) -> None:
    server.respond = faithful
    folder = lay(tmp_path / "tokens")
    config = Config.model_validate(
        {
            "openai": {"base_url": server.base_url, "sees": False, "price_in": 0.0, "price_out": 0.0},
            "write": {"writer": "openai"},
            "images": {"base_url": painter.address, "model": "brush-1", "price": 0.25},
        }
    )
    run = Run("https://video.example/tokens", folder, config, Silent(), stages=STAGES[4:6])
    plan = make_plan(run)
    assert (plan.pictures, plan.price) == (3, 0.75)
    run.run()
    usage = run.toolbox.usage()
    assert usage is not None
    assert usage.pictures == 3
    [made] = [line for line in compared(plan, usage, config.openai, 0.25).splitlines() if "pictures" in line]
    assert made.split()[-2:] == ["3", "3"]
    [price] = [line for line in compared(plan, usage, config.openai, 0.25).splitlines() if "price" in line]
    assert price.split()[-2:] == ["0.7500", "0.7500"]


def test_without_an_endpoint_the_best_frame_stands_for_a_chapter(tmp_path: Path) -> None:
    folder = lay(tmp_path / "tokens")
    make(folder, "http://127.0.0.1:9", write={"writer": "editor"})
    assert "figures/f001-thumb.webp" in (folder / "site" / "index.html").read_text()
    assert "Generated picture" not in (folder / "site" / "ch02.html").read_text()


def test_what_is_no_picture_is_told_and_costs_no_chapter(painter: Any, tmp_path: Path) -> None:
    painter.reply = base64.b64encode(b"<svg onload=alert(1)>")
    folder = lay(tmp_path / "tokens")
    report = make(folder, "http://127.0.0.1:9", **options(painter))
    assert not report.failures
    assert sum("no picture was generated" in one.what for one in report.degradations) == 3
    assert Store(folder).read(Draft, "ch01").picture is None


def test_a_limit_needs_the_price_of_pictures_too(painter: Any, tmp_path: Path) -> None:
    folder = lay(tmp_path / "tokens")
    openai = {"price_in": 1.0, "price_out": 1.0, "max_cost": 1.0}
    with pytest.raises(ConfigError, match=r"images\.price is not set"):
        make(folder, "http://127.0.0.1:9", images=options(painter)["images"], openai=openai)
    assert painter.asked == []
