"""Digests of teams of any size, grouped and worded as the engine does it: for pictures, and for tests of their size."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from engine.outbound.drafts import MailDraft
from engine.rounds import groups, mails

DAY = date(2026, 3, 4)
NAMES = (
    "Ada Keller", "Bikram Thapa", "Carla Nunes", "Daniel Wright", "Emi Sato", "Farid Haddad", "Grace Lin", "Hana Rai",
    "Ivo Marić", "Jun Watanabe", "Katarzyna Wiśniewska-Nowak", "Leota Faleolo",
)  # fmt: skip
TEXTS = (
    "Moved the import to the new queue; the nightly run takes 40 minutes less, and a file that fails stops no other.",
    "Reviewed the change to the billing page.",
    "Interviewed two people; both come back next week.",
    "Wrote up the outage: https://status.example.org/reports/2026-03-03-search-was-slow-for-two-hours",
    "Waiting for the certificate.",
)
QUESTIONS = ["What did you get done today?"]


def digest(people: int, each: int = 3, texts: tuple[str, ...] = TEXTS) -> MailDraft:
    """The digest of a team of so many. Most wrote, one to `each` entries; some say nothing, and some are away."""
    members = [_member(n) for n in range(people)]
    entries = [
        _entry(member, texts[(n + k) % len(texts)])
        for n, member in enumerate(members)
        if member.state == "answered"
        for k in range(n % each + 1)
    ]
    content = mails.content_of(groups.grouped(entries, members))
    context = {
        **content, "thread": "", "team": "Platform", "day": "Thursday 5 March", "team_id": 700_000,
        "comments_until": "2026-04-04",
    }  # fmt: skip
    own = {"recorded": "", "mend": ""}
    return MailDraft(
        "digest", context, "Bikram Thapa", own, membership_id=7, list_id="team-7", list_name="Platform",
        reply_until=date(2026, 4, 4),
    )  # fmt: skip


def _member(n: int) -> Any:
    state = "missed" if n % 10 == 3 else "excused" if n % 10 == 6 else "due" if n % 30 == 28 else "answered"
    name = NAMES[n % len(NAMES)]
    round_about = n // len(NAMES)
    return SimpleNamespace(
        membership_id=n, name=f"{name} {'I' * round_about}".rstrip(), left_at=None, role="member", state=state,
        local_date=DAY, away=False, reason="paused" if n % 20 == 6 else "away", delivery="sent", next_prompt_day=None,
    )  # fmt: skip


def _entry(member: Any, text: str) -> Any:
    return SimpleNamespace(
        membership_id=member.membership_id, question=None, questions=QUESTIONS, local_date=DAY, text=text,
        id=500_000_000 + member.membership_id,
    )  # fmt: skip
