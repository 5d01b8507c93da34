"""What machines read of the site: JSON-LD, and the dates that formats ask for.

Sources: schema.org's LearningResource, VideoObject and Clip; sitemaps.org; the RSS 2.0 specification.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

from markupsafe import Markup

from pipeline.site.times import iso_duration
from pipeline.site.views import Book, ChapterView


def stamp(book: Book) -> date | None:
    """The one date that the site may carry: the lecture's own, else SOURCE_DATE_EPOCH's, never today's."""
    if book.published:
        return book.published
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch.isdigit() else None


def feed_date(day: date | None) -> str | None:
    """The date as RSS writes it.

    >>> feed_date(date(2024, 2, 20))
    'Tue, 20 Feb 2024 00:00:00 +0000'
    """
    return format_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC)) if day else None


def script_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end the element.

    >>> script_json({"a": "</script>"})
    Markup('{"a":"\\\\u003c/script\\\\u003e"}')
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def index_data(book: Book, base_url: str | None) -> Markup:
    """The lecture as a learning resource, with its video and a clip a chapter."""
    resource: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "name": book.title,
        "description": book.description,
        "inLanguage": book.language,
        "learningResourceType": "lecture notes",
        "timeRequired": f"PT{book.minutes}M",
        "hasPart": [
            {
                "@type": "Chapter",
                "name": chapter.title,
                "position": chapter.number,
                **_url(base_url, chapter.file),
            }
            for chapter in book.chapters
        ],
        **_credit(book),
        **_url(base_url, ""),
    }
    if video := _video(book, base_url):
        resource["video"] = video
    return script_json(resource)


def chapter_data(book: Book, chapter: ChapterView, base_url: str | None) -> Markup:
    """A chapter as a part of the lecture."""
    return script_json(
        {
            "@context": "https://schema.org",
            "@type": ["LearningResource", "Chapter"],
            "name": chapter.title,
            "position": chapter.number,
            "description": chapter.summary,
            "inLanguage": book.language,
            "timeRequired": f"PT{chapter.minutes}M",
            "wordCount": chapter.words,
            "isPartOf": {"@type": "LearningResource", "name": book.title, **_url(base_url, "")},
            **_credit(book),
            **_url(base_url, chapter.file),
        }
    )


def _video(book: Book, base_url: str | None) -> dict[str, Any] | None:
    if book.page is None and not (book.moments.player == "file" and base_url):
        return None
    source = book.moments.source or ""
    content = source if source.startswith("http") else f"{base_url or ''}{source}"
    video: dict[str, Any] = {
        "@type": "VideoObject" if book.has_video else "AudioObject",
        "name": book.title,
        "description": book.description or book.title,
        "duration": iso_duration(book.duration_s),
        "inLanguage": book.language,
    }
    if book.page:
        video["url"] = book.page
    elif content.startswith("http"):
        video["contentUrl"] = content
    if book.published:
        video["uploadDate"] = book.published.isoformat()
    if base_url and book.poster:
        video["thumbnailUrl"] = base_url + book.poster.png
    video["hasPart"] = [
        {
            "@type": "Clip",
            "name": chapter.title,
            "startOffset": int(chapter.start_s),
            "endOffset": int(chapter.end_s),
            **({"url": chapter.moment.href} if (chapter.moment.href or "").startswith("http") else {}),
        }
        for chapter in book.chapters
    ]
    return video


def _credit(book: Book) -> dict[str, Any]:
    credit: dict[str, Any] = {}
    if book.author:
        credit["author"] = {"@type": "Person", "name": book.author}
    if book.licence:
        credit["license"] = book.licence_url or book.licence
    if book.published:
        credit["datePublished"] = book.published.isoformat()
    return credit


def _url(base_url: str | None, file: str) -> dict[str, str]:
    return {"url": base_url + file} if base_url else {}
