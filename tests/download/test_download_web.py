"""Lectures on the web, from a server on this machine, through the real yt-dlp."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeWork

from pipeline import download
from pipeline.adapters import media, video_site
from pipeline.config import DownloadOptions
from pipeline.errors import (
    DownloadBroken,
    LecturebookError,
    NotFound,
    NotMedia,
    PrivateAddress,
    SourceError,
    UnsupportedSource,
)
from pipeline.fetching import Fetched, FetchedTrack
from pipeline.models import Mark

# yt-dlp reads the head of a media file to see what it is and leaves that connection to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]
HERE = {"allow_private_addresses": True, "retries": 2, "timeout_s": 5.0}
VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello there.\n"


def three_lines(error: LecturebookError) -> bool:
    return len(str(error).splitlines()) == 3


def test_a_media_files_own_address(site: Any, clip: bytes, have: Any) -> None:
    video, work = have(site.put("/talks/bytes.mp4", "video/mp4", clip), download=HERE)
    assert video.sha256 == hashlib.sha256(clip).hexdigest()
    assert (work.folder / video.media).read_bytes() == clip
    assert video.site == "generic"
    assert video.url == site.address + "/talks/bytes.mp4"
    assert video.duration_s == pytest.approx(3.0, abs=0.2)
    assert video.has_audio
    assert video.moment_url is None


def test_a_page_with_a_video_element(site: Any, clip: bytes, have: Any) -> None:
    site.put("/media/v.mp4", "video/mp4", clip)
    html = b"<html><head><title>On bytes</title></head><body><video src='/media/v.mp4'></video></body></html>"
    video, work = have(site.put("/page", "text/html", html), download=HERE)
    assert (work.folder / video.media).read_bytes() == clip
    assert video.title == "On bytes"
    assert video.url == site.address + "/page"


def test_nothing_there(site: Any, have: Any) -> None:
    with pytest.raises(NotFound) as caught:
        have(site.address + "/gone.mp4", download=HERE)
    assert three_lines(caught.value)
    assert "404" in caught.value.what


def test_a_page_without_a_video(site: Any, have: Any) -> None:
    url = site.put("/text", "text/html", b"<html><title>Words</title><p>No film here.</p></html>")
    with pytest.raises(UnsupportedSource) as caught:
        have(url, download=HERE)
    assert three_lines(caught.value)


def test_a_transfer_that_breaks_off_is_resumed(site: Any, clip: bytes, have: Any) -> None:
    url = site.put("/bytes.mp4", "video/mp4", clip)
    # The first reply is yt-dlp's look at what it is.
    site.break_after["/bytes.mp4"] = [len(clip) - 1, len(clip) // 3, len(clip) // 3]
    video, _ = have(url, download=HERE)
    assert video.sha256 == hashlib.sha256(clip).hexdigest()
    starts = [span for _, _, span in site.asked if span and not span.startswith("bytes=0-")]
    assert starts, "the transfer began anew instead of going on"


def test_the_next_run_goes_on_where_this_one_broke_off(site: Any, clip: bytes, have: Any) -> None:
    url = site.put("/bytes.mp4", "video/mp4", clip)
    site.break_after["/bytes.mp4"] = [len(clip) - 1, len(clip) // 3, 0, 0, 0, 0]
    with pytest.raises(DownloadBroken) as caught:
        have(url, download={**HERE, "retries": 0})
    assert three_lines(caught.value)
    assert "so far" in caught.value.kept
    site.break_after.clear()
    site.asked.clear()
    video, _ = have(url, download=HERE)
    assert video.sha256 == hashlib.sha256(clip).hexdigest()
    assert any(span and span.startswith("bytes=") and span != "bytes=0-" for _, _, span in site.asked)


def test_private_addresses_are_refused_unless_allowed(site: Any, clip: bytes, have: Any) -> None:
    url = site.put("/bytes.mp4", "video/mp4", clip)
    with pytest.raises(PrivateAddress) as caught:
        have(url)
    assert three_lines(caught.value)
    assert site.asked == []


def test_a_password_in_the_address_is_not_published(site: Any, clip: bytes, have: Any) -> None:
    url = site.put("/bytes.mp4", "video/mp4", clip).replace("://", "://me:secret@")
    video, _ = have(url, download=HERE)
    assert "secret" not in video.model_dump_json()


def test_a_lecture_over_the_size_limit_is_refused(site: Any, clip: bytes, have: Any) -> None:
    url = site.put("/bytes.mp4", "video/mp4", clip)
    with pytest.raises(SourceError, match="over the limit"):
        have(url, download={**HERE, "max_size_gb": 1e-6})


def test_what_is_no_film_behind_a_films_name(site: Any, have: Any) -> None:
    url = site.put("/bytes.mp4", "video/mp4", b"Sorry, log in first.\n" * 100)
    with pytest.raises(NotMedia):
        have(url, download=HERE)


def test_a_server_that_is_not_there(have: Any) -> None:
    with pytest.raises(SourceError, match="cannot be reached") as caught:
        have("http://127.0.0.1:9/bytes.mp4", download={**HERE, "retries": 0})
    assert three_lines(caught.value)


def test_a_redirect_is_followed(site: Any, clip: bytes, have: Any) -> None:
    site.put("/bytes.mp4", "video/mp4", clip)
    site.redirects["/old"] = "/bytes.mp4"
    video, _ = have(site.address + "/old", download=HERE)
    assert video.sha256 == hashlib.sha256(clip).hexdigest()


def test_a_described_video(site: Any, clip: bytes, tmp_path: Path) -> None:
    """What a video site's extractor gives: chapters, captions of people and machines, names and dates."""
    info = {
        "id": "zduSFxRajkE",
        "title": "Let's build the GPT Tokenizer",
        "extractor": "youtube",
        "extractor_key": "Youtube",
        "webpage_url": "https://www.youtube.com/watch?v=zduSFxRajkE",
        "uploader": "Andrej Karpathy",
        "upload_date": "20240220",
        "license": "Creative Commons Attribution",
        "language": "en",
        "description": "In this lecture we build it.",
        "duration": 3,
        "chapters": [
            {"start_time": 0.0, "end_time": 1.0, "title": "intro"},
            {"start_time": 1.0, "end_time": 3.0, "title": "bytes"},
        ],
        "formats": [
            {
                "format_id": "18",
                "url": site.put("/v.mp4", "video/mp4", clip),
                "ext": "mp4",
                "height": 360,
                "vcodec": "h264",
                "acodec": "aac",
            }
        ],
        "subtitles": {
            "en": [{"ext": "vtt", "url": site.put("/en.vtt", "text/vtt", VTT)}],
            "fr": [{"ext": "vtt", "url": site.address + "/absent.vtt"}],
            "live_chat": [{"ext": "json", "url": site.address + "/chat"}],
        },
        "automatic_captions": {
            "en-orig": [{"ext": "vtt", "url": site.put("/auto.vtt", "text/vtt", VTT)}],
            "de": [{"ext": "vtt", "url": site.put("/de.vtt", "text/vtt", VTT)}],
        },
    }
    options = DownloadOptions.model_validate(HERE)
    got = video_site.fetch_described(info, folder=tmp_path, options=options, progress=lambda *_: None)
    assert (tmp_path / got.media).read_bytes() == clip
    assert (got.site, got.video_key, got.author) == ("youtube", "zduSFxRajkE", "Andrej Karpathy")
    assert str(got.published) == "2024-02-20"
    assert got.licence == "Creative Commons Attribution"
    assert [(mark.start_s, mark.title) for mark in got.chapters] == [(0.0, "intro"), (1.0, "bytes")]
    assert [(track.language, track.automatic) for track in got.tracks] == [("en", False), ("en", True)]
    assert (tmp_path / got.tracks[0].path).read_bytes() == VTT
    assert len(got.notes) == 1
    assert "fr" in got.notes[0]


