"""What a campaign says, as it was saved once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.campaigns.content.language.known import Known
from engine.campaigns.content.sheet import Written


@dataclass(frozen=True, slots=True)
class Version:
    """`texts` by locale; "" is what everybody else gets. `attached` and `inline` are ids of files."""

    workspace_id: int
    campaign_id: int
    no: int
    texts: Mapping[str, Written]
    attached: tuple[int, ...] = ()
    inline: tuple[int, ...] = ()
    known: Known = field(default_factory=Known)
    made_by: str = ""
    made_at: datetime | None = None

    @property
    def own(self) -> Written:
        """The text of whoever has no language of their own here."""
        return self.texts[""]

    @property
    def saved(self) -> bytes:
        """Equal for versions that say the same with the same fields."""
        said = repr((sorted(self.texts.items()), sorted(self.known.attributes.items())))
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


__all__ = ["Version"]
