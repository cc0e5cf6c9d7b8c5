"""The log of a workspace: one statement numbers a unit of work and marks the rows it changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from engine.conversations.parts import Change
from engine.db import Conn

# The heads are locked in the order of workspaces, so that two units over several never wait for each other. Only what
# the unit itself has changed is marked: a conversation of which a member alone changed is locked by nobody here.
_LOG = text("""
WITH told AS (
    SELECT * FROM unnest(cast(:workspaces AS bigint[]), cast(:kinds AS text[]), cast(:auds AS text[]),
                         cast(:convs AS bigint[]), cast(:types AS text[]), cast(:objects AS bigint[]),
                         cast(:revs AS bigint[]), cast(:whos AS text[]), cast(:patches AS text[]),
                         cast(:actors AS bigint[]), cast(:actions AS uuid[])) WITH ORDINALITY
        AS t(workspace_id, kind, aud, conversation_id, object_type, object_id, rev, who, patch, actor_id, action_id,
             ord)
), locked AS MATERIALIZED (
    SELECT workspace_id FROM ws_head WHERE workspace_id IN (SELECT workspace_id FROM told)
    ORDER BY workspace_id FOR UPDATE
), counted AS (
    SELECT t.workspace_id, count(*) AS k FROM told t JOIN locked l ON l.workspace_id = t.workspace_id GROUP BY 1
), head AS (
    UPDATE ws_head h SET seq = h.seq + c.k FROM counted c WHERE h.workspace_id = c.workspace_id
    RETURNING h.workspace_id, h.seq - c.k AS before
), numbered AS (
    SELECT t.*, h.before + row_number() OVER (PARTITION BY t.workspace_id ORDER BY t.ord) AS seq
    FROM told t JOIN head h ON h.workspace_id = t.workspace_id
), written AS (
    INSERT INTO event (workspace_id, seq, kind, aud, conversation_id, object_type, object_id, rev, patch, actor_id,
                       action_id, at)
    SELECT workspace_id, seq, kind, aud, conversation_id, object_type, object_id, rev, cast(patch AS jsonb), actor_id,
           action_id, :at FROM numbered RETURNING 1
), threads AS (
    UPDATE conversation c SET mod_seq = n.seq
    FROM (SELECT conversation_id, max(seq) AS seq FROM numbered WHERE object_type <> 'member' GROUP BY 1) n
    WHERE c.id = n.conversation_id
), messages AS (
    UPDATE message m SET mod_seq = n.seq
    FROM (SELECT conversation_id, object_id, max(seq) AS seq FROM numbered WHERE object_type = 'message'
          GROUP BY 1, 2) n
    WHERE m.conversation_id = n.conversation_id AND m.no = n.object_id
), members AS (
    UPDATE member p SET mod_seq = n.seq
    FROM (SELECT conversation_id, who, max(seq) AS seq FROM numbered WHERE who <> '' GROUP BY 1, 2) n
    WHERE p.conversation_id = n.conversation_id AND p.account_or_contact = n.who
)
SELECT count(*) FROM written
""")


def insert_events(conn: Conn, changes: Sequence[Change], at: datetime) -> int:
    """How many were written."""
    columns = {
        "workspaces": [c.workspace_id for c in changes], "kinds": [c.kind for c in changes],
        "auds": [c.audience for c in changes], "convs": [c.conversation_id for c in changes],
        "types": [c.object_type for c in changes], "objects": [c.object_id for c in changes],
        "revs": [c.rev for c in changes], "whos": [c.who for c in changes],
        "patches": [json.dumps(dict(c.patch)) for c in changes], "actors": [c.actor_id for c in changes],
        "actions": [c.action_id for c in changes],
    }  # fmt: skip
    return int(conn.execute(_LOG, {**columns, "at": at}).scalar_one())
