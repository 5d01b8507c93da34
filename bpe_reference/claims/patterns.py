# ruff: noqa: E501 - a pattern is easier to read on one line
"""The patterns by which claims are recognized, over masked sentences (`masking.py`).

Built from small parts: a string, a verb ("is", "becomes", "is split into"), a list of ids, a count. Every pattern
is narrow on purpose. Their groups: `subjects`, `verb`, `filler` (the words between verb and number), `ids`, `count`,
`pieces`, `size`.
"""

from __future__ import annotations

import re

from .masking import STRING

__all__ = [
    "AFTER_NAME",
    "ANNOUNCES",
    "ARROW",
    "BINDING",
    "BOLD_LINE",
    "CELLS",
    "CODE_POINT",
    "COUNTED",
    "COUNT_ALSO",
    "COUNT_OF",
    "ELLIPTIC",
    "ELSEWHERE",
    "ENCODE",
    "ID",
    "IDS_AFTER",
    "IDS_ASIDE",
    "IDS_BEFORE",
    "IDS_BEHIND",
    "IDS_FOR",
    "IDS_GIVEN",
    "IDS_LATER",
    "IDS_OF",
    "ID_LINE",
    "ITEM",
    "LABEL",
    "LISTED",
    "MERGES",
    "NAMING",
    "PART_OF",
    "PIECES",
    "PIECES_OF",
    "ROW",
    "RULE",
    "SAYS_ID",
    "SENTENCE_END",
    "SETTINGS",
    "SIZES",
    "SIZES_KNOWN",
    "SPACES",
    "SUPPOSED",
    "SURE_VERB",
    "TAKES_APART",
    "TOY",
    "WORD_NUMBER",
]

NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
]
WORD_NUMBER = {word: value for value, word in enumerate(NUMBER_WORDS)} | {
    "a": 1, "single": 1, "a single": 1, "just one": 1, "its own": 1, "an individual": 1, "twenty": 20,
}  # fmt: skip

