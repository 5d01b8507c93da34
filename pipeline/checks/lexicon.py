"""What the checks know of English, as data: words for the same thing, opposites, denials, amounts, units.

Kept small and close to how lectures are spoken and rewritten: a general thesaurus lets invented sentences pass
(docs/adr/0006).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from pipeline.text import words


def listed(text: str) -> frozenset[str]:
    """Words set down one behind the other."""
    return frozenset(text.split())


# A line holds words that may stand for one another in a paraphrase.
_ALIKE = """
example instance
see notice observe look glance
let allow enable permit
need require
get obtain receive retrieve yield
begin start
put write place
use apply employ
show indicate display demonstrate mean
make build create construct produce form generate
find discover
keep retain stay remain
help assist
matter important
change alter modify switch
choose pick select
stop end finish final last
fast quick speed
big large huge
small little tiny short
hard difficult tricky
problem issue problematic trouble
way method manner approach
part piece portion
say tell mention call name
happen occur
try attempt
often frequent usual
whole entire total overall complete full
two twice both double pair
same equal identical unchanged
talk discuss
idea notion
various different several
compare versus comparison
hold contain include consist
like similar resemble alike
size large long length
cut truncate split divide
suitable suit adapted appropriate
influence affect impact
describe explain
disk disc
feed pass give
manual hand
purpose goal aim
possible can
sentence phrase
chunk piece block
second other
quite pretty rather
"""

# Pairs of opposites: to say one for the other turns a statement round.
_OPPOSITE = """
more less, more fewer, larger smaller, bigger smaller, greater smaller, higher lower, longer shorter, faster slower,
better worse, easier harder, increase decrease, increase reduce, before after, above below, left right, top bottom,
maximum minimum, same different, possible impossible, true false, positive negative, encode decode, encoder decoder,
add remove, upper lower, inside outside, common rare, simple complex, supervised unsupervised, high low,
large small, big small, long short, fast slow, easy hard, easy difficult, good bad, best worst, most least,
equal unequal, efficient inefficient, longest shortest, largest smallest, earlier later, input output,
multiply divide, early late, open closed, public private, local remote, fixed dynamic, cheap expensive,
similar different, success failure, accept reject, include exclude, strong weak, deep shallow, forward backward
"""

DENIALS = listed(
    """
    not no never none nobody nothing neither nor without cannot nowhere isn't aren't wasn't weren't don't doesn't
    didn't haven't hasn't hadn't can't couldn't won't wouldn't shouldn't mustn't needn't ain't mightn't
    wont
    """
)
# Words by which a denial may be put without one of the above.
MILD_DENIALS = listed(
    """
    hardly barely scarcely rarely seldom otherwise instead rather unless until except unable fail fails failed
    avoid avoids avoiding lack lacks missing ignore ignores prevent prevents few little different without only
    unknown impossible aside unlike same unchanged independent free limit limited limits limitation maximum useless less
    outside beyond skip skips skipped forget forgets drop drops dropped omit omits refuse refuses stop stops nearly
    """
)

_AMOUNTS = {
    "all": "all every each always everything everyone everybody entirely completely both whole entire any fully "
    "exclusively throughout per",
    "most": "most mostly usually generally typically majority frequently often normally mainly commonly",
    "many": "many much lots lot numerous plenty often frequently several multiple various",
    "some": "some sometimes several occasionally certain various partly multiple few",
    "few": "few rarely seldom hardly barely scarcely little",
    "none": "no none never neither nothing nobody any",
}

# Units and things counted: a number said with one of a group and written with another is another number.
_UNITS = """
%/percent
second/seconds, millisecond/milliseconds/ms, minute/minutes, hour/hours, day/days, week/weeks, month/months, year/years
bit/bits, byte/bytes, kilobyte/kilobytes/KB, megabyte/megabytes/MB, gigabyte/gigabytes/GB, terabyte/terabytes/TB
gram/grams, kilogram/kilograms/kg, pound/pounds, ton/tons/tonne/tonnes
meter/meters/m, kilometer/kilometers/km, mile/miles
token/tokens, word/words, character/characters/letter/letters, sentence/sentences, line/lines
dimension/dimensions, layer/layers, parameter/parameters, epoch/epochs, step/steps, point/points, time/times/x
dollar/dollars/$, euro/euros
"""


@lru_cache
def alike() -> dict[str, frozenset[str]]:
    """Stem to the stems that may stand for it."""
    groups: dict[str, set[str]] = defaultdict(set)
    for line in _ALIKE.strip().splitlines():
        stems = {words.stem(word) for word in line.split()}
        for one in stems:
            groups[one] |= stems
    return {one: frozenset(group) for one, group in groups.items()}


@lru_cache
def opposites() -> dict[str, frozenset[str]]:
    """Word to its opposites, both ways, as the words stand."""
    found: dict[str, set[str]] = defaultdict(set)
    for pair in _OPPOSITE.replace("\n", " ").split(","):
        one, other = pair.split()
        found[one].add(other)
        found[other].add(one)
    return {one: frozenset(others) for one, others in found.items()}


@lru_cache
def contrary(stem: str) -> frozenset[str]:
    """Stems of the opposites of a stem's words."""
    return frozenset(
        words.stem(other)
        for word, others in opposites().items()
        if words.stem(word) == stem
        for other in others
    )


@lru_cache
def amounts() -> dict[str, frozenset[str]]:
    """Word to the kinds of amount it may mean: "often" is "most" or "many"."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for kind, listed in _AMOUNTS.items():
        for word in listed.split():
            kinds[word].add(kind)
    return {word: frozenset(found) for word, found in kinds.items()}


@lru_cache
def units() -> dict[str, str]:
    """A unit as written to the unit it is: "GB" and "gigabytes" to "gigabyte"."""
    groups: Iterable[str] = _UNITS.strip().replace("\n", ",").split(",")
    return {form: group.split("/")[0].strip() for group in groups for form in group.strip().split("/")}
