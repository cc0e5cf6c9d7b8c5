"""Conditions with words of their own: teams, consent, check-ins, and what became of campaigns."""

from __future__ import annotations

from typing import cast

from engine.campaigns.audience.dates import day
from engine.campaigns.audience.syntax import (
    ACTS,
    CHANNELS,
    COUNTS,
    ROLES,
    STATES,
    Act,
    Answered,
    Consent,
    Count,
    Got,
    InTeam,
    Leaf,
    Not,
    State,
)
from engine.campaigns.audience.tokens import Kind
from engine.campaigns.audience.words import Words

ROUNDS = 100  # of check-ins, looked back at


def in_team(words: Words) -> Leaf | Not:
    """in team "Ops" [as manager], in any team, in no team."""
    start = words.next().start
    none = words.take("no", "team")
    if none or words.take("any", "team"):
        team = None
    elif words.take("team"):
        team = words.string('Which team? Its name stands in quotation marks: in team "Ops".')
    else:
        raise words.fault('Write in team "…", in any team, or in no team.')
    role = words.one_of(ROLES, "A role is manager, member or observer.") if words.take("as") else None
    found = InTeam(team, role, words.since(start))
    return Not(found, found.at) if none else found


def consent(words: Words) -> Leaf | Not:
    """consent to mail [about "News"] is [not] given."""
    start = words.next().start
    words.expect("to", "Write consent to mail is given.")
    channel = words.one_of(CHANNELS, f"A channel is {', '.join(CHANNELS[:-1])} or {CHANNELS[-1]}.")
    topic = words.string('Which topic? It stands in quotation marks: about "News".') if words.take("about") else None
    words.expect("is", "Write is given, is withdrawn or is unknown after it.")
    negated = words.take("not")
    state = cast(State, words.one_of(STATES, "Consent is given, withdrawn or unknown."))
    found = Consent(channel, topic, state, words.since(start))
    return Not(found, found.at) if negated else found


def answered(words: Words) -> Leaf:
    """answered less than 2 of the last 5 rounds [in team "Ops"]."""
    start = words.next().start
    at = words.here
    op, count = _how_many(words)
    for word in ("of", "the", "last"):
        words.expect(word, "Go on with: of the last 5 rounds.")
    rounds = words.number(1, ROUNDS, f"Say a whole number of rounds, from 1 to {ROUNDS}.")
    if not (words.take("rounds") or words.take("round")):
        raise words.fault("Go on with: rounds.")
    if count > rounds:
        raise words.fault(f"Nobody can answer {count} of {rounds} rounds. Make one of the numbers fit.", at)
    team = None
    if words.take("in", "team"):
        team = words.string('Which team? Its name stands in quotation marks: in team "Ops".')
    return Answered(op, count, rounds, team, words.since(start))


def _how_many(words: Words) -> tuple[Count, int]:
    if words.take("none"):
        return "exactly", 0
    op = next((count for count in COUNTS if words.take(*count.split())), None)
    if op is None and words.here.kind is not Kind.NUMBER:
        raise words.fault("Say how many: none, less than 2, at most 2, exactly 2, at least 2 or more than 2.")
    return op or "exactly", words.number(0, ROUNDS, f"Say a whole number of rounds, up to {ROUNDS}.")


def got(words: Words) -> Leaf | Not:
    """got campaign "Spring" [since 30 days ago] [and did [not] open, click or reply]; did not get campaign "Spring"."""
    start, negated = words.here.start, False
    if not words.take("got"):
        words.next()
        negated = words.take("not", "get")
        if not negated:
            raise words.fault('Write did not get campaign "…", or got campaign "…" and did open.')
    campaign = _campaign(words)
    since = day(words) if words.take("since") else None
    did, acts = _did(words) if not negated else (None, ())
    found = Got(campaign, since, did, acts, words.since(start))
    return Not(found, found.at) if negated else found


def _campaign(words: Words) -> str | int | None:
    if words.take("any", "campaign"):
        return None
    words.expect("campaign", 'Write campaign and its name, campaign "Spring", or any campaign.')
    if words.here.kind is Kind.NUMBER:
        return words.number(1, 10**15 - 1, "A campaign's number is a whole number, as its page says it.")
    return words.string('Which campaign? Its name stands in quotation marks: got campaign "Spring".')


def _did(words: Words) -> tuple[bool | None, tuple[Act, ...]]:
    """What they did, or did not, with what they got; None where nothing is said of it."""
    if words.says("and", "did", "not", "get") or not words.take("and", "did"):
        return None, ()  # "and did not get campaign …" is the next condition
    did, acts = not words.take("not"), {_act(words)}
    while (words.says(",") or words.says("or")) and words.ahead().text in ACTS:
        words.next()
        acts.add(_act(words))
    return did, tuple(act for act in ACTS if act in acts)


def _act(words: Words) -> Act:
    return cast(Act, words.one_of(ACTS, "Say what they did: open, click or reply."))