def test_what_a_video_site_says_goes_into_the_article(example: Path, tmp_path: Path) -> None:
    """A site's words, cleaned; its automatic captions told from the human ones; links to moments."""
    (tmp_path / "work" / "media").mkdir(parents=True)
    (tmp_path / "work" / "media" / "lecture.mp4").write_bytes(example.read_bytes())
    got = Fetched(
        media="work/media/lecture.mp4",
        page_url="https://www.youtube.com/watch?v=zduSFxRajkE",
        site="youtube",
        video_key="zduSFxRajkE",
        title="Let's build\u202e the\x00 GPT\nTokenizer",
        description="0:00 in the description\n1:00 too",
        chapters=(
            Mark(start_s=5.0, title="five"),
            Mark(start_s=9.0, title=""),
            Mark(start_s=9e5, title="far"),
        ),
        tracks=(
            FetchedTrack(path="work/captions/site.en.vtt", language="en", automatic=False),
            FetchedTrack(path="work/captions/automatic.en.vtt", language="en", automatic=True),
        ),
        notes=("captions fr: HTTP Error 404",),
    )
    work = FakeWork(tmp_path, url="https://youtu.be/zduSFxRajkE")
    video = download.run(
        work,
        fetch=lambda *_, **__: got,
        probe=media.probe,
        extract_subtitles=media.extract_subtitles,
    )
    assert video.title == "Let's build the GPT Tokenizer"
    assert video.moment_url == "https://www.youtube.com/watch?v=zduSFxRajkE&t={seconds}s"
    assert [track.origin for track in video.captions] == ["site", "automatic"]
    assert [(mark.start_s, mark.title) for mark in video.marks] == [
        (0.0, "Introduction"),
        (5.0, "five"),
        (9.0, "Part 2"),
    ]
    told = [degradation.what for degradation in work.recorded]
    assert len(told) == 2
    assert "fr" in told[0]
    assert "1 beyond the end" in told[1]
