"""The book's apparatus: references numbered and linked from where they are mentioned, exercises gathered, a preface."""

from __future__ import annotations

import re

from markupsafe import Markup

from pipeline.site.citations import at_end, cited, names_of


def numbers(html: str) -> list[str]:
    return re.findall(r'href="references\.html#ref-(\d+)"', html)


def test_a_mention_is_marked_behind_its_words() -> None:
    html, missing = cited(
        Markup("As Sennrich wrote, and Sennrich again."), [(4, names_of("person", "Rico Sennrich", None))]
    )
    assert str(html).startswith('As Sennrich<sup class="cite">')
    assert numbers(str(html)) == ["4"]
    assert missing == ()


def test_a_mark_goes_behind_a_link_and_code_not_into_them() -> None:
    html, _ = cited(Markup('See <a href="https://x.example">tiktoken</a> here.'), [(1, ("tiktoken",))])
    assert '">tiktoken</a><sup class="cite">' in str(html)
    html, _ = cited(Markup("See <code>tiktoken</code> here."), [(1, ("tiktoken",))])
    assert "</code><sup" in str(html)


def test_words_inside_a_tag_or_another_word_are_no_mention() -> None:
    html, missing = cited(Markup('<a title="Pike">fish</a> and spikes'), [(1, ("Pike",))])
    assert missing == (1,)
    assert numbers(str(html)) == []
    assert numbers(str(at_end(html, missing))) == ["1"]


def test_names_with_signs_of_html_are_found() -> None:
    html, missing = cited(Markup("by Kernighan &amp; Ritchie, in C"), [(1, ("Kernighan & Ritchie",))])
    assert missing == ()
    assert "Ritchie<sup" in str(html)
