"""All tables, one file per noun family; no behaviour."""

from engine.models.access import Act, Invitation, Session, Ticket
from engine.models.base import Base
from engine.models.checkins import Answer, Digest, Entry, Participation, Round, Schedule
from engine.models.conversations import Action, Conversation, ConvKey, Event, Member, Message, WsHead
from engine.models.inbound import Inbound
from engine.models.judgement import Canary, Incident, Keyed, Pace, ProviderEvent, Seat, Tallied, Tally
from engine.models.ledger import Batch, Delivery, DeliveryEvent, History, RemoteId, Run, TransportState
from engine.models.people import (
    Account,
    Away,
    Channel,
    Contact,
    Membership,
    Notice,
    Relay,
    Suppression,
    Team,
    Workspace,
)
from engine.models.system import Bucket, Clock, Heartbeat, Origin

__all__ = [
    "Account", "Act", "Action", "Answer", "Away", "Base", "Batch", "Bucket", "Canary", "Channel", "Clock", "Contact",
    "ConvKey", "Conversation", "Delivery", "DeliveryEvent", "Digest", "Entry", "Event", "Heartbeat", "History",
    "Inbound", "Incident", "Invitation", "Keyed", "Member", "Membership", "Message", "Notice", "Origin", "Pace",
    "Participation", "ProviderEvent", "Relay", "RemoteId", "Round", "Run", "Schedule", "Seat", "Session", "Suppression",
    "Tallied", "Tally", "Team", "Ticket", "TransportState", "Workspace", "WsHead",
]  # fmt: skip
