"""The editor's rules as data: what is rewritten, with an example of each that a test runs.

Fillers stand in `pipeline.text.words.FILLERS`, since the checks count by the same table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rewrite:
    """A turn of speech and what it becomes on the page."""

    name: str
    pattern: str
    """Regular expression, case ignored, matched between word boundaries."""
    replacement: str
    examples: tuple[tuple[str, str], ...]
    """`(spoken, written)`; equal where the rule must keep its hands off."""

    def compiled(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?:(?<![\w'’-])|(?=[\s,]))(?:{self.pattern})(?:(?![\w'’-])|(?<=\s))", re.IGNORECASE
        )


def listed(text: str, separator: str | None = None) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split(separator))


_WE = r"(?:we|I|you)"
_DOING = r"(?:'re|'m| are| am)? ?(?:going to do|gonna do|doing|do|did)"

_PEOPLE = r"(I|we|you|they|he|she|it)"
_BE = r"(?:'m|'re|'s| am| are| is)"
# "Going to the page" goes somewhere; "going to merge" is about to.
_GOING = (
    r"going to (?!(?:the|a|an|this|that|these|those|my|our|your|their|its|it|each|every|be going)\b)(?=[a-z])"
)
_UNLESS_IF = r"(?<!\bif )(?<!\bif you )(?<!\bwhat )(?<!\bwhere )"

REWRITES: tuple[Rewrite, ...] = (
    Rewrite("gonna", "gonna", "going to", (("we're gonna merge", "we're going to merge"),)),
    Rewrite("wanna", "wanna", "want to", (("I wanna see", "I want to see"),)),
    Rewrite("gotta", r"(?:got to|gotta)(?= [a-z])", "have to", (("you gotta try", "you have to try"),)),
    Rewrite("cause", r"(?<=[, ])'?(?:cuz|cos)", "because", (("slow cuz it loops", "slow because it loops"),)),
    Rewrite("kinda", r"(?:kinda|sorta) ?", "", (("it kinda works", "it works"),)),
    Rewrite("go ahead and", r"go ahead and ", "", (("we can go ahead and import it", "we can import it"),)),
    Rewrite("let me just", r"(let me|let's|I'll|let us) just", r"\1", (("let me just show", "let me show"),)),
    Rewrite("just want", r"(I|we) just (want|wanted|like)", r"\1 \2", (("I just want to say", "I want to say"),)),
    Rewrite("if you will", r",? if you will(?=[,.?!]|$| and| or)", "",
            (("the atom, if you will, of it", "the atom, of it"),)),
    Rewrite("so to speak", r",? so to speak(?=[,.?!]|$)", "", (("it eats it, so to speak.", "it eats it."),)),
    Rewrite("how do I put this", r",? ?(?:so )?how (?:do|can|should) I put (?:this|it),?", "",
            (("tokens so how do I put this if you", "tokens if you"),)),
    Rewrite(
        "what we're doing is",
        rf"what ({_WE}){_DOING}(?: here| now)? is(?:,| that)? (?=\1\b)",
        "",
        (
            ("what we're going to do is we're going to merge", "we're going to merge"),
            ("what I did is that I took it", "I took it"),
            ("what we do is we merge", "we merge"),
            ("what you do is up to you", "what you do is up to you"),
        ),
    ),
    Rewrite(
        "what this does is",
        r"what (?:this|that|it) (?:does|is doing|did) is(?:,| that)? (?:it|this|that)",
        "this",
        (("and what this does is it bloats up the text", "and this bloats up the text"),
         ("what it does is that it finds them", "this finds them")),
    ),
    Rewrite(
        "what happens is",
        r"what (?:ends up happening|happens|is happening)(?: here)? is(?:,| that)? "
        r"(?=(?:we|you|it|they)\b|(?:the|this|when|if) )"
        r"|what(?:'s| is) (?:happening|going on)(?: here)?,? is(?:,| that)? "
        r"(?=(?:we|you|it|they|I)\b|(?:the|this|that|when|if) |\d)",
        "",
        (("and what ends up happening is that we're running out", "and we're running out"),
         ("so what's happening here is that 127 is a single token", "so 127 is a single token"),
         ("what's going on here is the model stops", "the model stops"),
         ("what's happening here is exciting", "what's happening here is exciting"),
         ("look at what happens is that right", "look at what happens is that right")),
    ),
    Rewrite("what this is doing is",
            r"what (?:this|that|it)(?:'s| is) doing(?: here)? is(?:,| that)? (?=(?:we|you)(?:'re|'ll|\b))", "",
            (("so what this is doing is we're able to see", "so we're able to see"),
             ("what this is doing is slow", "what this is doing is slow"))),
    Rewrite("what this means is", r"what (this|that) means is(?: that)? (?=\w)", r"\1 means that ",
            (("and what this means is it stays", "and this means that it stays"),)),
    Rewrite("we're going to", rf"{_UNLESS_IF}{_PEOPLE}{_BE} {_GOING}", r"\1'll ",
            (("we're going to build our own", "we'll build our own"),
             ("it is going to be slow", "it'll be slow"),
             ("we're going to the page", "we're going to the page"),
             ("if you're going to use it", "if you're going to use it"))),
    Rewrite("is going to", rf"(?<!\bI )(?<!what )(?<!that's )(?:is|are) {_GOING}", "will ",
            (("the context size is going to be 1024", "the context size will be 1024"),
             ("what is going to happen", "what is going to happen"))),
    Rewrite("are able to", rf"{_PEOPLE}{_BE} able to", r"\1 can", (("we're able to see it", "we can see it"),)),
    Rewrite("in order to", "in order to", "to", (("in order to encode", "to encode"),)),
    Rewrite("can just", r"(I|we|you|they|can|could|will|would|we're|you're|I'm|we'll|you'll|I'll|they're|we've|"
            r"I've|you've) just (?!(?:like|as|about|the|a|an|one|because|so|in|now|out|it|this|that)\b)(?=[a-z])",
            r"\1 ",
            (("we can just use it", "we can use it"), ("it's just a string", "it's just a string"),
             ("we just like it", "we just like it"))),
    Rewrite("to just", r"to just (?=(?:use|take|do|make|get|see|say|show|go|run|call|look|try|briefly|feed|merge)\b)",
            "to ", (("I want to just show you", "I want to show you"),)),
    Rewrite("see here",
            r"(see|notice|note|scroll down|scroll up|case|example) here (?=(?:that|the|to|a|how|what|in)\b)", r"\1 ",
            (("you see here that it splits", "you see that it splits"),
                      ("if you scroll down here to the section", "if you scroll down to the section"))),
    Rewrite("like for example", r"like,? for example,?", "for example,",
            (("Like for example, these", "for example, these"), ("like for example here", "for example, here"))),
    Rewrite("such as for example", "such as,? for example,?", "such as",
            (("algorithms such as for example this", "algorithms such as this"),)),
    Rewrite("all of the", r"all of (the|these|those|this|our|my|your|their)", r"all \1",
            (("all of the tokens", "all the tokens"),)),
    Rewrite("in this case here", r"(in this case|over|right) here,? (?=we|you|I)", r"\1 ",
            (("in this case here we merge", "in this case we merge"),)),
    Rewrite("the first thing we'll do is",
            r"the (first|next|last) thing (?:that )?(I|we)(?:'ll|'re going to| will|'m going to|'re| want to)? do"
            r"(?: here| now)? is(?: that)? (?=\2\b)", r"\1, ",
            (("The first thing we'll do is we'll take the text", "first, we'll take the text"),
             ("the first thing we do is obvious", "the first thing we do is obvious"))),
    Rewrite("the reason is because", r"(reason [^.?!]{0,40}?is) because", r"\1 that",
            (("the reason I do this is because it works", "the reason I do this is that it works"),)),
    Rewrite("very very", r"(very|really|so|way)(?:,? \1)+", r"\1",
            (("very, very long", "very long"), ("so so many", "so many"), ("very long", "very long"))),
    Rewrite("over and over", r"((?:and|or) so (?:on|forth))(?:,? and so (?:on|forth))+", r"\1",
            (("bytes and so on and so forth", "bytes and so on"),)),
    Rewrite("like an adverb",
            r"(is|are|was|were|been|be|'s|'re|it|you|just|even|maybe|or|get|got|back) like "
            r"(?=(?:really|very|super|extremely|totally|completely|so|definitively|just|pretty|fairly|quite)\b)",
            r"\1 ",
            (("the model is like extremely unhappy", "the model is extremely unhappy"),
             ("this is like really trying hard", "this is really trying hard"),
             ("a token is like a word", "a token is like a word"))),
    Rewrite("like a noun",
            r"(a lot of|lots of|a bunch of|bunch of|a couple of|all kinds of|(?:kind|kinds|sort|sorts) of|full of"
            r"|come up with|comes up with) like (?=(?!that\b|this\b|it\b|them\b)[a-z])", r"\1 ",
            (("a lot of like special case handling", "a lot of special case handling"),
             ("any of these kind of like weird tokens", "any of these kind of weird tokens"),
             ("things of that kind of like that", "things of that kind of like that"))),
    Rewrite("so like", r"(?<![\w,] )(so|and|but|or|then),? like,? "
            r"(?=(?:what|why|how|when|where|who|if|the|this|that|there's|it's|we|you|I|maybe|for)\b)", r"\1 ",
            (("So like what is happening", "So what is happening"),
             ("they work and like the others fail", "they work and like the others fail"))),
    Rewrite("comma", r"(\d+) comma (?=\d+\b)", r"\1, ", (("the pair 101 comma 32", "the pair 101, 32"),)),
    Rewrite("sort of ly", r"(?<=(?:this|that) )(?:sort|kind) of (?!(?:family|assembly|anomaly)\b)(?=[a-z]{4,}ly\b)", "",
            (("to do this sort of iteratively", "to do this iteratively"),
             ("this kind of family", "this kind of family"))),
    Rewrite("as well as also", r"also,? (\w+ )?as well", r"also \1", (("we also merge as well", "we also merge"),)),
    Rewrite("some kind of a", r"((?:some|any|a|this) (?:kind|sort)) of an? (?=[a-z])", r"\1 of ",
            (("some kind of a sweet spot", "some kind of sweet spot"),)),
    Rewrite("this here", r"(this|these|that) (?:right )?here(?= (?:is|are|was)\b)", r"\1",
            (("this right here is the merge", "this is the merge"),)),
    Rewrite("again again", r"again,? (?=we (?:again|also))", "", (("And again, we again look", "And we again look"),)),
)  # fmt: skip
"""Tried in this order."""

# ---------------------------------------------------------------------------------- repeats and restarts

STUTTERED = listed(
    "the and to of in on at we i you it they he she this for with but if from by or as into our your my their "
    "an these those there"
)
"""Said twice side by side, these are stutters. Not "a a" (two letters), "is is" ("what it is is"), "that that"."""

STUTTERED_ACROSS_A_COMMA = STUTTERED | listed(
    "is are was were do does did have has can could will would should that which what when where how every "
    "each both all some it's that's there's we're you're they're i'm let's we'll i'll and then not be been "
    "about because just also only here"
)
"""Said twice with a comma or a hesitation between, these are restarts too."""

EDITING_TERMS = (("or", "rather"), ("i", "mean"), ("no", "wait"), ("sorry",), ("wait",), ("no",))
"""What speakers say between a slip and its repair. "no" and "sorry" only where the words around repeat."""

# ------------------------------------------------------------------------------------------------ openers

EMPTY_SENTENCES = listed(
    "okay|ok|right|alright|all right|so|yeah|yes|yep|cool|good|great|um|uh|and|now|well|anyway|you know|"
    "i mean|okay so|ok so|alright so|right so|there we go|there you go|here we go|let's see|let's see here",
    "|",
)
"""A sentence that is nothing but this says nothing."""

OPENERS: tuple[Rewrite, ...] = (
    Rewrite("okay so", r"^(?:(?:okay|ok|alright|all right|right|cool|yeah|great|good|well),? )+"
            r"(so|now|and|but),? (?=\w)", r"\1 ",
            (("Okay, so now we merge", "so now we merge"),)),
    Rewrite("okay", r"^(?:okay|ok|alright|all right|right|cool|yeah|so yeah),? (?=\w)", "",
            (("Okay, let me run it", "let me run it"), ("Right, let's run it", "let's run it"))),
    Rewrite("so now", r"^(?:and so|so|and|now),? now,? ", "now ", (("So now we merge", "now we merge"),)),
    Rewrite("now so", r"^now,? (?:so|and),? ", "now ", (("Now so this is it", "now this is it"),)),
    Rewrite("and so", r"^(?:and|but),? so,? ", "so ", (("And so, we merge", "so we merge"),)),
    Rewrite("so and", r"^so,? (?:and|so),? ", "so ", (("So, and this is it", "so this is it"),)),
    Rewrite("so well", r"^so,? (?:yeah|okay|ok|well|right|anyway),? ", "so ",
            (("So, well, we merge", "so we merge"),)),
)  # fmt: skip
"""Strung-together beginnings become one."""

THINNED = {"so": 3, "now": 3, "and": 2}
"""A sentence's first word, and for how many sentences after it another such beginning is dropped."""

