"""The statements about sessions, tickets and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn

_ACCOUNT = (
    "SELECT a.id, a.workspace_id, a.contact_id, a.role, a.epoch, a.password_hash, c.email, c.name"
    " FROM account a JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id "
)

# ---- sessions -------------------------------------------------------------------------------------------------------


def insert_session(conn: Conn, account: Any, how: str, agent: str, address: str, now: datetime) -> int:
    """The id of a new session under the account's present epoch."""
    statement = text("""
        INSERT INTO session (workspace_id, account_id, epoch, how, agent, address, made_at, seen_at)
        VALUES (:w, :a, :epoch, :how, :agent, :address, :now, :now) RETURNING id
    """)
    values = {"w": account.workspace_id, "a": account.id, "epoch": account.epoch, "how": how, "agent": agent}
    return int(conn.execute(statement, {**values, "address": address, "now": now}).scalar_one())


def account_of_session(conn: Conn, account_id: int, epoch: int, session_id: int) -> Row[Any] | None:
    """The account of a session that lives, with when it was seen last.

    Its zone is the person's own, else that of the team they have been in longest, in which their questions come.
    """
    statement = text("""
        SELECT a.id, a.workspace_id, a.contact_id, a.role, a.epoch, c.email, c.name, s.seen_at,
            coalesce(c.zone, (
                SELECT t.zone FROM membership m JOIN team t ON t.workspace_id = m.workspace_id AND t.id = m.team_id
                WHERE m.workspace_id = a.workspace_id AND m.contact_id = a.contact_id AND m.left_at IS NULL
                ORDER BY m.id LIMIT 1
            )) AS zone
        FROM session s JOIN account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id
        JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        WHERE s.id = :session AND a.id = :account AND a.epoch = :epoch AND s.epoch = a.epoch
            AND s.ended_at IS NULL AND a.ended_at IS NULL
    """)
    values = {"session": session_id, "account": account_id, "epoch": epoch}
    return conn.execute(statement, values).one_or_none()


def touch_session(conn: Conn, session_id: int, now: datetime, before: datetime) -> None:
    """Note that the session was seen, unless somebody has just done so."""
    statement = text("UPDATE session SET seen_at = :now WHERE id = :id AND seen_at < :before")
    conn.execute(statement, {"id": session_id, "now": now, "before": before})


def sessions(conn: Conn, account_id: int, epoch: int, since: datetime) -> Sequence[Row[Any]]:
    """The account's sessions that live and were seen since, the latest seen first."""
    statement = text("""
        SELECT id, how, agent, address, made_at, seen_at FROM session
        WHERE account_id = :a AND epoch = :epoch AND ended_at IS NULL AND seen_at > :since
        ORDER BY seen_at DESC, id DESC
    """)
    return conn.execute(statement, {"a": account_id, "epoch": epoch, "since": since}).all()


def end_sessions(conn: Conn, account_id: int, now: datetime, one: int | None, but: int | None) -> int:
    """End one session of the account, or all but one, or all; how many have ended."""
    statement = text("""
        UPDATE session SET ended_at = :now WHERE account_id = :a AND ended_at IS NULL
            AND (cast(:one AS bigint) IS NULL OR id = :one) AND (cast(:but AS bigint) IS NULL OR id <> :but)
    """)
    return conn.execute(statement, {"a": account_id, "now": now, "one": one, "but": but}).rowcount


def drop_old(conn: Conn, before: datetime) -> int:
    """Forget sessions that nobody used since, and tickets that have been over since; how many."""
    sessions = conn.execute(text("DELETE FROM session WHERE seen_at < :before"), {"before": before}).rowcount
    return sessions + conn.execute(text("DELETE FROM ticket WHERE useful_until < :before"), {"before": before}).rowcount


# ---- tickets --------------------------------------------------------------------------------------------------------


def accounts_of_mail(conn: Conn, email_key: str) -> Sequence[Row[Any]]:
    """The accounts of an address, with a password or without, oldest first, at most five (one per workspace)."""
    statement = text(_ACCOUNT + "WHERE c.email_key = :key AND a.ended_at IS NULL ORDER BY a.id LIMIT 5")
    return conn.execute(statement, {"key": email_key}).all()


def insert_ticket(conn: Conn, workspace_id: int, account_id: int, purpose: str, now: datetime, until: datetime) -> int:
    """The id of a new ticket."""
    statement = text("""
        INSERT INTO ticket (workspace_id, account_id, purpose, made_at, useful_until)
        VALUES (:w, :a, :purpose, :now, :until) RETURNING id
    """)
    values = {"w": workspace_id, "a": account_id, "purpose": purpose, "now": now, "until": until}
    return int(conn.execute(statement, values).scalar_one())


