"""Words as rare and as common as words are: the n-th most common is used 1/n as often (Zipf).

The first hundred are words of such a team; the others are made of syllables. Entries are put together from phrases.
"""

from __future__ import annotations

import random
from itertools import product

COMMON, RARE, NOWHERE = "review", "zanzibar", "nonesuch"  # in many entries, in three, in none
WORDS = 20_000
PHRASES = 16_384  # a power of two: picked by the bits of a hash
_TAGS = (
    "release support billing hiring docs infra mobile search api design onboarding incident customer sales legal data"
)
TAGS = _TAGS.split()
_TEXT = (
    "the review fixed with for customer release tests to and of wrote docs after started meeting finished plan "
    "new deployed call bug on from report merged branch answered tickets support team invoice looked into slow "
    "query login page mobile search build waiting access design draft sent offer visited talked about next "
    "week numbers moved server backup checked logs helped onboarding training cleaned old code updated library "
    "version prepared demo slides budget hiring interview contract supplier order stock delivery label photo "
    "campaign newsletter list"
)
_FIRST = _TEXT.split()
_PARTS = "ba ke li mo nu ra se ti vo wa xe yi zo dra gle pli sto tru"
_SYLLABLES = _PARTS.split()


def vocabulary() -> list[str]:
    """All words, the most common first."""
    made = ("".join(parts) for parts in product(_SYLLABLES, repeat=4))
    known = dict.fromkeys(_FIRST)
    return [*known, *(word for word, _ in zip(made, range(WORDS - len(known)), strict=False))]


def phrases() -> list[str]:
    """Three to six words each, drawn by their rank."""
    chance = random.Random(6)  # the same each time
    words = vocabulary()
    return [
        " ".join(
            words[min(len(words) - 1, int(len(words) ** chance.random()) - 1)] for _ in range(chance.randint(3, 6))
        )
        for _ in range(PHRASES)
    ]
