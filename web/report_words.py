"""How the report of a campaign names its lists."""

from __future__ import annotations

from datetime import datetime, timedelta

from web import shown

PARTS = {"launch": "Launch", "rest": "The rest", "reminder": "Reminder"}
# The ways a mail may stand that is not accepted: the list, and what the funnel calls it.
UNSENT = (
    ("leftout", "Left out"), ("waiting", "Waiting"), ("deferred", "of them deferred"), ("bounced", "Bounced"),
    ("failed", "Could not be sent"), ("doubt", "In doubt"), ("unsent", "Expired or cancelled"),
)  # fmt: skip
TITLES = {
    "all": "Everybody it was planned for", "waiting": "Waiting", "deferred": "Deferred", "leftout": "Left out",
    "accepted": "Accepted", "bounced": "Bounced", "failed": "Could not be sent", "doubt": "In doubt",
    "unsent": "Expired or cancelled", "complained": "Called it spam", "opened": "Opened",
    "opened_likely": "Opened, likely by a machine", "opened_machine": "Opened by a machine", "clicked": "Clicked",
    "clicked_likely": "Clicked, likely by a machine", "clicked_machine": "Clicked by a machine",
    "replied": "Replied", "silent": "Not answered yet", "unsubscribed": "Unsubscribed", "rest": "The rest",
    "link": "Followed a link", "link_likely": "Followed a link, likely machines",
    "link_machine": "Followed a link, machines", "link_all": "Followed a link, people and machines",
    "opened_all": "Opened, by people or machines", "clicked_all": "Clicked, by people or machines",
}  # fmt: skip
SAYS = {
    "leftout": "They were meant, and got nothing: the reason stands with each.",
    "accepted": "The receiving server took the mail. Whether it lies in the inbox, nobody can see.",
    "doubt": "The line broke after the mail may have left. It was not sent twice.",
    "opened": "A person had the picture shown or followed a link.",
    "opened_likely": "One sign speaks for a machine, none for sure.",
    "opened_machine": "Only machines asked for it: scanners, or a picture that was fetched ahead.",
    "clicked": "A person followed a link.",
    "clicked_likely": "One sign speaks for a machine, none for sure.",
    "clicked_machine": "Only machines followed a link: a scanner opens all of them.",
    "silent": "Their mail was accepted, and they have not written back.",
    "unsubscribed": "They left by a link of this campaign, and have not come back.",
    "rest": "Nothing has reached them, is on its way to them, or may have reached them.",
}  # fmt: skip
_STATES = {name: title for name, title in TITLES.items() if name in ("accepted", "waiting", "deferred", "leftout",
           "bounced", "failed", "doubt", "unsent", "complained")}  # fmt: skip
_HOURS = {"hour": "Accepted", "opened_hour": "First opened by a person", "clicked_hour": "First clicked by a person"}


def title(name: str, key: str, zone: str) -> str:
    """What a list is called, with what it is narrowed to."""
    if name in _HOURS:
        return f"{_HOURS[name]}, {span(key, zone)}"
    if name == "provider":
        provider, _, state = key.partition("|")
        return f"{_STATES.get(state, 'Planned')}, {provider}"
    if name == "reason":
        state, _, why = key.partition("|")
        return f"{shown.words(state).capitalize()}: {why.replace('|', ' ').strip() or 'no reason was noted'}"
    return TITLES.get(name, name)


def span(key: str, zone: str) -> str:
    """The hours of a bar, in a zone: "Wed 4 Mar 18:00 to 19:00"."""
    begin, _, hours = key.partition("/")
    try:
        since = datetime.fromisoformat(begin)
        until = since + timedelta(hours=int(hours or 1))
    except ValueError:
        return key
    start, end = shown.moment(since, zone), shown.moment(until, zone)
    same = since.astimezone(shown.zone_of(zone)).date() == until.astimezone(shown.zone_of(zone)).date()
    return f"{start} to {end[-5:] if same else end}"


__all__ = ["PARTS", "SAYS", "TITLES", "UNSENT", "span", "title"]
