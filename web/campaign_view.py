"""A campaign's first page: its steps, each with what is decided, whether something is in the way, and where to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.campaigns import approvals
from engine.campaigns.around import Around
from engine.campaigns.audience.looking import Seen
from engine.campaigns.campaigns import Campaign
from engine.campaigns.content.preview import Shown
from engine.campaigns.drying import Dry
from web import shown

GOOD, WARN, BAD, OPEN = "good", "warn", "bad", ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: `tone` and `mark` say how it stands, `lines` what is decided, `do` what its link says."""

    title: str
    endpoint: str
    tone: str
    mark: str
    lines: tuple[str, ...]
    do: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the steps are about. `seen` is the mail as somebody would get it; `whom` the people who are meant."""

    of: Campaign
    around: Around
    seen: Shown | None
    wrong: str
    whom: Seen
    dry: Dry | None
    approvals: Sequence[approvals.Yes]
    zone: str

    @property
    def reader(self) -> str:
        """The address of one of those who are meant, as whom a test is sent; empty where there is none."""
        return self.seen.reader.email if self.seen and self.seen.reader else ""


def people(count: int) -> str:
    """So many people."""
    return "1 person" if count == 1 else f"{count:,} people"


def minutes(count: int) -> str:
    """So many minutes."""
    return "1 minute" if count == 1 else f"{count:,} minutes"


def steps(facts: Facts) -> list[Step]:
    """The steps in the order in which one goes."""
    if facts.of.channel_id:  # it is to nobody by name
        return [_says(facts), _posted(facts), _plan(facts)]
    found = [_says(facts), _whom(facts), _plan(facts), _dry(facts)]
    return [*found, *_yes(facts)]


def _says(facts: Facts) -> Step:
    of, seen = facts.of, facts.seen
    if not of.version_no:
        return Step("What it says", "content.show", BAD, "missing", ("Nothing yet.",), "Write it")
    if facts.wrong or seen is None or seen.letter is None:
        nobody = "It is for nobody whom it could be shown as." if seen and seen.reader is None else ""
        words = facts.wrong or nobody or (seen.fault if seen else "")
        return Step("What it says", "content.show", BAD, "to mend", (words,), "Mend it")
    size = shown.size(len(seen.letter.html.encode()))
    reader = seen.reader.name or seen.reader.email if seen.reader else "nobody"
    lines = [f"“{seen.letter.subject}”", f"Version {of.version_no}, {size}, as {reader} would get it"]
    must = [one.words for one in seen.findings if one.must]
    lines += [one.words for one in seen.findings[:3]]
    tone, mark = (BAD, "to mend") if must else (WARN, "to look at") if seen.findings else (GOOD, "ready")
    return Step("What it says", "content.show", tone, mark, tuple(lines), "Change it")


def _whom(facts: Facts) -> Step:
    of, whom, around = facts.of, facts.whom, facts.around
    lines = [of.query or "Everybody this workspace may write to"]
    if around.segment:
        lines.append(f"It began with the segment {around.segment}")
    lines.append("Only those who have said yes" if of.needs_consent else "All who have not said no")
    if around.topic:
        lines.append(f"About {around.topic}")
    if cap := of.cap_count or around.limits.cap_count:
        lines.append(f"Nobody who had {cap} in {of.cap_days or around.limits.cap_days} days")
    if whom.faults:
        return Step("To whom", "campaign_whom.show", BAD, "to mend", (*lines[:1], whom.faults[0].words), "Mend it")
    if whom.number == 0:
        return Step("To whom", "campaign_whom.show", BAD, "nobody", tuple(lines), "Change it")
    mark = "many people" if whom.number is None else people(whom.number)
    return Step("To whom", "campaign_whom.show", GOOD, mark, tuple(lines), "Change it")


def _posted(facts: Facts) -> Step:
    if not facts.around.channel:
        return Step("Where", "campaign_plan.show", BAD, "gone", ("Its channel is gone.",), "Choose another")
    lines = (f"A post to {facts.around.channel}", "Everybody there sees the same; the query is not asked")
    return Step("Where", "campaign_plan.show", GOOD, "a post", lines, "Change it")


def when(of: Campaign, zone: str) -> str:
    """When it leaves, in a sentence without its end."""
    if of.send_when == "at" and of.send_at is not None:
        return f"At {shown.moment(of.send_at, zone)} ({zone})"
    if of.send_when == "local" and of.local_time is not None:
        day = f" on {shown.short_day(of.local_day)}" if of.local_day else ""
        return f"At {of.local_time:%H:%M} of each person's own clock{day}"
    return "As soon as it is launched"


def _plan(facts: Facts) -> Step:
    of, zone = facts.of, facts.zone
    lines = [when(of, zone)]
    if of.weekdays != 127:
        lines.append(f"Only on {shown.days(of.weekdays)}")
    if of.quiet_from and of.quiet_until:
        lines.append(f"Not between {of.quiet_from:%H:%M} and {of.quiet_until:%H:%M} there")
    if of.per_hour:
        lines.append(f"At most {of.per_hour:,} an hour")
    if of.canary:
        lines.append(f"{people(of.canary)} first, the others {minutes(of.canary_minutes)} later")
    shape = "A conversation with each person" if of.shape == "individual" else "One way; answers begin conversations"
    lines.append(f"{shape}, of {facts.around.team or 'the workspace'}")
    if of.deadline_at:
        lines.append(f"Answers are due {shown.moment(of.deadline_at, zone)}")
    if of.reminder_at:
        lines.append(f"One reminder {shown.moment(of.reminder_at, zone)}")
    lines.append(_tracked(of, facts.around))
    return Step("When and how", "campaign_plan.show", GOOD, "ready", tuple(lines), "Change it")


def _tracked(of: Campaign, around: Around) -> str:
    links = around.track_links and of.track_links is not False
    opens = around.track_opens and of.track_opens is not False
    what = " and ".join(name for name, on in (("links", links), ("opens", opens)) if on)
    return f"Counts {what}" if what else "Nothing is tracked"


def _dry(facts: Facts) -> Step:
    dry = facts.dry
    tone, mark, line = tried(dry)
    lines = (line, "The largest mail has " + shown.size(dry.largest)) if dry and dry.largest else (line,)
    return Step("Dry run", "campaign_dry.show", tone, mark, lines, "Look at it" if dry else "Try it")


def tried(dry: Dry | None) -> tuple[str, str, str]:
    """How the dry run stands: tone, mark, and a sentence without its end."""
    if dry is None:
        return OPEN, "not yet", "Nobody's mail was tried"
    if dry.busy:
        return OPEN, f"{dry.percent} %", "It goes on"
    if not dry.current or dry.wrong:
        return WARN, "out of date", "The campaign has changed since"
    if dry.failed:
        return BAD, f"{dry.failed:,} would fail", f"{dry.failed:,} of {dry.done:,} would get nothing"
    return GOOD, "all can be filled", f"{people(dry.done)} were tried"


def _yes(facts: Facts) -> list[Step]:
    """The second yes, where the workspace asks for one of so many."""
    most, reached = facts.around.limits.approve_over, facts.whom.number
    if most is None or (reached is not None and reached <= most):
        return []
    who = tuple(f"{yes.name}, to {yes.recipients:,} recipients" for yes in facts.approvals)
    if who:
        return [Step("A second yes", "", GOOD, "given", who, "")]
    waits = facts.of.state == "review"
    line = f"Over {most:,} recipients, somebody who neither wrote it nor asked has to say yes"
    return [Step("A second yes", "", WARN, "asked for" if waits else "needed", (line,), "")]