def ticket(conn: Conn, workspace_id: int, ticket_id: int, purpose: str, now: datetime) -> Row[Any] | None:
    """The account of a ticket that is still good."""
    statement = text("""
        SELECT a.id FROM ticket t JOIN account a ON a.workspace_id = t.workspace_id AND a.id = t.account_id
        WHERE t.workspace_id = :w AND t.id = :id AND t.purpose = :purpose AND t.used_at IS NULL
            AND t.useful_until > :now AND a.ended_at IS NULL
    """)
    values = {"w": workspace_id, "id": ticket_id, "purpose": purpose, "now": now}
    return conn.execute(statement, values).one_or_none()


def use_ticket(conn: Conn, workspace_id: int, ticket_id: int, purpose: str, now: datetime) -> int | None:
    """Use a ticket: the account's id, or None when it is over. Of two at once one gets it."""
    statement = text("""
        UPDATE ticket SET used_at = :now WHERE workspace_id = :w AND id = :id AND purpose = :purpose
            AND used_at IS NULL AND useful_until > :now RETURNING account_id
    """)
    values = {"w": workspace_id, "id": ticket_id, "purpose": purpose, "now": now}
    found: int | None = conn.execute(statement, values).scalar_one_or_none()
    return found


def end_tickets(conn: Conn, account_id: int, now: datetime) -> None:
    """Make every ticket of an account that has not been used worthless."""
    conn.execute(
        text("UPDATE ticket SET useful_until = :now WHERE account_id = :a AND used_at IS NULL AND useful_until > :now"),
        {"a": account_id, "now": now},
    )


# ---- invitations ----------------------------------------------------------------------------------------------------


def put_contacts(
    conn: Conn, workspace_id: int, keys: Sequence[str], emails: Sequence[str], names: Sequence[str]
) -> dict[str, int]:
    """The contacts of these addresses by key, made where they are new, all known now, names kept; one statement."""
    statement = text("""
        INSERT INTO contact (workspace_id, email, email_key, name)
        SELECT :w, x.email, x.key, x.name
        FROM unnest(cast(:emails AS text[]), cast(:keys AS text[]), cast(:names AS text[])) AS x(email, key, name)
        ON CONFLICT (workspace_id, email_key) DO UPDATE
            SET name = coalesce(nullif(contact.name, ''), excluded.name), standing = 'known' RETURNING email_key, id
    """)
    values = {"emails": db.texts(emails), "keys": db.texts(keys), "names": db.texts(names)}
    rows = conn.execute(statement, {"w": workspace_id, **values})
    return {row.email_key: row.id for row in rows}


def with_account(conn: Conn, workspace_id: int, contact_ids: Sequence[int]) -> set[int]:
    """Those of the contacts who may sign in."""
    statement = text("""
        SELECT contact_id FROM account
        WHERE workspace_id = :w AND ended_at IS NULL AND contact_id = ANY(cast(:ids AS bigint[]))
    """)
    return set(conn.execute(statement, {"w": workspace_id, "ids": db.numbers(contact_ids)}).scalars())


def insert_invitations(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], role: str, team_id: int | None, by: str, now: datetime,
    until: datetime,
) -> set[int]:  # fmt: skip
    """Invite these contacts; those who had no open invitation. One statement."""
    statement = text("""
        INSERT INTO invitation (workspace_id, contact_id, role, team_id, invited_by, made_at, sent_at, useful_until)
        SELECT :w, c, :role, cast(:team AS bigint), :by, :now, :now, :until FROM unnest(cast(:ids AS bigint[])) AS x(c)
        ON CONFLICT (contact_id) WHERE accepted_at IS NULL AND revoked_at IS NULL DO NOTHING RETURNING contact_id
    """)
    values = {"w": workspace_id, "ids": db.numbers(contact_ids), "role": role, "team": team_id, "by": by}
    return set(conn.execute(statement, {**values, "now": now, "until": until}).scalars())


_INVITED = """
    SELECT i.id, i.contact_id, i.role, i.team_id, i.invited_by, i.made_at, i.sent_at, i.useful_until, c.email, c.name,
        coalesce(t.name, '') AS team
    FROM invitation i JOIN contact c ON c.workspace_id = i.workspace_id AND c.id = i.contact_id
    LEFT JOIN team t ON t.workspace_id = i.workspace_id AND t.id = i.team_id
    WHERE i.workspace_id = :w AND i.accepted_at IS NULL AND i.revoked_at IS NULL
"""


