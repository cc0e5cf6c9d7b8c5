"""What a save changed, in a line of the record of acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from web import shown


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """What a save changed, in a line of the record: "prompt at: 18:00 → 17:30"."""
    return "; ".join(
        f"{name.replace('_', ' ')}: {_said(name, before[name])} → {_said(name, after[name])}"
        for name in before
        if before[name] != after[name]
    )


def _said(name: str, value: object) -> str:
    if name == "weekdays" and isinstance(value, int):
        return shown.days(value)
    if isinstance(value, time):
        return shown.clock(value)
    return " / ".join(map(str, value)) if isinstance(value, list) else "none" if value is None else str(value)
