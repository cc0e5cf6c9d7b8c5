"""How pages write times, days, spans and states; registered as template filters and globals by `install`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from flask import current_app, request
from flask.sansio.app import App
from markupsafe import Markup

from engine.rounds.preview import Gap
from engine.transports import registry
from web.charts import share

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONG_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")

# The colour of a state's mark: good is an end as wished, busy is under way, warn wants a look, bad went wrong.
TONES = {
    "good": ("sent", "delivered", "answered", "done", "active", "closed", "approved", "finished"),
    "busy": ("sending", "claimed", "asked", "reminded", "due", "open", "running", "scheduled", "finishing"),
    "warn": ("deferred", "in_doubt", "held", "paused", "missed", "expired", "waiting", "review", "holding"),
    "bad": ("bounced", "failed", "complained", "failing", "poisoned"),
}
TONE = {state: tone for tone, states in TONES.items() for state in states}


def zone_of(name: str | None) -> ZoneInfo:
    """The zone of an IANA name; UTC for none or one that this machine's tz data lacks."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock(value: datetime | time, zone: str | None = None) -> str:
    """18:00; an instant is shown in `zone`."""
    return f"{value.astimezone(zone_of(zone)) if isinstance(value, datetime) else value:%H:%M}"


def day(value: date) -> str:
    """A date: "Wednesday 4 Mar 2026"."""
    return f"{LONG_WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"


def short_day(value: date) -> str:
    """A date near today: "Wed 4 Mar"."""
    return f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"


def moment(instant: datetime, zone: str | None = None) -> str:
    """An instant in `zone`: "Wed 4 Mar 18:00"."""
    local = instant.astimezone(zone_of(zone))
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local:%H:%M}"


def second(instant: datetime, zone: str | None = None) -> str:
    """An instant in `zone` to the second: "Wed 4 Mar 18:00:07"."""
    return f"{moment(instant, zone)}:{instant.astimezone(zone_of(zone)):%S}"


def local(instant: datetime, zone: str | None = None) -> str:
    """An instant in `zone` as sheets sort and compute with it: "2026-03-04 18:00:07"."""
    return f"{instant.astimezone(zone_of(zone)):%Y-%m-%d %H:%M:%S}"


def soon(instant: datetime, zone: str | None, now: datetime) -> str:
    """When something comes, seen from `zone`: "today 18:00", "Thu 18:00", or with its date when it is far off."""
    tz = zone_of(zone)
    local, here = instant.astimezone(tz), now.astimezone(tz)
    ahead = (local.date() - here.date()).days
    if ahead == 0:
        return f"today, {WEEKDAYS[local.weekday()]} {local:%H:%M}"
    if 0 < ahead < 7:
        return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"
    return moment(instant, zone)


def days(mask: int) -> str:
    """Weekdays of a mask (bit 0 = Monday): "Mon to Fri", "every day", "Mon, Wed, Fri"."""
    chosen = [i for i in range(7) if mask >> i & 1]
    if not chosen:
        return "no day"
    if len(chosen) == 7:
        return "every day"
    if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
        return f"{WEEKDAYS[chosen[0]]} to {WEEKDAYS[chosen[-1]]}"
    return ", ".join(WEEKDAYS[i] for i in chosen)


def span(minutes: int) -> str:
    """Minutes as "15 h" or "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part) or "0 min"


def ago(seconds: float) -> str:
    """How long ago or for how long, roughly: "4 s", "12 min", "3 h", "9 days"."""
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86400:.0f} days"


def coded(said: str) -> Markup:
    """Plain words with what stands between backticks as code: commands that people are to type."""
    parts = said.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def size(number: float) -> str:
    """Bytes as people say them: "640 kB", "2.5 GB"."""
    names = iter(("B", "kB", "MB", "GB", "TB"))
    name = next(names)
    while number >= 1000 and name != "TB":
        number, name = number / 1000, next(names)
    return f"{number:.0f} {name}" if number >= 100 or name == "B" else f"{number:.1f} {name}"


def days_between(first: date, last: date) -> str:
    """An away span: one day, or "Mon 2 Mar to Fri 6 Mar"."""
    return short_day(first) if first == last else f"{short_day(first)} to {short_day(last)}"


def words(state: str) -> str:
    """A state as people read it: in_doubt → in doubt."""
    return state.replace("_", " ")


def tone(state: str) -> str:
    """The tone of a state's mark, or empty for a quiet one."""
    return TONE.get(state, "")


# What the parser's reasons for cutting mean (engine.inbound.parse.quote and .signature), for people.
CUT = {
    "quote": "a quotation", "marker": "our own line above the quotation", "divider": "a line that begins the old mail",
    "header-block": "the head of the old mail", "bottom-posted": "the quotation above the answer",
    "inline": "a quotation between the answers was kept", "trailing-signature": "lines at its end",
    "signature-marked": "what the mail program marks as a signature", "signature-delimiter": "a signature below --",
    "mobile-signature": "a phone's own line", "list-footer": "the footer of a mailing list",
    "disclaimer": "a disclaimer", "decoration": "lines without words", "sign-off": "a farewell and a name",
    "intro": "the line above a quotation", "forward": "what was forwarded", "markup": "what the HTML marks as quoted",
    "forward-without-comment": "nothing, for a mail passed on without a word", "nothing-said": "nothing",
    "nothing-left": "all there was, so look at it", "much-cut": "much more than was kept, so look at it",
    "leftover": "a part of a quotation, of which more may be left",
}  # fmt: skip


def cut_why(reasons: Iterable[str]) -> str:
    """Why lines were cut away from a mail, as people say it."""
    return ", ".join(CUT.get(reason, reason) for reason in reasons)


def iso(instant: datetime) -> str:
    """For <time datetime=…>."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def asked_day(name: str) -> date | None:
    """The date in the `name` of the query string, or of a form that carries it on; None for none or no date."""
    try:
        found = date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None
    return found if 1 < found.year < 9999 else None  # the day beside it, in any zone, is a date too


def begins(day: date | None, zone: str) -> datetime | None:
    """The first instant of a day in a zone."""
    return datetime.combine(day, time(), zone_of(zone)) if day else None


@cache
def zone_names() -> tuple[str, ...]:
    """The IANA zones people choose from: Area/City names and UTC, without the old aliases beside them."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in AREAS))


def mailbox_open() -> bool:
    """Whether this instance catches its mail here: never in production."""
    settings = current_app.extensions["sixpm_settings"]
    return bool(settings.catcher and not settings.production)


def is_gap(step: object) -> bool:
    """Whether a step of the preview of sends is days left out."""
    return isinstance(step, Gap)


def service(kind: str) -> str:
    """A chat service as people call it."""
    found = registry.SERVICES.get(kind)
    return found.label if found else kind


FILTERS = (
    share,
    ago,
    size,
    coded,
    clock,
    day,
    short_day,
    moment,
    second,
    soon,
    days,
    span,
    words,
    tone,
    iso,
    service,
    cut_why,
)


def install(app: App) -> None:
    """Give templates the filters."""
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.tests["days_left_out"] = is_gap
    app.jinja_env.globals.update(days_between=days_between, zone_names=zone_names)


__all__ = ["FILTERS", "LONG_WEEKDAYS", "WEEKDAYS", "asked_day", "begins", "days_between", "install", "mailbox_open",
           "zone_names", "zone_of"]  # fmt: skip
