"""What the letter of the benchmarks says; imports nothing, for the peers read it in environments of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).resolve().parent / "templates" / "letter"

WEEK: Mapping[str, Any] = {
    "week": 10,
    "items": [
        {
            "head": f"{name} and what comes of it",
            "text": f"The {name.lower()} of last month went on this week. Forty people came on Tuesday, some of them "
            "for the first time, and stayed until the lights went out. There will be another evening in April, at the "
            "same place and hour; write to us when you would like to bring something, and say by when it must be back "
            "at your place.",
            "link": f"https://news.bench.example/week/10/{name.lower().replace(' ', '-')}",
        }
        for name in ("Reading circle", "Garden", "Repair shop", "Choir")
    ],
}


def personal(contact_id: int, name: str) -> dict[str, str]:
    """What differs from letter to letter."""
    return {"first_name": name.partition(" ")[0], "town": f"Town {contact_id % 97}", "number": f"N-{contact_id:07d}"}


def address(number: int) -> str:
    """The address of the n-th contact, in one of 50 domains."""
    return f"p{number}@d{number % 50}.example"