TICS = {"actually": 120, "really": 60, "of course": 150, "again": 80, "roughly speaking": 150, "in fact": 120}
"""Words that say little once they are said often: dropped within so many words of the last."""

# ---------------------------------------------------------------------------------------------- sentences

SUBJECTS = listed(
    "i we you they it he she this that these those there here what i'm i've i'd i'll we're we've we'd we'll "
    "you're you've you'd you'll they're they've they'd they'll it's it'll it'd he's she's that's this'll "
    "there's here's what's let's these're people everyone someone everybody everything"
)
LEADS = listed("if when once in for as at after before because basically then again instead of-course")
"""Words that may stand between a conjunction and a clause of its own ("so if we ...", "and in this ...")."""
SUBORDINATORS = listed("if when once because since as while although whenever unless until after before")
DETERMINERS = listed("the a an this that these those our your my their its each every all some")
AUXILIARIES = listed(
    "is are was were am be been has have had do does did can could will would should may might must isn't "
    "aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't shouldn't hasn't haven't"
)
DANGLING = listed(
    "a an the of to in on at by for with from into and or but so because that which who whose if when as than "
    "is are was were be been am can could will would should may might must not very "
    "this these those our your my their its we i you they he she it's we're i'm you're like called about let's "
    "where how why what then just even only also such say"
)
"""A sentence does not end on these; a phrase that would is not cut there."""
STRONG_STARTS = (
    "let's", "here's", "this is", "that's", "there's", "there is", "there are", "these are",
    "remember that", "and remember", "you see", "you can see", "we can see", "we can", "we see",
    "we get", "we have", "what this", "what we", "now we", "now you", "i'd like", "i want", "suffice it",
    "the reason", "one of the", "the final", "the next", "the first", "the way", "the problem", "in fact",
)  # fmt: skip
"""How a clause of its own begins even without a conjunction."""

