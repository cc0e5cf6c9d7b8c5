"""What is tracked in a mail: its signed addresses, one by one for each recipient, and which mails of teams have any.

Questions and digests have the picture and the hidden link where their workspace wants it and the person does not mind.
The words of people in them are left as they are: a link rewritten there would be an entry that nobody recognises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.db import Conn
from engine.outbound.drafts import Draft, MailDraft
from engine.outbound.queries import tracking
from engine.outbound.sign import hit_link, pixel_link
from engine.tokens import Purpose, Signer, letters

PIXEL = None  # in the place of a link's id: the picture
HIDDEN = 0  # the link that only machines follow
CHECKINS = ("prompt", "nudge", "digest")
_HIT, _OPEN = int(Purpose.HIT), int(Purpose.OPEN)


def addresses(signer: Signer, base_url: str, run_id: int, seq: int, places: Sequence[int | None]) -> list[str]:
    """The addresses of one mail's places (ids of links, HIDDEN, PIXEL), in their order: about a microsecond each."""
    signed = [
        signer.signed(_OPEN, run_id, seq, 0) if place is PIXEL else signer.signed(_HIT, run_id, seq, place)
        for place in places
    ]
    found: list[str] = []
    for at in range(0, len(signed), 4):
        found += letters(*signed[at : at + 4])[: len(signed) - at]
    return [
        pixel_link(base_url, token) if place is PIXEL else hit_link(base_url, token)
        for place, token in zip(places, found, strict=True)
    ]


def marked(conn: Conn, workspace_id: int, drafts: Mapping[int, Draft]) -> dict[int, Draft]:
    """The drafts of a run of check-ins, tracked but for the people who do not want it; one statement."""
    ids = [one.membership_id for one in drafts.values() if isinstance(one, MailDraft) and one.membership_id is not None]
    wanting = tracking.wanting(conn, workspace_id, ids)
    return {
        seq: replace(one, tracked=True) if isinstance(one, MailDraft) and one.membership_id in wanting else one
        for seq, one in drafts.items()
    }


__all__ = ["CHECKINS", "HIDDEN", "PIXEL", "addresses", "marked"]
