"""What a model says between sections that no lecturer did, by language: data, with examples that a test runs.

A sentence that announces what comes, or sums up what was, goes only where the lecturer did not do so: the same
patterns, in the language spoken, are looked for in what was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

__all__ = ["PHRASES", "SeamPhrases", "phrases_of"]


@dataclass(frozen=True)
class SeamPhrases:
    """A language's patterns, matched with case ignored."""

    announced: str
    """Anywhere in a sentence that says what a section or chapter will do."""
    concluded: str
    """At the beginning of a sentence that sums up."""
    cues: str
    """In speech: the lecturer sums up here."""
    examples: tuple[str, ...]
    """Sentences that announce."""
    conclusions: tuple[str, ...]
    """Beginnings that sum up, with what they introduce."""

    @cached_property
    def announcing(self) -> re.Pattern[str]:
        """What announces."""
        return re.compile(self.announced, re.IGNORECASE)

    @cached_property
    def concluding(self) -> re.Pattern[str]:
        """What sums up, with the comma behind it."""
        return re.compile(rf"^(?:{self.concluded})[,:，：]? *", re.IGNORECASE)

    @cached_property
    def spoken_cues(self) -> re.Pattern[str]:
        """What shows that the lecturer sums up."""
        return re.compile(self.cues, re.IGNORECASE)


