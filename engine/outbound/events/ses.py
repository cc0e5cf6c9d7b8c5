"""Amazon SES by Amazon SNS: the events of a configuration set, or the notifications of an identity.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, …/notification-contents.html.
Tags come with events of a configuration set alone; notifications are matched by the Message-ID among the headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engine.outbound.events import sns
from engine.outbound.events.event import Call, Event, Fetch, Kind, Unreadable
from engine.outbound.events.reading import code, inner, instant, mapping, text, words
from engine.transports.smtp.presets import ID

KINDS = {
    "Send": Kind.ACCEPTED,
    "Delivery": Kind.DELIVERED,
    "DeliveryDelay": Kind.DEFERRED,
    "Bounce": Kind.BOUNCED,  # a transient one too: SES has tried for long enough
    "Reject": Kind.BOUNCED,
    "Rendering Failure": Kind.BOUNCED,
    "Complaint": Kind.COMPLAINED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "Subscription": Kind.UNSUBSCRIBED,
}
PARTS = {
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Bounce": "bounce",
    "Reject": "reject",
    "Rendering Failure": "failure",
    "Complaint": "complaint",
    "Open": "open",
    "Click": "click",
    "Subscription": "subscription",
}
RECIPIENTS = ("bouncedRecipients", "complainedRecipients", "delayedRecipients")
DEAD = {"NoEmail", "Suppressed", "OnAccountSuppressionList"}
NOT_SPAM = {"not-spam", "auth-failure", "virus"}


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """The signature of SNS, for the topic `key`."""
    sns.check(sns.message(call), key, now, fetch)


def read(call: Call) -> tuple[Event, ...]:
    """One event for each recipient of a message."""
    message = mapping(call.body)
    if text(message, "Type") != sns.NOTIFICATION:
        return (Event(_id(message), Kind.OTHER, instant(message.get("Timestamp")), words=text(message, "Type")),)
    try:
        event = mapping(str(message.get("Message", "")))
    except Unreadable:  # SES says so in plain words when a topic becomes an event destination
        said = text(message, "Message", most=500)
        return (Event(_id(message), Kind.OTHER, instant(message.get("Timestamp")), words=said),)
    return tuple(_events(_id(message), event))


def confirm(call: Call) -> str | None:
    """The address that confirms the subscription of a topic that has been checked."""
    message = mapping(call.body)
    if text(message, "Type") != sns.CONFIRMATION:
        return None
    return sns.subscribe(message, text(message, "TopicArn"))


def _id(message: dict[str, Any]) -> str:
    return text(message, "MessageId", most=100)


def _events(ident: str, event: dict[str, Any]) -> Iterator[Event]:
    """One for each recipient that the record tells of; our own mails have one each."""
    part = inner(event, PARTS.get(_name(event), ""))
    told = next((found for at in RECIPIENTS if isinstance(found := inner(part, at), list) and found), None)
    delivered = inner(part, "recipients")
    if told is None and isinstance(delivered, list):
        told = [{"emailAddress": address} for address in delivered]
    for number, whom in enumerate(told or [None]):
        yield _event(f"{ident}.{number}" if number else ident, event, whom)


def _name(event: dict[str, Any]) -> str:
    return text(event, "eventType") or text(event, "notificationType")


def _event(ident: str, event: dict[str, Any], whom: object) -> Event:
    name = _name(event)
    part, mail = inner(event, PARTS.get(name, "")), inner(event, "mail")
    status, said = text(whom, "status"), text(whom, "diagnosticCode", most=500) or text(part, "smtpResponse", most=500)
    kinds = [text(part, at) for at in ("bounceType", "bounceSubType", "complaintFeedbackType", "delayType", "reason")]
    kind = KINDS.get(name, Kind.OTHER)
    if kind is Kind.COMPLAINED and text(part, "complaintFeedbackType") in NOT_SPAM:
        kind = Kind.OTHER
    if kind is Kind.UNSUBSCRIBED and not _left(inner(part, "newTopicPreferences")):
        kind = Kind.OTHER
    return Event(
        ident,
        kind,
        instant(inner(part, "timestamp")) or instant(inner(mail, "timestamp")),
        token=text(mail, "tags", ID, 0),
        message_id=_message_id(mail),
        remote_id=text(mail, "messageId"),
        address=text(whom, "emailAddress") or text(mail, "destination", 0),
        code=code(status, said),
        words=words(said, *kinds),
        dead=kind is Kind.BOUNCED and text(part, "bounceSubType") in DEAD,
        raw=event,
    )


def _left(preferences: object) -> bool:
    """Whether a change of subscriptions is an end of one; they may begin too."""
    topics = inner(preferences, "topicSubscriptionStatus")
    status = [text(topic, "subscriptionStatus").casefold() for topic in (topics if isinstance(topics, list) else ())]
    return inner(preferences, "unsubscribeAll") is True or "optout" in status


def _message_id(mail: object) -> str:
    headers = inner(mail, "headers")
    found = headers if isinstance(headers, list) else []
    return next((text(one, "value") for one in found if text(one, "name").lower() == "message-id"), "")
