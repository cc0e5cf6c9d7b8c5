"""Which delivery a mail is about, by the surest place first."""

from __future__ import annotations

from datetime import timedelta

from engine import tokens
from engine.inbound.addresses import named
from engine.inbound.parse.mail import Address, Bounce, ParsedMail
from engine.inbound.route import answered, returned
from engine.tokens import Purpose
from tests.engine.inbound.world import KEYS, UNTIL, address

TODAY = UNTIL
REPLY = address(Purpose.REPLY, 7, 3)


def to(text: str) -> tuple[Address, ...]:
    return (Address("", text),)


def test_the_envelope_wins_over_the_headers() -> None:
    mail = ParsedMail(to=to(address(Purpose.REPLY, 9, 9)))

    claim = answered(KEYS, mail, [REPLY], TODAY)

    assert claim is not None
    assert (claim.run_id, claim.seq, claim.by) == (7, 3, "envelope")


def test_an_upper_case_address_names_the_same_delivery() -> None:
    assert named(KEYS, REPLY.upper(), TODAY) == named(KEYS, REPLY, TODAY)


def test_delivered_to_then_to_are_read_when_the_envelope_is_unknown() -> None:
    mail = ParsedMail(delivered_to=("team@example.org", REPLY), to=to(address(Purpose.REPLY, 9, 9)))

    claim = answered(KEYS, mail, [], TODAY)

    assert claim is not None
    assert (claim.run_id, claim.by) == (7, "delivered-to")


def test_a_reply_to_the_envelope_sender_still_finds_its_delivery() -> None:
    claim = answered(KEYS, ParsedMail(), [address(Purpose.BOUNCE, 7, 3)], TODAY)

    assert claim is not None
    assert (claim.run_id, claim.seq, claim.by) == (7, 3, "verp")


def test_our_message_id_in_a_list_of_references_is_found_among_broken_ones() -> None:
    ours = tokens.message_id(KEYS, 7, 3, "example.test")
    mail = ParsedMail(in_reply_to=("x@elsewhere",), references=("no-at-all", ours.strip("<>"), "8.1.00@example.test"))

    claim = answered(KEYS, mail, [], TODAY)

    assert claim is not None
    assert (claim.run_id, claim.seq, claim.by) == (7, 3, "thread")


def test_an_expired_token_counts_only_where_no_good_one_is() -> None:
    old, good = address(Purpose.REPLY, 1, 1, UNTIL - timedelta(days=1)), address(Purpose.REPLY, 2, 1)

    alone = answered(KEYS, ParsedMail(), [old], TODAY)
    both = answered(KEYS, ParsedMail(to=to(good)), [old], TODAY)

    assert alone is not None
    assert both is not None
    assert (alone.run_id, alone.expired) == (1, True)
    assert (both.run_id, both.expired) == (2, False)


def test_a_foreign_token_names_nothing() -> None:
    other = tokens.sign(tokens.Keys.of("another secret"), Purpose.REPLY, 7, 3, UNTIL)

    assert answered(KEYS, ParsedMail(), [f"r+{other}@reply.example.test"], TODAY) is None


def test_a_reply_token_behind_a_bounce_letter_names_nothing() -> None:
    assert named(KEYS, "b" + REPLY[1:], TODAY) is None


def test_verp_decides_whose_bounce_it_is_before_the_report_does() -> None:
    other = tokens.message_id(KEYS, 9, 9, "example.test")
    mail = ParsedMail(bounce=Bounce((), True, "rfc3464", other))

    by_verp = returned(KEYS, mail, [address(Purpose.BOUNCE, 7, 3)], TODAY)
    by_report = returned(KEYS, mail, [], TODAY)

    assert by_verp is not None
    assert by_report is not None
    assert (by_verp.run_id, by_report.run_id) == (7, 9)