PARAGRAPH_STARTS = re.compile(
    r"(?:now|next|okay|let's|let me|the (?:next|final|last|first|second|third|other) (?:thing|example|one|question|"
    r"step|point|issue)|another|finally|first|second|third|in summary|to sum up|so let's|so let me|before we|"
    r"here's|by the way|on top of|one more|so what|so why|so how|what is|why|i'd like|i want|i wanted)\b",
    re.IGNORECASE,
)
"""Beginnings that turn to something new."""

LEAD_INS = re.compile(
    r"(?:(?:and|so|but|now|okay|well|then|next|also|again|finally|first of all|coming back|lastly),? )+",
    re.IGNORECASE,
)
"""What may stand before the words that say what a sentence does: "And finally, why ..."."""

QUESTION = re.compile(r"(?:what|why|how|when|where|which|can|is|are|does|do)\b(?! about\b)", re.IGNORECASE)

LEANING = re.compile(
    r"(?:(?:so|and|but|now),? )?(?:it|they|he|she|that|this|these|those|it's|that's|they're|there's)\b"
    r"|(?:and|but|or|because|which|also|then|otherwise|instead|moreover|therefore|for example|as a result|"
    r"part of this|in this (?:case|way)|for (?:that|this|these|those) reasons?|all (?:of )?(?:this|these|that))\b",
    re.IGNORECASE,
)
"""Beginnings that go on with what was just said."""

# ---------------------------------------------------------------------------------------------- spellings

ALWAYS_CAPITAL = {
    word.casefold(): word
    for word in listed(
        "I I'm I've I'd I'll English Chinese Japanese Korean German French Spanish Italian Russian Arabic Hindi "
        "Latin Greek Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February April June July "
        "September October November December Python JavaScript Unicode Wikipedia Google Facebook Microsoft "
        "OpenAI GitHub Reddit Linux YouTube GPT BPE ASCII UTF LLM LLMs JSON YAML XML HTML CSS API APIs URL URLs "
        "CPU GPU GPUs RAM PDF ChatGPT American European Asia Europe America"
    )
}
"""Words that are written so wherever they stand; what the lecture itself capitalises is learned from it."""

NUMBERED_NAMES = "GPT|UTF|SHA|ISO|BERT|T"
"""Acronyms that carry a number: "GPT two" is GPT-2."""