INT = r"\d{1,3}(?:,\d{3})+|\d+"
S = rf"{STRING}"
ASIDE = (
    r"(?:\s*\((?![^()]*\d{2})[^()]{0,160}\)"
    r"|,? (?:with|without|in|at|including|preceded by|on|as) (?!\d)(?:[a-z'-]+ ){0,4}?"
    r"(?:space|front|lower ?case|upper ?case|capitals|start|beginning|sentence|line|its own|itself)\b,?)?"
)
SUBJECT = rf"(?:{S}|(?<![\w.,$\-])\d+(?![\w%]|[.,]\d)|(?<=word )[\w.@-]+|(?<=string )[\w.@-]+)"
SUBJECTS = rf"(?P<subjects>{SUBJECT}{ASIDE}(?:(?:, (?:and )?| and | & |, or | or ){SUBJECT}{ASIDE}){{0,5}})"
ADVERB = (
    r"(?:\s+(?:actually|only|just|now|still|really|simply|exactly|also|each|both|all|always|happens to|in fact|instead|"
    r"already|even|again|itself|then|got|gets|get|currently|typically),?){0,4}"
)
BE = r"(?:is|are|was|were|=|equals)"
VERB = (
    rf"(?:(?:{BE}|gets?|got|being|be){ADVERB}\s+(?:(?:en|tokeni[sz])?(?:coded|ed|zed|sed)?\s*(?:tokeni[sz]ed|encoded|split|broken|cut|"
    r"divided|mapped|turned|represented|chopped|made|sliced|separated|decomposed|segmented|composed|built)(?:\s+up)?\s+(?:in\s*to|as|to|by|of|across|over|among|using|with)|equal to)|(?:made|composed|built) (?:up )?(?:of|from)"
    rf"|{BE}|becomes?|became|gives?|gave|yields?|produces?|returns?|turns?(?: in)?to|maps? to|corresponds? to"
    r"|(?:en|de)codes? (?:in)?to|(?:en)?coded (?:in)?to|tokeni[sz]es? (?:in)?to|splits? (?:up )?(?:in)?to|splits? (?:up )?as|breaks? "
    r"(?:up |down )?(?:in)?to|comes? out as|ends? up as|uses?|takes?(?: up)?|needs?|requires?|costs?|has|have|consists? of|"
    r"counts? as|spans?|carries|bears|holds|receives?|sits at|lives at|stands at|(?:down|up|apart) (?:in)?to|occup(?:y|ies)|into|as|to|with|using|→|->|=>|⇒|↦|⟶|:|—|–)"
)
SURE_VERB = rf"(?:{BE}\b|becom|turn|into|split|break|tokeni|encod|consist)"
"""Verbs that say something of a number that is not quoted: "from 512 to 1024 tokens" does not."""
JOIN = r"(?:,? (?:and )?(?:then )?(?:(?:is )?followed by )?(?:by )?(?:with )?(?:the )?(?:tokens? )?(?:ids? )?|,|\s*[+|/·]\s*)"
ID = r"(?<![\w.,$])(?:(?<=token )\d{2,3},\d{3}|(?<=id )\d{2,3},\d{3}|\d{1,6})(?![\w%]|\.\d|,\d{3}(?!\d))"
ID_LIST = rf"(?:\[\s*\d{{1,6}}(?:(?:\s*,\s*|\s+)\d{{1,6}}){{0,400}}\s*\]|\(\s*\d{{1,6}}(?:(?:\s*,\s*| and ){{1,2}}\d{{1,6}})+\s*\)|{ID}(?:{JOIN}{ID}){{0,30}})"
NAMED = r"(?: (?:the )?(?:gpt-?x|clxxxk(?:_base)?|rxxk(?:_base)?)(?:['’]s)?)?"
NOT_A_UNIT = (
    r"(?!\s*(?:tokens?|token\b|characters?|chars?|bytes?|bits?|letters?|words?|times|spaces?|percent|%|years?|"
    r"million|billion|thousand|code points?|merges?|different|separate|distinct|"
    r"individual|pieces?|parts?|digits?|steps?|numbers?|integers?|more|fewer|of\b|or\b|to\b|elements?|"
    r"(?:is|are|was|were|becomes?|takes?|needs?|gets?|has)\b))"
)
TOKEN_WORDS = (
    r"(?:\s*[,:(]|\s*\b(?:the|a|an|by|of|just|single|first|one|two|three|four|five|six|seven|eight|nine|ten|\d+ tokens?|token|tokens|ids?|index|indices|"
    r"indexes|number|numbers|integer|integers|sequence|list|pair|array|vector|its|own|very|exactly|as|with|namely|id of|value|values|being)\b){0,10}"
)
COUNT_WORD = (
    r"(?:a single|an individual|just one|its own|a|\d{1,4}|" + "|".join([*NUMBER_WORDS, "twenty"]) + ")"
)
COUNT = (
    rf"(?P<negated> not| n't|n't|n’t| no longer| never)?{ADVERB}\s+(?:as )?"
    rf"(?:(?P<more>more than|at least|multiple|several|many) )?(?P<count>{COUNT_WORD})?(?:[- ](?:whole|entire|long))?"
    r"\s*(?:separate |different |distinct |individual |single |gpt-?[\dx] |of the |whole )?(?:tokens?\b(?! ids?\b)|(?:token )?ids?\b)"
)

