"""Every place that holds something of a person: which rows are theirs, and what an erasure leaves of them.

This is the one table of it: an erasure empties by it, and a person's export reads by it. A new column of words, JSON
or bytes is either named here or in FREE with the reason; test_places.py fails until it is.

`own` says in SQL whose a row is. It may use :w (workspace), :c (contact), :members and :accounts (their numbers),
:actors ("account:7", "membership:12"), :address (in lower case), :whole (a regular
expression of it, that no longer address fits) and :asked (when the erasure was asked for).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.people.directory.queries.history import DELIVERED, TO_MEMBERS

GONE = "[erased]"  # what stands where an address or name stood
_RUNS = f"(SELECT d.run_id, d.seq FROM delivery d JOIN run r ON r.id = d.run_id WHERE {DELIVERED})"  # noqa: S608
_MAILS = """(SELECT i.id FROM inbound i WHERE i.received_at <= :asked AND (i.contact_id = :c
    OR (i.workspace_id = :w OR i.workspace_id IS NULL)
        AND :address <> '' AND (lower(i.from_address) = :address OR lower(i.envelope_from) = :address)
    OR i.id IN (SELECT a.inbound_id FROM answer a WHERE a.membership_id = ANY(:members))
    OR i.id IN (SELECT o.inbound_id FROM mail_command o WHERE o.membership_id = ANY(:members))
    OR i.id IN (SELECT k.inbound_id FROM comment k WHERE k.membership_id = ANY(:members))))"""
_OWN_TALKS = """(SELECT b.conversation_id FROM member b JOIN conversation v ON v.id = b.conversation_id
    WHERE b.account_or_contact = 'contact:' || cast(:c AS text) AND v.type = 'direct')"""


@dataclass(frozen=True, slots=True)
class Place:
    """A table. `own`: which rows are the person's, and `left` the SQL that each column becomes; without any, they go.

    `mention`: columns of other rows of the workspace in which the address is struck out, `scan` the number by which
    such rows are walked. `told`: what the person's export says of their own rows; empty for nothing.
    """

    own: str = ""
    left: dict[str, str] = field(default_factory=dict)
    goes: bool = False
    mention: tuple[str, ...] = ()
    scan: str = "id"
    told: str = "to_jsonb(x)"
    names: bool = False  # the name is struck out too: what stands there is who was meant
    instance: bool = False  # rows belong to no workspace


# In the order in which an erasure goes: what others are found by comes later than they.
PLACES: dict[str, Place] = {
    "provider_event": Place(
        f"""(x.run_id, x.seq) IN {_RUNS} OR ((x.workspace_id = :w OR x.workspace_id IS NULL)
            AND :address <> '' AND lower(x.address) = :address AND x.taken_at <= :asked)""",
        {"address": "''", "words": "''", "raw": "'{}'::jsonb"},
    ),
    "hit": Place(f"(x.run_id, x.seq) IN {_RUNS}", {"agent": "''", "net": "''", "evidence": "'{}'::jsonb"}),
    "delivery_event": Place(f"(x.run_id, x.seq) IN {_RUNS}", {"reply": "''"}),
    "rereading_difference": Place(
        f"x.inbound_id IN {_MAILS}", {"before": "'{}'::jsonb", "after": "'{}'::jsonb", "kept": "''"},
        mention=("before", "after"),
    ),
    "mail_command": Place("x.membership_id = ANY(:members)", {"did": "'{}'::jsonb"}),
    "inbound": Place(
        f"x.id IN {_MAILS}",
        {"raw": "''", "parsed": "NULL", "subject": "''", "from_address": "''", "envelope_from": "''",
         "envelope_to": "'{}'", "dedupe_key": "NULL", "reason": "''", "external_id": "'erased:' || x.id"},
        mention=("parsed", "subject", "from_address", "envelope_from", "envelope_to", "external_id", "dedupe_key",
                 "reason"),  # and raw, in a way of its own (erasing)
        told="to_jsonb(x) - 'raw' || jsonb_build_object('raw', encode(x.raw, 'base64'))",
    ),
    "delivery": Place(
        f"""(x.run_id, x.seq) IN {_RUNS} AND x.state NOT IN ('queued', 'deferred')""",
        {"address": "''", "reply": "''", "queue_id": "''", "reason": "''"},
    ),
    # Reasons of rows are in it; it is counted anew from rows that say nothing any more.
    "run_count": Place(f"x.run_id IN (SELECT run_id FROM {_RUNS} o)", goes=True, told=""),  # noqa: S608
    "entry_change": Place(
        "x.entry_id IN (SELECT e.id FROM entry e WHERE e.membership_id = ANY(:members))",
        {"text": "''", "tags": "'{}'"}, mention=("text",),
    ),
    "entry": Place(
        "x.membership_id = ANY(:members)",
        {"text": f"'{GONE}'", "tags": "'{}'", "removed_at": "coalesce(x.removed_at, :asked)"}, mention=("text",),
    ),
    "answer": Place(
        "x.participation_id IN (SELECT p.id FROM participation p WHERE p.membership_id = ANY(:members))",
        {"text": "''", "cut": "''"}, mention=("text", "cut"),
    ),
    "comment": Place(
        "x.membership_id = ANY(:members)",
        {"text": f"'{GONE}'", "cut": "''", "removed_at": "coalesce(x.removed_at, :asked)"}, mention=("text", "cut"),
    ),
    "message": Place(
        f"""x.conversation_id IN {_OWN_TALKS} OR (x.workspace_id = :w AND (
            x.author_kind = 'contact' AND x.author_id = :c OR x.author_kind = 'account' AND x.author_id = ANY(:accounts)
        ))""",
        {"body": "''", "subject": "''", "external_id": "NULL", "deleted_at": "coalesce(x.deleted_at, :asked)"},
        mention=("body", "subject", "external_id"), scan="conversation_id",
    ),
    "conversation": Place(
        f"x.id IN {_OWN_TALKS} OR x.contact_id = :c", {"name": "''", "attrs": "'{}'::jsonb"}, mention=("name", "attrs")
    ),
    "event": Place(mention=("patch",), scan="seq", told=""),
    "action": Place("x.actor_id = ANY(:accounts) AND x.workspace_id = :w", {"response": "'{}'::jsonb"}),
    "notice": Place("x.contact_id = :c", {"context": "'{}'::jsonb"}, mention=("context",)),
    "consent": Place("x.contact_id = :c", {"evidence": "''"}),
    "consent_event": Place("x.contact_id = :c", {"evidence": "''"}),
    "suppression": Place(
        "x.contact_id = :c", {"contact_id": "NULL", "evidence": "''"}, mention=("evidence",),
        told="to_jsonb(x) - 'address_hash'",
    ),
    "import_change": Place("x.contact_id = :c", goes=True),
    "import_fault": Place(
        ":address <> '' AND x.workspace_id = :w AND (x.raw ~* :whole OR x.words ~* :whole)",
        {"raw": f"'{GONE}'", "words": f"'{GONE}'"}, told="",
    ),
    "import_piece": Place(
        """x.workspace_id = :w AND x.import_id IN (SELECT i.id FROM import i WHERE i.workspace_id = :w
            AND i.state IN ('done', 'undone', 'cancelled', 'failed'))""", goes=True, told="",
    ),
    "import": Place(
        ":address <> '' AND x.workspace_id = :w AND cast(x.header AS text) ~* :whole",
        {"header": "'{}'::jsonb"}, mention=("mapping", "options", "reason", "name"), told="",
    ),
    "import_seen": Place(
        ":address <> '' AND x.workspace_id = :w AND x.key = sha256(convert_to(:address, 'UTF8'))", goes=True, told=""
    ),
    "leaving": Place("x.contact_id = :c", goes=True),
    "conv_door": Place("x.contact_id = :c", goes=True),
    "segment": Place(mention=("query", "name"), told=""),
    "campaign": Place(mention=("query", "name", "reason"), told=""),
    "approval": Place(mention=("query",), told=""),
    "dry_fault": Place("x.contact_id = :c", goes=True, told=""),
    "campaign_version": Place(
        mention=("subject", "preheader", "body", "variants"), scan="campaign_id", told=""
    ),
    "link": Place(mention=("url",), told=""),
    "run": Place(mention=("reason",), told=""),
    "history": Place(mention=("note",), told=""),
    "incident": Place(mention=("words", "about"), told=""),
    "day_off": Place(mention=("reason",), told=""),
    "robot": Place(":address <> '' AND x.workspace_id = :w AND x.email_key = :address", goes=True),
    "act": Place(
        """x.workspace_id = :w AND (x.noun = 'contact' AND x.object_id = :c
        OR x.noun IN ('membership', 'member') AND x.object_id = ANY(:members)
        OR x.noun = 'account' AND x.object_id = ANY(:accounts))""",
        {"about": f"CASE WHEN x.about = '' THEN '' ELSE '{GONE}' END",
         "detail": f"CASE WHEN x.act = 'asked_for_erasure' THEN x.detail WHEN x.detail = '' THEN '' ELSE '{GONE}' END",
         "who": f"CASE WHEN x.actor = ANY(:actors) THEN '{GONE}' ELSE x.who END"},
        mention=("who", "about", "detail"), names=True,
    ),
    "bucket": Place(
        ":address <> '' AND x.key ~* :whole", goes=True, told="", instance=True
    ),
    "session": Place("x.account_id = ANY(:accounts)", {"agent": "''", "address": "''"}),
    "account": Place("x.id = ANY(:accounts)", {"password_hash": "NULL"}, told="to_jsonb(x) - 'password_hash'"),
    "contact_address": Place("x.contact_id = :c", goes=True),
    "contact": Place(
        "x.workspace_id = :w AND x.id = :c",
        {"email": "''", "email_key": "'erased:' || x.id", "name": "'Erased person'", "zone": "NULL", "locale": "'en'",
         "attributes": "'{}'::jsonb", "tags": "'{}'", "tracked": "false", "erased_at": "coalesce(x.erased_at, :asked)"},
    ),
    "erasure": Place("x.workspace_id = :w AND x.contact_id = :c", {"address": "''", "name": "''"}),
    # Only for the export: numbers and dates, of which an erasure has nothing to take.
    "membership": Place("x.id = ANY(:members)"),
    "participation": Place("x.membership_id = ANY(:members)"),
    "away": Place("x.contact_id = :c"),
}  # fmt: skip
LAST = ("contact", "erasure")  # the contact at once when it is asked for, the job itself when all else is done

# Columns of words, JSON or bytes that hold nothing of a person, and why.
_OWN_WORDS = "written by the engine, or one of few words"
_SETTINGS = "set by the workspace or the instance about itself"
_CONTENT = "what a workspace says to many"
FREE: dict[str, dict[str, str]] = {
    _OWN_WORDS: {
        "account": "role hears", "act": "actor act noun", "action": "request_hash", "answer": "source",
        "batch": "transport provider state owner", "campaign": "shape transport state send_when made_by launched_by",
        "campaign_version": "format made_by", "canary": "queue owner", "channel": "kind state failure gets",
        "comment": "removed_by", "consent": "channel state source", "consent_event": "channel state source actor",
        "contact": "standing", "contact_address": "platform", "conv_key": "key", "day_off": "made_by",
        "conversation": "channel_key platform type status closed_by", "delivery": "transport state code",
        "delivery_event": "trigger to_state code actor",
        "dry_run": "began_by wrong", "entry": "kind", "entry_change": "actor what kind",
        "erasure": "place asked_by", "event": "kind aud object_type", "heartbeat": "role process version",
        "history": "noun trigger to_state actor", "hit": "method taken_for",
        "hit_count": "what taken_for", "import": "state made_by counts",
        "import_fault": "column", "inbound": "platform source state kind assigned_by", "incident": "kind",
        "invitation": "role invited_by", "keyed": "relay",
        "mail_command": "command", "member": "account_or_contact role notify", "membership": "role paused_by receipt",
        "message": "author_kind proof kind platform", "notice": "template", "pace": "lane provider breaker reason",
        "participation": "state reason", "provider_event": "source event_id kind remote_id code",
        "remote_id": "transport remote_id", "rereading": "made_by approved_by", "retention": "what",
        "robot": "made_by", "round": "state", "run": "kind doubt_policy state part", "schedule": "paused_by receipt",
        "seat": "lane provider owner", "segment": "made_by", "session": "how", "ticket": "purpose",
        "tally": "transport lane provider from_domain", "tidying": "what", "transport_state": "transport reason",
        "ws_head": "epoch",
        # A keyed hash: it says to whoever has the key that an address they know is suppressed, and nothing else.
        "suppression": "channel address_hash reason",
    },
    _SETTINGS: {
        "attribute": "name label kind", "backup": "file release", "channel": "name config secret",
        "dkim_key": "domain selector algorithm public secret", "imap_box": "name failure", "plain_address": "local",
        "refused_hook": "hook setting why", "team": "name zone", "topic": "name words",
        "relay": "name preset uses host tls username secret hook_secret idempotency_header stream",
        "workspace": "name mail_from reply_domain base_url",
    },
    _CONTENT: {
        "campaign_file": "name type cid data", "campaign_version": "files", "schedule": "questions",
        "round": "questions",
    },
}  # fmt: skip

__all__ = ["FREE", "GONE", "LAST", "PLACES", "TO_MEMBERS", "Place"]
