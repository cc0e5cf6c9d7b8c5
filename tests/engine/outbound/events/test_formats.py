"""Every vendor's calls: what proves them, what does not, and what is read from them."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.outbound.events import mailgun, postmark, sendgrid, ses, sns
from engine.outbound.events.event import OLDEST, Call, Event, Kind, Refused, Unreadable
from engine.outbound.events.formats import FORMATS
from tests.engine.outbound.events import rigs
from tests.engine.outbound.events.rigs import RIGS, Rig, Said

NOW = datetime.now(UTC)
DELIVERED = Said(Kind.DELIVERED, token="abc")
each = pytest.mark.parametrize("rig", RIGS, ids=[rig.preset for rig in RIGS])


def check(rig: Rig, call: Call, key: str | None = None, now: datetime = NOW) -> None:
    FORMATS[rig.preset].check(call, rig.key if key is None else key, now, rigs.pages)


def read(rig: Rig, said: Said) -> Event:
    (event,) = FORMATS[rig.preset].read(rig.call(said))
    return event


@each
def test_a_call_of_the_vendor_is_proven(rig: Rig) -> None:
    check(rig, rig.call(DELIVERED))


@each
def test_without_a_signature_it_is_refused(rig: Rig) -> None:
    with pytest.raises(Refused):
        check(rig, rigs.unsigned(rig.call(DELIVERED)))


@each
def test_with_another_key_it_is_refused(rig: Rig) -> None:
    with pytest.raises(Refused):
        check(rig, rig.call(DELIVERED), rig.wrong_key)


@each
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"a": NaN}'])
def test_a_body_that_is_something_else_is_refused_or_unreadable_and_never_a_fault_of_ours(
    rig: Rig, body: bytes
) -> None:
    call = replace(rig.call(DELIVERED), body=body)

    try:
        check(rig, call)
        FORMATS[rig.preset].read(call)
    except (Refused, Unreadable):
        return

    assert rig.preset == "postmark"  # which signs nothing: an empty object is an event of no known kind
    assert body in (b"{}", b"[]")


@pytest.mark.parametrize("rig", [rig for rig in RIGS if rig.covers_body], ids=lambda rig: rig.preset)
def test_one_changed_byte_anywhere_in_what_is_signed_is_refused(rig: Rig) -> None:
    call = rig.call(DELIVERED)
    at = call.body.index(b"ada@example.org")

    with pytest.raises(Refused):
        check(rig, replace(call, body=call.body[:at] + b"b" + call.body[at + 1 :]))


def test_mailguns_signature_covers_time_and_token() -> None:
    rig = next(rig for rig in RIGS if rig.preset == "mailgun")
    body = json.loads(rig.call(DELIVERED).body)

    for name in ("timestamp", "token", "signature"):
        first = "1" if body["signature"][name][0] != "1" else "2"
        changed = {**body["signature"], name: first + body["signature"][name][1:]}
        with pytest.raises(Refused):
            check(rig, Call({}, json.dumps({**body, "signature": changed}).encode()))


@pytest.mark.parametrize("rig", [rig for rig in RIGS if rig.has_time], ids=lambda rig: rig.preset)
def test_an_old_call_is_refused_and_one_that_a_vendor_repeats_for_a_day_is_not(rig: Rig) -> None:
    check(rig, rig.call(DELIVERED, NOW - timedelta(hours=24)))

    for at in (NOW - OLDEST - timedelta(minutes=1), NOW + OLDEST + timedelta(minutes=1)):
        with pytest.raises(Refused, match="hours"):
            check(rig, rig.call(DELIVERED, at))


@each
def test_what_it_says_is_read(rig: Rig) -> None:
    for kind in sorted(rig.kinds):
        said = Said(kind, "abc234", "<1.2.3@reply.test>", code="5.1.1", words="550 5.1.1 no such user", at=NOW)
        event = read(rig, said)

        assert event.kind is kind
        assert event.token == "abc234"
        assert event.id
        assert event.raw


@each
def test_a_bounce_says_whom_and_why(rig: Rig) -> None:
    event = read(rig, Said(Kind.BOUNCED, code="5.1.1", words="550 5.1.1 no such user", at=NOW))

    assert (event.address, event.code) == ("ada@example.org", "5.1.1")
    assert "no such user" in event.words
    assert event.at is not None
    assert abs(event.at - NOW) < timedelta(seconds=2)


@pytest.mark.parametrize("rig", [rig for rig in RIGS if rig.preset != "postmark"], ids=lambda rig: rig.preset)
def test_our_message_id_comes_back(rig: Rig) -> None:
    assert read(rig, Said(Kind.DELIVERED, message_id="<1.2.3@reply.test>")).message_id == "<1.2.3@reply.test>"


@each
def test_the_same_call_has_the_same_id_and_another_event_another(rig: Rig) -> None:
    said = Said(Kind.DELIVERED, at=NOW)
    first, again = read(rig, said), read(rig, said)
    other = read(rig, Said(Kind.DELIVERED, at=NOW + timedelta(minutes=1), id="event-2"))

    assert first.id == again.id != other.id


@each
def test_values_of_other_types_are_empty_and_raise_nothing(rig: Rig) -> None:
    call = rig.call(Said(Kind.BOUNCED, "abc", code="5.1.1", words="no"))

    def spoilt(value: Any, by: object) -> Any:
        if isinstance(value, dict):
            return {key: spoilt(inner, by) for key, inner in value.items()}
        return [spoilt(inner, by) for inner in value] if isinstance(value, list) else by

    values: tuple[object, ...] = (None, True, 7, 1e400, "\ud800\0", [[]], {"a": {}}, "9" * 5000)
    for by in values:
        body = spoilt(json.loads(call.body), by)
        if isinstance(body, dict) and "Message" in body:
            body = {"Type": "Notification", "Message": json.dumps(spoilt(rigs.ses_event(DELIVERED), by))}
        for event in FORMATS[rig.preset].read(
            Call({}, json.dumps(body, allow_nan=True).replace("Infinity", "7").encode())
        ):
            assert event.kind is Kind.OTHER
            assert "\0" not in event.words + event.id + event.address


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_of_amazons_signatures_are_known(version: str) -> None:
    sns.check(rigs.notification("{}", NOW, version), rigs.TOPIC, NOW, rigs.pages)


def test_a_notification_without_a_subject_is_signed_without_it() -> None:
    envelope = rigs.notification("{}", NOW)
    del envelope["Subject"]

    with pytest.raises(Refused):
        sns.check(envelope, rigs.TOPIC, NOW, rigs.pages)
    sns.check(rigs.signed(envelope), rigs.TOPIC, NOW, rigs.pages)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",  # not the topic's region
        "https://s3.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123abcd.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0123abcd.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0123abcd.pem",
        "https://[::1",
        "",
    ],
)
def test_a_certificate_from_anywhere_else_is_never_asked_for(url: str) -> None:
    def never(page: str) -> bytes:
        raise AssertionError(page)

    with pytest.raises(Refused):
        sns.check(rigs.notification("{}", NOW, SigningCertURL=url), rigs.TOPIC, NOW, never)


def test_a_certificate_whose_time_is_over_or_that_is_none_is_refused() -> None:
    for page in (rigs.amazon(ended=True)[1], b"no certificate"):
        with pytest.raises(Refused, match="certificate"):
            sns.check(rigs.notification("{}", NOW), rigs.TOPIC, NOW, lambda _, page=page: page)  # type: ignore[misc]


def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else() -> None:
    good = rigs.confirmation(NOW)
    elsewhere = rigs.confirmation(NOW, SubscribeURL="https://evil.example/?Action=ConfirmSubscription")

    ses.check(Call({}, json.dumps(good).encode()), rigs.TOPIC, NOW, rigs.pages)
    assert ses.confirm(Call({}, json.dumps(good).encode())) == good["SubscribeURL"]
    assert ses.confirm(rigs.ses(DELIVERED, NOW)) is None
    with pytest.raises(Refused):
        ses.confirm(Call({}, json.dumps(elsewhere).encode()))


def test_what_amazon_says_in_plain_words_is_kept_as_another_kind() -> None:
    said = "Successfully validated SNS topic for Amazon SES event publishing."

    (event,) = ses.read(Call({}, json.dumps(rigs.notification(said, NOW)).encode()))

    assert (event.kind, event.words) == (Kind.OTHER, said)


@pytest.mark.parametrize(("sub", "dead"), [("NoEmail", True), ("Suppressed", True), ("MailboxFull", False)])
def test_ses_knows_addresses_that_are_no_more(sub: str, dead: bool) -> None:
    said = Said(Kind.BOUNCED, extra={"bounceSubType": sub})

    (event,) = ses.read(rigs.ses(said, NOW))

    assert event.dead is dead


def test_a_feedback_report_that_is_no_complaint_is_none() -> None:
    (event,) = ses.read(rigs.ses(Said(Kind.COMPLAINED, extra={"complaintFeedbackType": "not-spam"}), NOW))

    assert event.kind is Kind.OTHER


@pytest.mark.parametrize(
    ("extra", "dead"),
    [
        ({"event": "dropped", "reason": "Bounced Address"}, True),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, False),
        ({"event": "bounce", "type": "blocked", "reason": "550 5.7.1 spam"}, False),
    ],
)
def test_what_sendgrid_drops_or_has_blocked_is_a_bounce(extra: dict[str, str], dead: bool) -> None:
    (event,) = sendgrid.read(rigs.sendgrid(Said(Kind.BOUNCED, extra=extra), NOW))

    assert (event.kind, event.dead) == (Kind.BOUNCED, dead)


def test_sendgrids_array_is_read_whole() -> None:
    events = [rigs.sendgrid_event(Said(Kind.DELIVERED, id=f"e{n}")) for n in range(300)]

    assert [event.id for event in sendgrid.read(rigs.sendgrid_call(events, NOW))] == [f"e{n}" for n in range(300)]


@pytest.mark.parametrize(
    ("type_", "kind", "dead"),
    [
        ("HardBounce", Kind.BOUNCED, True),
        ("SoftBounce", Kind.BOUNCED, False),
        ("Blocked", Kind.BOUNCED, False),
        ("Transient", Kind.DEFERRED, False),
        ("SpamNotification", Kind.COMPLAINED, False),
        ("AutoResponder", Kind.OTHER, False),
    ],
)
def test_not_every_bounce_of_postmark_is_one(type_: str, kind: Kind, dead: bool) -> None:
    (event,) = postmark.read(rigs.postmark(Said(Kind.BOUNCED, extra={"Type": type_}), NOW))

    assert (event.kind, event.dead) == (kind, dead)


def test_who_subscribes_again_at_postmark_has_not_unsubscribed() -> None:
    (event,) = postmark.read(rigs.postmark(Said(Kind.UNSUBSCRIBED, extra={"SuppressSending": False}), NOW))

    assert event.kind is Kind.OTHER


@pytest.mark.parametrize(
    ("preferences", "kind"),
    [
        ({"unsubscribeAll": True}, Kind.UNSUBSCRIBED),
        ({"unsubscribeAll": False, "topicSubscriptionStatus": [{"subscriptionStatus": "OptOut"}]}, Kind.UNSUBSCRIBED),
        ({"unsubscribeAll": False, "topicSubscriptionStatus": [{"subscriptionStatus": "OptIn"}]}, Kind.OTHER),
        ({}, Kind.OTHER),
    ],
)
def test_who_subscribes_again_at_ses_has_not_unsubscribed(preferences: dict[str, Any], kind: Kind) -> None:
    assert read(RIGS[0], Said(Kind.UNSUBSCRIBED, extra={"newTopicPreferences": preferences})).kind is kind


def test_a_record_of_several_recipients_is_an_event_for_each() -> None:
    who = [{"emailAddress": f"{name}@example.org", "status": "5.1.1"} for name in ("ada", "ben")]

    call = RIGS[0].call(Said(Kind.BOUNCED, id="m1", extra={"bouncedRecipients": who}))

    found = ses.read(call)
    assert [(one.id, one.address, one.kind) for one in found] == [
        ("m1", "ada@example.org", Kind.BOUNCED), ("m1.1", "ben@example.org", Kind.BOUNCED)]  # fmt: skip


FORM = "multipart/form-data; boundary=b"


def form_call(fields: dict[str, str], at: datetime = NOW) -> Call:
    """An event of Mailgun's old kind of webhook."""
    time, token = str(int(at.timestamp())), "t" * 50
    proof = hmac.digest(rigs.SECRET.encode(), f"{time}{token}".encode(), "sha256").hex()
    pairs = [*fields.items(), ("timestamp", time), ("token", token), ("signature", proof)]
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs]
    return Call({"content-type": FORM}, "".join([*parts, "--b--\r\n"]).encode())