IDS_AFTER = re.compile(
    rf"{SUBJECTS}{ADVERB},?\s*(?P<verb>{VERB}){ADVERB}(?P<filler>{TOKEN_WORDS})\s*#?(?P<ids>{ID_LIST}){NOT_A_UNIT}",
    re.I,
)
IDS_OF = re.compile(
    rf"(?<!first )(?<!second )(?<!third )(?<!next )(?<!last )(?<!final )(?P<filler>\b(?:ids?|index|indices|token number|tokens?)) (?:of|for) (?:the )?(?:token |string |word |text )?"
    rf"{SUBJECTS} (?:is|are|=|:){ADVERB}{TOKEN_WORDS}\s*(?P<ids>{ID_LIST}){NOT_A_UNIT}",
    re.I,
)
IDS_FOR = re.compile(
    rf"(?P<filler>\b(?:tokens?|ids?|indices)?(?: ids?)?) ?(?P<ids>{ID_LIST}) for (?:the )?(?:token |string |word |text |input )?"
    rf"(?P<subjects>{S})",
    re.I,
)
IDS_LATER = re.compile(
    rf"(?P<subjects>{S})(?:(?!\b(?:not|never|without|unlike)\b)[^{STRING[1:-1]}\d.;:(]){{1,60}}?(?P<filler>\b(?:tokens?|ids)):? "
    rf"(?P<ids>\[?{ID}(?:{JOIN}{ID}){{1,30}}\]?){NOT_A_UNIT}",
    re.I,
)
IDS_ASIDE = re.compile(
    rf"(?P<subjects>{S}) ?[(\[](?:which is |i\.e\. )?(?P<filler>(?:gpt-?\d )?(?:the )?(?:token |tokens |ids? |index |indices |"
    rf"number |= ?|→ ?|: ?)*)(?P<ids>{ID}(?:(?:, | and |,| ){ID}){{0,30}})[)\]]",
    re.I,
)
IDS_BEFORE = re.compile(
    rf"(?P<filler>\b(?:tokens?|ids?|index|indices|sequence|list|array)(?: (?:of )?(?:token )?(?:ids?|tokens|numbers?|index))?) "
    rf"(?P<ids>{ID_LIST})(?: in [\w-]+)?,? "
    rf"(?:is|are|=|stands? for|represents?|decodes? (?:back )?(?:in)?to|corresponds? to|maps? (?:back )?to|means?|spells?"
    rf"|belongs? to|is (?:assigned to|reserved for|used for)|are (?:assigned to|reserved for)|refers? to|denotes?|encodes?)"
    rf"{ADVERB}(?: the)?(?: special)?(?: [a-z]+(?: [a-z]+)?)? (?P<subjects>{S})",
    re.I,
)
COUNTED = re.compile(rf"{SUBJECTS}{ADVERB},?\s*(?P<verb>{VERB}){NAMED}{COUNT}", re.I)
COUNT_OF = re.compile(
    rf"(?P<count>{COUNT_WORD}) tokens? (?:for|to (?:encode|represent|spell|write|store)|in) (?:the )?(?:string |word |text |phrase )?\s*"
    rf"(?P<subjects>{S})",
    re.I,
)
COUNT_ALSO = re.compile(
    rf",? (?:and|but|versus|vs\.?|against|while|whereas) (?:only |just )?(?P<count>{COUNT_WORD})(?: tokens?\b|(?=\s*[.,;)]))",
    re.I,
)
PIECES = re.compile(
    rf"(?P<subjects>{SUBJECT}){ASIDE}{ADVERB},?\s*(?P<verb>{VERB}){ADVERB}\s*(?P<filler>(?:(?P<count>{COUNT_WORD}) "
    rf"(?:separate |different |distinct )?(?:tokens|pieces|parts|chunks))?{TOKEN_WORDS}[:,]?)\s*\[?\s*"
    rf"(?P<pieces>{S}{ASIDE}(?:(?:{JOIN}|,? (?:and|then)? ?the (?:second )?(?:token )?){S}{ASIDE}){{1,30}})",
    re.I,
)
IDS_GIVEN = re.compile(
    rf"\b(?:gives?|assigns?|gave|assigned)(?: the)?(?: token| string| word)? (?P<subjects>{S}){ASIDE} "
    rf"(?P<filler>(?:to )?(?:the )?(?:token )?(?:ids?|index|number)) (?P<ids>{ID_LIST})",
    re.I,
)
ANY_ASIDE = r"(?:\s*\([^()]{0,60}\))?"
PIECES_OF = re.compile(
    rf"\b(?P<filler>tokens?|pieces|parts) (?:for|of|in) (?:the )?(?:string |word |text )?(?P<subjects>{S}) (?P<verb>are|is|=|:) "
    rf"(?P<count>)(?P<pieces>{S}{ANY_ASIDE}(?:{JOIN}{S}{ANY_ASIDE}){{1,30}})",
    re.I,
)
IDS_BEHIND = re.compile(rf"\s*[(\[](?:(?:token )?ids:? )?(?P<ids>{ID}(?:, (?:and )?{ID}){{1,30}})[)\]]", re.I)
"""Behind pieces: their ids."""
HEDGE = r"(?P<hedge>(?:roughly|about|around|approximately|nearly|almost|some|over|more than|~|≈|just over|a little over) ?)?"
SIZE = r"(?P<size>\d{1,3}(?:\.\d)? ?[kK]\b|\d{1,3}(?:,\d{3})+|\d{3,6})(?!\w|[.,]\d)"
SIZES = [
    re.compile(rf"vocab(?:ulary)?(?:[ _]size)?(?:,| of| is| has| had| with| =|:| at| to| was| being| contains| comprises| expanded| "
               rf"expands| size| went| goes| going| grew| grows| rose| becomes?| became| up| total| in total| a| the| its| holds| comes| "
               rf"in GPT-x| equals| exactly| thus| therefore| then| now| tokens| counts){{0,8}} {HEDGE}{SIZE}", re.I),
    re.compile(rf"\b{HEDGE}{SIZE}[ -](?:possible |different |distinct |unique )?tokens? (?:in (?:its|the|their|GPT-x's) )?"
               rf"vocab(?:ulary)?", re.I),
    re.compile(rf"vocab(?:ulary)? (?:\w+ ){{0,4}}?(?:has|contains|holds|of|is|with|comprises|had) {HEDGE}{SIZE}"
               rf"(?: (?:possible|different|distinct|unique))? (?:tokens|entries|elements)", re.I),
    re.compile(rf"GPT-x(?:'s tokenizer)? (?:has|uses|had|used|knows) {HEDGE}{SIZE} (?:possible |different |unique )?tokens\b"
               rf"(?! of| for)", re.I),
]  # fmt: skip
SIZES_KNOWN = (50_257, 100_277)
MERGES = re.compile(rf"{HEDGE}{SIZE} (?:learned )?merges\b", re.I)

