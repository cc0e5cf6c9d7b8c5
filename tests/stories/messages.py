"""Messages as another release, or nobody, would have put them on the broker."""

from __future__ import annotations

from tests.stories.instance import Message

LONG_GONE = 10**12

OLD_MESSAGES: list[Message] = [
    ("deliver", "send", [[LONG_GONE]], {}),  # a batch that is not there, and no `v`
    ("deliver", "bulk", [[LONG_GONE]], {"v": 7, "priority": "high", "made_by": "0.0.1"}),
    ("receive", "inbound", [[LONG_GONE]], {"v": 0, "shard": 3}),
    ("canary", "upkeep", ["upkeep"], {"since": "2026-01-01T00:00:00Z"}),
    ("remind_everybody", "upkeep", [], {}),  # a task that this version does not have
]