PHRASES: dict[str, SeamPhrases] = {
    "en": SeamPhrases(
        announced=r"\b(?:in|throughout) (?:this|the (?:next|following|coming)) (?:section|chapter|part),? "
        r"(?:we|I|you)(?:['’]ll| will|['’]re going to| are going to|['’]m going to| am going to)\b"
        r"|\bthis (?:section|chapter) (?:will|covers|explores|discusses|introduces|explains|describes|looks at)\b"
        r"|\b(?:we|I)(?:['’]ll| will) (?:explore|delve into|dive into|discuss|cover|examine) "
        r"(?:this|these|that|it|more|how|why|what)\b[^.?!]*\b(?:section|chapter)s?\b",
        concluded=r"(?:in (?:conclusion|summary)|to (?:summarize|summarise|sum up|conclude|recap|wrap up)|overall|"
        r"all in all|ultimately|in (?:this|the) (?:section|chapter),? we(?:['’]ve| have)? "
        r"(?:saw|seen|learned|learnt|covered|explored|discussed))\b",
        cues=r"\b(?:conclusion|summar\w+|sum (?:it |this )?up|conclud\w+|recap\w*|wrap (?:it |this )?up|overall|"
        r"all in all|ultimately|we(?:['’]ve| have) (?:seen|learned|covered))\b",
        examples=("In this section, we will look at pairs.", "This chapter explores the merging of pairs."),
        conclusions=("In conclusion, pairs are merged.", "To sum up, pairs are merged."),
    ),
    "de": SeamPhrases(
        announced=r"\b(?:in (?:diesem|dem (?:nächsten|folgenden)|den (?:nächsten|folgenden))|im (?:nächsten|"
        r"folgenden)) "
        r"(?:abschnitte?n?|kapiteln?|teil(?:en)?) (?:werden|wollen|sehen|betrachten|behandeln|lernen|"
        r"schauen|geht|werde)\b"
        r"|\bdiese[rs]? (?:abschnitt|kapitel|teil) (?:wird|behandelt|erklärt|beschreibt|zeigt|befasst|führt)\b",
        concluded=r"(?:zusammenfassend(?: lässt sich (?:sagen|festhalten)| kann man sagen)?|zusammengefasst|"
        r"abschließend|insgesamt|alles in allem|letztendlich|letztlich|fazit|in diesem (?:abschnitt|"
        r"kapitel) haben wir)\b",
        cues=r"\b(?:zusammenfass\w*|zusammengefasst|abschließend|insgesamt|alles in allem|letztendlich|"
        r"letztlich|fazit|"
        r"haben wir (?:gesehen|gelernt))\b",
        examples=(
            "In diesem Abschnitt werden wir Paare betrachten.", "Dieses Kapitel behandelt das Verschmelzen von Paaren.",
        ),
        conclusions=("Zusammenfassend lässt sich sagen, Paare werden verschmolzen.", "Alles in allem, Paare zählen."),
    ),
    "fr": SeamPhrases(
        announced=r"\bdans (?:cette|la (?:prochaine|section suivante)|ce|le (?:prochain|chapitre suivant)) ?"
        r"(?:section|partie|chapitre)?(?: suivante?)?,? (?:nous (?:allons|verrons|aborderons|explorerons|"
        r"étudierons|découvrirons)|"
        r"on (?:va|verra)|je (?:vais|présenterai))\b"
        r"|\b(?:cette section|cette partie|ce chapitre) (?:va|présente|explique|aborde|explore|décrit|"
        r"traite|introduit)\b",
        concluded=r"(?:en (?:conclusion|résumé|somme|définitive)|pour (?:conclure|résumer)|"
        r"dans l['’]ensemble|somme toute|"
        r"au final|finalement, nous avons vu|dans (?:cette section|ce chapitre),? nous avons (?:vu|appris|étudié))\b",
        cues=r"\b(?:conclusion|conclure|résum\w+|en somme|dans l['’]ensemble|somme toute|au final|"
        r"(?:nous avons|on a) (?:vu|appris))\b",
        examples=("Dans cette section, nous allons voir les paires.", "Ce chapitre présente la fusion des paires."),
        conclusions=("En conclusion, les paires sont fusionnées.", "Pour résumer, les paires sont comptées."),
    ),
    "es": SeamPhrases(
        announced=r"\ben (?:esta|la (?:próxima|siguiente)|este|el (?:próximo|siguiente)) (?:sección|parte|"
        r"capítulo|apartado),? "
        r"(?:vamos a|veremos|exploraremos|abordaremos|aprenderemos|estudiaremos|voy a)"
        r"|\b(?:esta sección|esta parte|este capítulo|este apartado) "
        r"(?:presenta|explica|aborda|explora|describe|trata|introduce|cubre|va a)\b",
        concluded=r"(?:en (?:conclusión|resumen|definitiva|suma)|para (?:concluir|resumir|terminar)|en general|"
        r"a fin de cuentas|en (?:esta sección|este capítulo),? hemos (?:visto|aprendido|estudiado))\b",
        cues=r"\b(?:conclusión|concluir|resum\w+|en definitiva|en general|a fin de cuentas|hemos (?:visto|"
        r"aprendido))\b",
        examples=("En esta sección, vamos a ver los pares.", "Este capítulo presenta la fusión de los pares."),
        conclusions=("En resumen, los pares se fusionan.", "Para concluir, los pares se cuentan."),
    ),
    "zh": SeamPhrases(
        announced=r"(?:在|从)?(?:本|这一?|下一?|接下来的)(?:节|章|小节|章节|部分)(?:中|里|内)?[，,]?"
        r"(?:我们|我)?(?:将|会|要|来)(?:会|要)?(?:介绍|讨论|探讨|学习|讲解|看到|看看|了解|深入|研究|说明)"
        r"|(?:本|这一)(?:节|章)(?:介绍|讨论|探讨|讲解|说明)",
        concluded=r"(?:总之|总而言之|综上所述|总的来说|总体而言|总结(?:一下|来说)|最后总结|归根结底|"
        r"(?:在)?(?:本|这一)(?:节|章)(?:中)?[，,]?我们(?:已经)?(?:学习|了解|看到|讨论|介绍)了)",
        cues=r"(?:总之|总而言之|综上|总的来说|总体|总结|归根结底|我们(?:已经)?(?:学|看|讲|了解)(?:习|到|过)?了)",
        examples=("在本节中，我们将介绍字节对。", "本章讨论字节对的合并。"),
        conclusions=("总之，字节对被合并。", "综上所述，字节对被合并。"),
    ),
}  # fmt: skip


def phrases_of(language: str) -> SeamPhrases | None:
    """A language's phrases; None where they are not known.

    >>> phrases_of("de-CH") is PHRASES["de"], phrases_of("tlh")
    (True, None)
    """
    return PHRASES.get(language[:2].lower()) if language[2:3] in {"", "-", "_"} else None