SPACES = re.compile(
    r"(?P<n>\d{1,2}|"
    + "|".join(NUMBER_WORDS[1:])
    + r") (?:consecutive |leading |blank )?(?:white)?spaces\b(?! each)",
    re.I,
)

SUPPOSED = re.compile(
    r"\b(?:if|suppose|supposing|imagine|pretend|would|could|might|perhaps|maybe|wrong(?:ly)?|false(?:ly)?|incorrect(?:ly)?|"
    r"mistaken(?:ly)?|not true|myth|erroneous(?:ly)?|contrary|were to|instead of|rather than|say that|we want|hypothetical)\b",
    re.I,
)
TOY = re.compile(
    r"\b(?:mint(?:s|ed)?|merg(?:e|es|ed|ing)|pairs?|our (?:own )?(?:\w+ )?tokenizer|toy|we train(?:ed)?|i train(?:ed)?|"
    r"training|raw bytes?|byte values?|my tokenizer|this tokenizer we|let's|our|we|minbpe|basictokenizer|regextokenizer)\b",
    re.I,
)
CODE_POINT = re.compile(
    r"code ?points?|\bunicode\b|\butf-?(?:8|16|32)\b|\bascii\b|\bord\(|\bbytes?\b|\bhex(?:adecimal)?\b|\bu\+",
    re.I,
)


LABEL = re.compile(
    rf"^(?:[-*>#|]|\d+\.)*\s*(?:the (?:string|text|word) |text: |string: |input: )?({STRING})\s*:?\s*$", re.I
)

ANNOUNCES = re.compile(r"\btokens?\b|\bids?\b|tokeni[sz]|encod", re.I)

SETTINGS = re.compile(
    r"\b(?:settings?|parameters?|hyper\w+|config\w*|options?|sizes?|limits?|lengths?|counts?|prices?|costs?)\b",
    re.I,
)
ITEM = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s")
ELSEWHERE = re.compile(r"\b(?:before|until|unlike|than|after|without|since)(?: the)? ?$", re.I)
"""Before a tokenizer's name: what was said is not about it."""

ID_LINE = re.compile(
    rf"^(?:[-*>|]|\d+\.)*\s*(?:(?:token )?(?:ids|tokens)(?: ids)?(?: \([^()]{{1,40}}\))?\s*[:=]|→|->|=>)?\s*(?P<ids>\[?\s*{ID}(?:\s*,\s*{ID}|\s+{ID})*\s*\]?)\s*\|?\.?$",
    re.I,
)

BOLD_LINE = re.compile(r"^\s*(?:[-*>]\s+)?(\*\*|__)(?P<s>[^*_\n]{1,120})\1\s*:?\s*$")

