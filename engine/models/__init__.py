"""All tables, one file per noun family; no behaviour."""

from engine.models.access import Act, Invitation, Session, Ticket
from engine.models.audience import (
    Attribute,
    Consent,
    ConsentEvent,
    Erasure,
    Import,
    ImportChange,
    ImportFault,
    ImportPiece,
    ImportSeen,
    Segment,
    Topic,
)
from engine.models.base import Base
from engine.models.campaigns import (
    Approval,
    Campaign,
    CampaignFile,
    CampaignVersion,
    DryFault,
    DryRun,
    Hit,
    HitCount,
    Leaving,
    Link,
    RunCount,
)
from engine.models.checkins import (
    Answer,
    ChannelDigest,
    Comment,
    Correction,
    Digest,
    Entry,
    EntryChange,
    Participation,
    Round,
    Schedule,
)
from engine.models.conversations import Action, ConvDoor, Conversation, ConvKey, Event, Member, Message, WsHead
from engine.models.inbound import ImapBox, Inbound, MailCommand, RefusedHook, Rereading, RereadingDifference, Robot
from engine.models.judgement import Canary, Incident, Keyed, Pace, ProviderEvent, Seat, Tallied, Tally
from engine.models.ledger import Batch, Delivery, DeliveryEvent, History, RemoteId, Run, TransportState
from engine.models.people import (
    Account,
    Away,
    Channel,
    Contact,
    ContactAddress,
    DayOff,
    Membership,
    Notice,
    PlainAddress,
    Relay,
    Suppression,
    Team,
    Workspace,
)
from engine.models.system import Backup, Bucket, Clock, DkimKey, Heartbeat, Origin, Retention, Tidying

__all__ = [
    "Account", "Act", "Action", "Answer", "Approval", "Attribute", "Away", "Backup", "Base", "Batch", "Bucket",
    "Campaign", "CampaignFile", "CampaignVersion", "Canary", "Channel", "ChannelDigest", "Clock", "Comment",
    "Consent", "ConsentEvent", "Contact", "ContactAddress", "ConvDoor", "ConvKey", "Conversation", "Correction",
    "DayOff", "Delivery", "DeliveryEvent", "Digest", "DkimKey", "DryFault", "DryRun", "Entry", "EntryChange",
    "Erasure", "Event", "Heartbeat", "History", "Hit", "HitCount", "ImapBox", "Import", "ImportChange", "ImportFault",
    "ImportPiece", "ImportSeen", "Inbound", "Incident", "Invitation", "Keyed", "Leaving", "Link", "MailCommand",
    "Member", "Membership", "Message", "Notice", "Origin", "Pace", "Participation", "PlainAddress", "ProviderEvent",
    "RefusedHook", "Relay", "RemoteId", "Rereading", "RereadingDifference", "Retention", "Robot", "Round", "Run",
    "RunCount", "Schedule", "Seat", "Segment", "Session", "Suppression", "Tallied", "Tally", "Team", "Ticket",
    "Tidying", "Topic", "TransportState", "Workspace", "WsHead",
]  # fmt: skip