@pytest.mark.parametrize(
    ("fields", "kind", "code", "dead"),
    [
        ({"event": "delivered"}, Kind.DELIVERED, "", False),
        ({"event": "bounced", "code": "550", "error": "550 5.1.1 gone"}, Kind.BOUNCED, "5.1.1", False),
        ({"event": "bounced", "code": "5.1.1", "error": "smtp;550 5.1.1 no"}, Kind.BOUNCED, "5.1.1", False),
        ({"event": "bounced", "code": "550", "error": "no such user"}, Kind.BOUNCED, "550", False),
        ({"event": "dropped", "code": "605", "reason": "hardfail"}, Kind.BOUNCED, "", True),
        ({"event": "dropped", "code": "499", "reason": "old"}, Kind.BOUNCED, "499", False),
        ({"event": "complained"}, Kind.COMPLAINED, "", False),
        ({"event": "opened"}, Kind.OPENED, "", False),
        ({"event": "clicked", "url": "https://example.org"}, Kind.CLICKED, "", False),
        ({"event": "unsubscribed"}, Kind.UNSUBSCRIBED, "", False),
        ({"event": "something"}, Kind.OTHER, "", False),
    ],
)
def test_mailguns_old_webhooks_are_forms(fields: dict[str, str], kind: Kind, code: str, dead: bool) -> None:
    known = {"recipient": "ada@example.org", "sixpm": "our id", "Message-Id": "<1@reply.test>"}
    call = form_call({**known, **fields})

    mailgun.check(call, rigs.SECRET, NOW, rigs.pages)
    (event,) = mailgun.read(call)

    assert (event.kind, event.code, event.dead) == (kind, code, dead)
    assert (event.id, event.token, event.message_id, event.address) == ("t" * 50, "our id", "<1@reply.test>",
                                                                        "ada@example.org")  # fmt: skip
    assert event.at == NOW.replace(microsecond=0)


def test_an_old_webhook_of_mailgun_needs_its_proof_and_an_event() -> None:
    with pytest.raises(Refused):
        mailgun.check(form_call({"event": "opened"}), "another key", NOW, rigs.pages)
    with pytest.raises(Refused):
        mailgun.check(form_call({"event": "opened"}, NOW - OLDEST - timedelta(hours=1)), rigs.SECRET, NOW, rigs.pages)
    with pytest.raises(Unreadable):
        mailgun.read(form_call({"recipient": "ada@example.org"}))