BINDING = re.compile(
    r"(?m)^\s*(?:>>> )?(?P<var>\w+)\s*=\s*(?:tiktoken\.)?(?:get_encoding|encoding_for_model|get_tokenizer)\(\s*['\"](?P<name>[\w.-]+)['\"]"
    r"|^\s*(?:>>> )?(?P<var2>\w+)\s*=\s*(?:\w+\.)?(?P<class>GPT[24])Tokenizer\("
)

ENCODE = re.compile(
    r"(?P<var>\w+)\.encode\(\s*(?P<q>['\"])(?P<s>(?:\\.|(?!(?P=q))[^\\\n]){0,500}+)(?P=q)\s*(?P<args>(?:,[^()]*)?)\)(?P<len>\s*\))?\s*\)?"
    r"[ \t]*(?:\n(?:>>> ?)?(?:print\(\w+\)|\w+(?=[ \t]*(?:#|\n))))?"
    r"[ \t]*(?:\n?[ \t]*(?:#|//)?[ \t]*(?i:(?:out(?:put)?|prints?|results?|returns?|gives)(?:\[\d+\])?[ \t]*:?[ \t]*)?(?:->|→|=>|==|=)?[ \t]*"
    r"(?:\n>>>.*)?)(?P<ids>\[\s*\d{1,6}(?:\s*,\s*\d{1,6})*\s*\])"
)

NAMING = re.compile(
    r",? ?\(?\b(?:in|by|with|under|for|using|according to|of|to|through|into) (?:the |OpenAI's )?$", re.I
)

AFTER_NAME = re.compile(
    r"(?:['’]s)?(?: (?:tokenizer|tokeniser|encoding|vocabulary|vocab|model|table|world|case))*\)?", re.I
)

ROW = re.compile(
    rf"\|\s*(?P<s>{STRING})\s*\|(?:\s*\d+\s*\|)?\s*(?P<ids>{STRING}|\[?\s*{ID}(?:\s*,\s*{ID})*\s*\]?)\s*\|"
)

SENTENCE_END = re.compile(rf"[.!?][\"”')\]]{{0,4}}(?=\s{{1,4}}[A-Z\d(\[{STRING[1:-1]}]|\s*$)")

TAKES_APART = re.compile(r"\b(?:en)?(?:tokeni[sz]|encod|split|broken?|break|chop|cut|map)\w*", re.I)
"""Says that a text is taken apart: numbers beside strings are then ids, though nobody calls them so."""
ARROW = re.compile(r"→|->|=>|⇒|↦|⟶")

PART_OF = re.compile(
    r"\b(?:first|second|third|fourth|next|last|final|initial|other|two|three) (?:\w+ )?(?:tokens?|ids?|pieces?|parts?|one) "
    r"(?:of|in|for) (?:the )?(?:word |string |text )?$",
    re.I,
)
"""Before a string: what follows is about a part of it."""
ELLIPTIC = re.compile(
    rf",? (?:and|but|while|whereas|versus|vs\.?) (?P<subjects>{SUBJECT}){ASIDE}{ADVERB} "
    rf"(?:is|are|takes?|needs?|requires?|costs?|uses?|has|becomes?) (?:only |just )?(?P<count>{COUNT_WORD})(?=\s*[.,;)]|\s*$)",
    re.I,
)
"""Behind a count: "while 1275 needs two"."""
LISTED = re.compile(
    rf"^(?:(?:[-*+•]|\d+[.)])\s+)?(?P<s>{STRING})\s*(?:\((?:(?:token )?id:? |#)?(?P<aside>{ID}(?:, {ID}){{0,30}})\)"
    rf"|(?:[:=]|→|->|=>|⇒|–|—|-|is)\s*(?:(?:token )?id:? |#)?(?P<ids>\[?{ID}(?:, {ID}){{0,30}}\]?))\s*[.,;]?$",
    re.I,
)
"""An item of a list: a string and its ids."""
CELLS = re.compile(r"(?<=\|)[^|]*(?=\|)")
RULE = re.compile(r"^\|?[\s:|-]+\|?$")

SAYS_ID = re.compile(r"(?<!million )(?<!billion )(?<!thousand )(?<!\d )token|\bids?\b|index|indic", re.I)