def invitations(conn: Conn, workspace_id: int, person: str, limit: int) -> Sequence[Row[Any]]:
    """The newest open invitations, those that are over too; of part of a name or address, where not empty."""
    statement = text(
        _INVITED + " AND (:person = '' OR strpos(lower(c.name), lower(:person)) > 0"
        " OR strpos(c.email_key, lower(:person)) > 0) ORDER BY i.id DESC LIMIT :limit"
    )
    return conn.execute(statement, {"w": workspace_id, "person": person, "limit": limit}).all()


def invitation(conn: Conn, workspace_id: int, ident: int | None, contact_id: int | None) -> Row[Any] | None:
    """One open invitation, by its id or its contact, locked until the transaction ends."""
    statement = text(
        _INVITED + " AND (cast(:id AS bigint) IS NULL OR i.id = :id)"
        " AND (cast(:c AS bigint) IS NULL OR i.contact_id = :c) FOR UPDATE OF i"
    )
    return conn.execute(statement, {"w": workspace_id, "id": ident, "c": contact_id}).one_or_none()


def end_invitation(conn: Conn, ident: int, now: datetime, accepted: bool) -> None:
    """Close an invitation: accepted, or revoked."""
    statement = text("""
        UPDATE invitation SET accepted_at = CASE WHEN :accepted THEN cast(:now AS timestamptz) END,
            revoked_at = CASE WHEN NOT :accepted THEN cast(:now AS timestamptz) END
        WHERE id = :id
    """)
    conn.execute(statement, {"id": ident, "now": now, "accepted": accepted})


def renew_invitation(conn: Conn, ident: int, now: datetime, until: datetime) -> None:
    """Note that it was mailed again."""
    values = {"id": ident, "now": now, "until": until}
    conn.execute(text("UPDATE invitation SET sent_at = :now, useful_until = :until WHERE id = :id"), values)


# ---- accounts, all of a workspace -----------------------------------------------------------------------------------


# The page is cut first; what costs a look into other tables is asked for its rows alone.
_PEOPLE = text("""
    WITH known AS (
        SELECT a.id, a.contact_id, a.role, c.email, c.name, a.password_hash IS NOT NULL AS has_password, a.made_at,
            array_position(ARRAY['owner', 'admin', 'user'], a.role) AS rank,
            lower(coalesce(nullif(c.name, ''), c.email)) AS called
        FROM account a JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        WHERE a.workspace_id = :w AND a.ended_at IS NULL AND (:role = '' OR a.role = :role)
            AND (:person = '' OR strpos(lower(c.name), lower(:person)) > 0
                 OR strpos(c.email_key, lower(:person)) > 0)
    ), page AS (
        SELECT k.* FROM known k
        WHERE cast(:after AS bigint) IS NULL
            OR (k.rank, k.called, k.id) > (SELECT p.rank, p.called, p.id FROM known p WHERE p.id = :after)
        ORDER BY k.rank, k.called, k.id LIMIT :limit
    )
    SELECT p.*, (SELECT max(s.seen_at) FROM session s WHERE s.account_id = p.id) AS seen_at,
        (SELECT count(*) FROM membership m JOIN team t ON t.id = m.team_id AND t.archived_at IS NULL
            WHERE m.contact_id = p.contact_id AND m.left_at IS NULL) AS teams
    FROM page p ORDER BY p.rank, p.called, p.id
""")


def people(conn: Conn, workspace_id: int, person: str, role: str, after: int | None, limit: int) -> Sequence[Row[Any]]:
    """Who may sign in, owners first, with the number of teams they are in (none archived) and when last seen.

    Narrowed by part of a name or address and by role, where not empty; those after the account `after`.
    """
    values = {"w": workspace_id, "person": person, "role": role, "after": after, "limit": limit}
    return conn.execute(_PEOPLE, values).all()


def lock_owners(conn: Conn, workspace_id: int) -> Sequence[int]:
    """The owners' accounts, locked in one order, so that of two who leave at once one is the last."""
    statement = text("""
        SELECT id FROM account WHERE workspace_id = :w AND role = 'owner' AND ended_at IS NULL ORDER BY id FOR UPDATE
    """)
    return conn.execute(statement, {"w": workspace_id}).scalars().all()


def set_role(conn: Conn, account_id: int, role: str) -> None:
    """Set an account's role."""
    conn.execute(text("UPDATE account SET role = :role WHERE id = :id"), {"id": account_id, "role": role})


def end_account(conn: Conn, account_id: int, now: datetime) -> None:
    """End an account, with its password and every session: a release before, which looks at no end, lets nobody in."""
    statement = text("UPDATE account SET ended_at = :now, epoch = epoch + 1, password_hash = NULL WHERE id = :id")
    conn.execute(statement, {"id": account_id, "now": now})
