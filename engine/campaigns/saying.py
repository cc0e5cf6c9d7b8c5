"""What a version of a campaign says to a person: its words with their own links, and the files that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.campaigns.campaigns import Campaign
from engine.campaigns.content import files, making, versions
from engine.campaigns.content.making import Letter, Made, Track
from engine.campaigns.content.persons import person
from engine.campaigns.content.version import Version
from engine.campaigns.tracking import flags, links
from engine.campaigns.tracking.ways import Ways
from engine.config import settings
from engine.db import Conn
from engine.outbound.drafts import Enclosure
from engine.outbound.paper import Kept
from engine.outbound.queries import sending
from engine.outbound.sign import Sign

_files: Kept[tuple[Enclosure, ...]] = Kept(16)  # of this process: one object for all letters encodes once


@dataclass(frozen=True, slots=True)
class Saying:
    """One version, ready to be said. `tracked` is `plain` where nothing is tracked."""

    campaign: str
    plain: Made
    tracked: Made
    files: Sequence[Enclosure]
    ways: Ways

    def letter(self, run_id: int, seq: int, row: Any, *, tracked: bool) -> tuple[Letter, str]:
        """The letter of a person, and the link by which they leave. Raises Unfilled with what stands in the way.

        `row`: see engine.campaigns.content.persons.person.
        """
        made = self.tracked if tracked else self.plain
        own = self.ways.links(run_id, seq, row.id, made.sheet(row.locale or "").places)
        return made.letter(person(row, self.campaign, own)), own["unsubscribe"]


def saying(conn: Conn, of: Campaign, no: int, now: datetime) -> Saying:
    """A version of a campaign, with what is tracked in it now. Raises NotFound, and Refused where it cannot be read."""
    version, theme = versions.get(conn, of.workspace_id, of.id, no), versions.theme(conn, of.workspace_id)
    identity, _ = sending.identity(conn, of.workspace_id, now)
    sign = Sign.of(identity, settings())
    plain = making.made(version, theme)
    ways = Ways.of(sign.keys, sign.base_url, of.workspace_id, of.topic_id, now.date())
    tracked = making.made(version, theme, _track(conn, of, plain, sign.base_url, now))
    return Saying(of.name, plain, tracked, _enclosed(conn, version), ways)


def _track(conn: Conn, of: Campaign, plain: Made, base_url: str, now: datetime) -> Track:
    """What is tracked, with the row of each address that a link leads to."""
    wished = flags.of_campaign(conn, of.workspace_id, of.id)
    if not wished.links:
        return Track(False, wished.opens)
    urls = [url for url in plain.targets if not links.is_own(url, base_url)]
    ids = links.kept(conn, of.workspace_id, of.id, urls, now) if urls else {}
    return Track(True, wished.opens, tuple(sorted(ids.items())))


def _enclosed(conn: Conn, version: Version) -> Sequence[Enclosure]:
    if not (version.inline or version.attached):
        return ()
    key = version.workspace_id, version.campaign_id, version.no
    found = _files.get(key)
    if found is None:
        found = files.enclosures(conn, version)
        _files.keep(key, found, sum(len(file.data) for file in found))
    return found


__all__ = ["Saying", "saying"]
