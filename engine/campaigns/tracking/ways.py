"""The signed links of a campaign's mails, for each recipient: to leave, to preferences, and what is tracked.

    ways = Ways.of(keys, base_url, workspace_id, campaign's topic, today)     # once for a batch
    links = ways.links(row.run_id, row.seq, contact_id, made.places)          # what a template knows as `links`
    LetterDraft(…, unsubscribe=links["unsubscribe"])                          # List-Unsubscribe (RFC 8058)

`slot` is what `links.wrapped` takes where templates name their links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine import tokens
from engine.campaigns.tracking import choice
from engine.campaigns.tracking.choice import MAIL
from engine.outbound.paper import LINK_DAYS
from engine.outbound.sign import leave_link, preferences_link
from engine.outbound.tracked import addresses
from engine.tokens import Keys, Purpose, Signer, letters, signer


def slot(n: int) -> str:
    """The n-th tracked place in the language of templates."""
    return "{{ links.t" + str(n) + " }}"


@dataclass(frozen=True, slots=True)
class Ways:
    """What the links of one campaign's mails share."""

    base_url: str
    workspace_id: int
    what: int
    last_day: int
    _signer: Signer
    _ids: Signer

    @classmethod
    def of(
        cls, keys: Keys, base_url: str, workspace_id: int, topic_id: int | None, today: date, channel: str = MAIL,
        good_for: timedelta = LINK_DAYS,
    ) -> Ways:  # fmt: skip
        """For the mails of a topic (None: of all campaigns on the channel); links to leave are good for so long."""
        last = tokens.day(today + good_for)
        what = choice.what(channel, topic_id)
        return cls(base_url, workspace_id, what, last, signer(keys.keys[0]), signer(keys.keys[-1]))

    def links(self, run_id: int, seq: int, contact_id: int, places: Sequence[int | None] = ()) -> dict[str, str]:
        """`unsubscribe`, `preferences`, and t0, t1 … for the places of what is tracked."""
        signed = self._signer.signed(Purpose.LEAVE, self.workspace_id, contact_id, self.last_day, self.what)
        token = letters(signed)[0]
        name = self._ids.message_id(run_id, seq, "x")[1:-3]
        links = {"unsubscribe": leave_link(self.base_url, token, name)}
        links["preferences"] = preferences_link(self.base_url, token, name)
        if places:
            own = addresses(self._signer, self.base_url, run_id, seq, places)
            links.update((f"t{n}", address) for n, address in enumerate(own))
        return links


__all__ = ["Ways", "slot"]
