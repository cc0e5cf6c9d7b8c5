"""The statements about workspaces, people, teams, and how they are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.people.principal import Principal

SETUP_LOCK = 0x6008


# ---- rights ---------------------------------------------------------------------------------------------------------


def team_role(conn: Conn, principal: Principal, team_id: int) -> str | None:
    """What the principal is in a team: manager, member, observer, or None when it may not see it (or it is not there).

    Owners, admins and the engine are managers everywhere in their workspace. A link never manages: mails get forwarded.
    """
    found = conn.execute(
        text(
            "SELECT m.role, t.id FROM team t LEFT JOIN membership m ON m.team_id = t.id AND m.left_at IS NULL"
            " AND m.contact_id = :contact_id AND (cast(:membership_id AS bigint) IS NULL OR m.id = :membership_id)"
            " WHERE t.workspace_id = :workspace_id AND t.id = :team_id"
        ),
        {
            "contact_id": principal.contact_id,
            "membership_id": principal.membership_id,
            "workspace_id": principal.workspace_id,
            "team_id": team_id,
        },
    ).one_or_none()
    if found is None:
        return None
    if principal.is_admin:
        return "manager"
    role: str | None = found.role
    return "member" if principal.kind == "link" and role == "manager" else role


# ---- workspaces -----------------------------------------------------------------------------------------------------


def lock_setup(conn: Conn) -> None:
    """Wait for, then hold until the transaction ends, the right to make the first workspace."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": SETUP_LOCK})


def any_workspace(conn: Conn) -> bool:
    """Whether the instance has been set up."""
    return bool(conn.execute(text("SELECT EXISTS (SELECT FROM workspace)")).scalar_one())


def insert_workspace(conn: Conn, name: str, demo: bool, log_epoch: str) -> int:
    """The id of a new workspace, with the head of its event log."""
    ident = int(
        conn.execute(
            text("INSERT INTO workspace (name, demo) VALUES (:name, :demo) RETURNING id"), {"name": name, "demo": demo}
        ).scalar_one()
    )
    conn.execute(
        text("INSERT INTO ws_head (workspace_id, epoch) VALUES (:id, :epoch)"), {"id": ident, "epoch": log_epoch}
    )
    return ident


def workspace(conn: Conn, workspace_id: int) -> Row[Any] | None:
    """A workspace's own columns."""
    return conn.execute(
        text("SELECT id, name, mail_from, reply_domain, base_url, demo FROM workspace WHERE id = :id"),
        {"id": workspace_id},
    ).one_or_none()


def update_workspace_mail(
    conn: Conn, workspace_id: int, mail_from: str | None, reply_domain: str | None, base_url: str | None
) -> None:
    """Set the workspace's mail settings; None lets the instance's hold."""
    conn.execute(
        text("UPDATE workspace SET mail_from = :f, reply_domain = :r, base_url = :b WHERE id = :id"),
        {"id": workspace_id, "f": mail_from, "r": reply_domain, "b": base_url},
    )


# ---- contacts and accounts ------------------------------------------------------------------------------------------


def put_contact(conn: Conn, workspace_id: int, email: str, key: str, name: str, zone: str | None) -> int:
    """The contact with this address, made if new, and known from now on. A name or zone it already has is kept."""
    return int(
        conn.execute(
            text(
                "INSERT INTO contact (workspace_id, email, email_key, name, zone)"
                " VALUES (:w, :email, :key, :name, :zone) ON CONFLICT (workspace_id, email_key) DO UPDATE SET"
                " name = coalesce(nullif(contact.name, ''), excluded.name), standing = 'known',"
                " zone = coalesce(contact.zone, excluded.zone) RETURNING id"
            ),
            {"w": workspace_id, "email": email, "key": key, "name": name, "zone": zone},
        ).scalar_one()
    )


def contact(conn: Conn, workspace_id: int, contact_id: int) -> Row[Any] | None:
    """A contact's own columns."""
    return conn.execute(
        text(
            "SELECT id, email, email_key, name, zone, locale, standing FROM contact"
            " WHERE workspace_id = :w AND id = :id"
        ),
        {"w": workspace_id, "id": contact_id},
    ).one_or_none()


def update_contact(conn: Conn, workspace_id: int, contact_id: int, name: str, zone: str | None) -> bool:
    """Set name and zone; False when there is no such contact."""
    done = conn.execute(
        text("UPDATE contact SET name = :name, zone = :zone WHERE workspace_id = :w AND id = :id"),
        {"w": workspace_id, "id": contact_id, "name": name, "zone": zone},
    )
    return done.rowcount == 1


_ACCOUNT = (
    "SELECT a.id, a.workspace_id, a.contact_id, a.role, a.epoch, a.password_hash, c.email, c.name"
    " FROM account a JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id "
)


def account_in_session(conn: Conn, account_id: int, epoch: int) -> Row[Any] | None:
    """The account, if it still has the epoch its session was made under."""
    return conn.execute(
        text(_ACCOUNT + "WHERE a.id = :id AND a.epoch = :epoch AND a.ended_at IS NULL"),
        {"id": account_id, "epoch": epoch},
    ).one_or_none()


def account(conn: Conn, workspace_id: int, account_id: int) -> Row[Any] | None:
    """One account."""
    return conn.execute(
        text(_ACCOUNT + "WHERE a.workspace_id = :w AND a.id = :id AND a.ended_at IS NULL"),
        {"w": workspace_id, "id": account_id},
    ).one_or_none()


def actor_names(conn: Conn, workspace_id: int, actors: Sequence[str]) -> dict[str, str]:
    """The names behind actors such as "account:7" and "membership:12"; who is not known here is missing."""
    statement = text("""
        SELECT x.actor, coalesce(nullif(c.name, ''), c.email) AS name
        FROM unnest(cast(:actors AS text[])) AS x(actor)
        JOIN LATERAL (
            SELECT a.contact_id FROM account a WHERE a.workspace_id = :w
                AND a.id = cast(substring(x.actor FROM '^account:([0-9]{1,18})$') AS bigint)
            UNION ALL
            SELECT m.contact_id FROM membership m WHERE m.workspace_id = :w
                AND m.id = cast(substring(x.actor FROM '^membership:([0-9]{1,18})$') AS bigint)
        ) p ON true
        JOIN contact c ON c.workspace_id = :w AND c.id = p.contact_id
    """)
    rows = conn.execute(statement, {"w": workspace_id, "actors": db.texts(sorted(set(actors)))})
    return {row.actor: row.name for row in rows}


def accounts_by_mail(conn: Conn, email_key: str) -> Sequence[Row[Any]]:
    """The accounts of an address that have a password, oldest first, at most five (one per workspace)."""
    return conn.execute(
        text(
            _ACCOUNT + "WHERE c.email_key = :key AND a.password_hash IS NOT NULL AND a.ended_at IS NULL"
            " ORDER BY a.id LIMIT 5"
        ),
        {"key": email_key},
    ).all()


def only_workspace(conn: Conn) -> int | None:
    """The first workspace's id, or None when the instance is not set up."""
    found: int | None = conn.execute(text("SELECT min(id) FROM workspace")).scalar_one()
    return found


def put_account(conn: Conn, workspace_id: int, contact_id: int, role: str, password_hash: str | None) -> int | None:
    """The id of a new account, or of one that had ended and is open again; None when the contact has one."""
    found: int | None = conn.execute(
        text(
            "INSERT INTO account (workspace_id, contact_id, role, password_hash) VALUES (:w, :c, :role, :hash)"
            " ON CONFLICT (workspace_id, contact_id) DO UPDATE SET role = excluded.role, ended_at = NULL,"
            " password_hash = excluded.password_hash WHERE account.ended_at IS NOT NULL RETURNING id"
        ),
        {"w": workspace_id, "c": contact_id, "role": role, "hash": password_hash},
    ).scalar_one_or_none()
    return found


def update_password(conn: Conn, account_id: int, password_hash: str, end_sessions: bool) -> int:
    """Set the password; with `end_sessions` the epoch grows. Returns the epoch that now holds."""
    return int(
        conn.execute(
            text("UPDATE account SET password_hash = :hash, epoch = epoch + :more WHERE id = :id RETURNING epoch"),
            {"id": account_id, "hash": password_hash, "more": int(end_sessions)},
        ).scalar_one()
    )


# ---- teams and members ----------------------------------------------------------------------------------------------


def insert_team(conn: Conn, workspace_id: int, name: str, zone: str) -> int | None:
    """The id of a new team, or None when the name is taken."""
    found: int | None = conn.execute(
        text(
            "INSERT INTO team (workspace_id, name, zone) VALUES (:w, :name, :zone)"
            " ON CONFLICT (workspace_id, name) DO NOTHING RETURNING id"
        ),
        {"w": workspace_id, "name": name, "zone": zone},
    ).scalar_one_or_none()
    return found


def insert_schedule(conn: Conn, workspace_id: int, team_id: int, values: Mapping[str, Any]) -> int:
    """The id of a team's new schedule. `values`: questions, weekdays, prompt_at, digest_at, nudge_after, window."""
    return int(
        conn.execute(
            text(
                "INSERT INTO schedule (workspace_id, team_id, questions, weekdays, prompt_at, digest_at, nudge_after,"
                " answer_window) VALUES (:w, :t, :questions, :weekdays, :prompt_at, :digest_at, :nudge_after, :window)"
                " RETURNING id"
            ),
            {"w": workspace_id, "t": team_id, **values},
        ).scalar_one()
    )


def team(conn: Conn, workspace_id: int, team_id: int) -> Row[Any] | None:
    """A team's own columns, and its plain address with the workspace's own reply domain, if any."""
    return conn.execute(
        text(
            "SELECT t.id, t.name, t.zone, t.archived_at, coalesce(p.local, '') AS local,"
            " coalesce(w.reply_domain, '') AS domain FROM team t JOIN workspace w ON w.id = t.workspace_id"
            " LEFT JOIN plain_address p ON p.workspace_id = t.workspace_id AND p.team_id = t.id"
            " WHERE t.workspace_id = :w AND t.id = :id"
        ),
        {"w": workspace_id, "id": team_id},
    ).one_or_none()


def visible_teams(conn: Conn, workspace_id: int, contact_id: int | None) -> Sequence[Row[Any]]:
    """Teams that are not archived, by name: all of the workspace (contact None) or those the contact is in."""
    return conn.execute(
        text(
            "SELECT t.id, t.name, t.zone, t.archived_at FROM team t WHERE t.workspace_id = :w"
            " AND t.archived_at IS NULL AND (cast(:c AS bigint) IS NULL OR EXISTS (SELECT FROM membership m"
            " WHERE m.team_id = t.id AND m.contact_id = :c AND m.left_at IS NULL)) ORDER BY lower(t.name), t.id"
        ),
        {"w": workspace_id, "c": contact_id},
    ).all()


def rename_team(conn: Conn, workspace_id: int, team_id: int, name: str, zone: str) -> bool:
    """Set name and zone unless another team of the workspace has the name; False when it does."""
    done = conn.execute(
        text(
            "UPDATE team SET name = :name, zone = :zone WHERE workspace_id = :w AND id = :id AND NOT EXISTS"
            " (SELECT FROM team o WHERE o.workspace_id = :w AND o.name = :name AND o.id <> :id)"
        ),
        {"w": workspace_id, "id": team_id, "name": name, "zone": zone},
    )
    return done.rowcount == 1


def put_membership(conn: Conn, workspace_id: int, team_id: int, contact_id: int, role: str) -> int | None:
    """The id of a new membership, or of one that had ended and starts anew; None when the contact is in the team."""
    found: int | None = conn.execute(
        text(
            "INSERT INTO membership (workspace_id, team_id, contact_id, role) VALUES (:w, :t, :c, :role)"
            " ON CONFLICT (team_id, contact_id) DO UPDATE SET role = excluded.role, left_at = NULL, paused_at = NULL,"
            " paused_by = NULL, pause_until = NULL WHERE membership.left_at IS NOT NULL RETURNING id"
        ),
        {"w": workspace_id, "t": team_id, "c": contact_id, "role": role},
    ).scalar_one_or_none()
    return found


def membership(conn: Conn, workspace_id: int, membership_id: int) -> Row[Any] | None:
    """A membership with the person and the team."""
    return conn.execute(
        text(
            "SELECT m.id, m.team_id, m.contact_id, m.role, m.left_at, m.paused_at, c.email, c.name, c.zone,"
            " t.name AS team_name, t.zone AS team_zone FROM membership m"
            " JOIN contact c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id"
            " JOIN team t ON t.workspace_id = m.workspace_id AND t.id = m.team_id"
            " WHERE m.workspace_id = :w AND m.id = :id"
        ),
        {"w": workspace_id, "id": membership_id},
    ).one_or_none()


def update_role(conn: Conn, workspace_id: int, membership_id: int, role: str) -> None:
    """Set a member's role in the team."""
    conn.execute(
        text("UPDATE membership SET role = :role WHERE workspace_id = :w AND id = :id"),
        {"w": workspace_id, "id": membership_id, "role": role},
    )


def end_membership(conn: Conn, workspace_id: int, membership_id: int, now: datetime) -> bool:
    """End it, with whatever was due next; False when it had ended."""
    done = conn.execute(
        text(
            "UPDATE membership SET left_at = :now, next_prompt_at = NULL, next_prompt_day = NULL,"
            " next_digest_at = NULL, next_digest_day = NULL WHERE workspace_id = :w AND id = :id AND left_at IS NULL"
        ),
        {"w": workspace_id, "id": membership_id, "now": now},
    )
    return done.rowcount == 1


def set_prompt_hours(conn: Conn, workspace_id: int, membership_ids: Sequence[int], hours: Sequence[time]) -> None:
    """Give each of these members a prompt hour of their own, local to them; one statement."""
    conn.execute(
        text(
            "UPDATE membership m SET prompt_at = g.hour"
            " FROM unnest(cast(:ids AS bigint[]), cast(:hours AS time[])) AS g(id, hour)"
            " WHERE m.workspace_id = :w AND m.id = g.id"
        ),
        {"w": workspace_id, "ids": list(membership_ids), "hours": list(hours)},
    )


# ---- token buckets --------------------------------------------------------------------------------------------------

# The refilled level is written out each time: ON CONFLICT can see no subquery of the row it waited for. It reads that
# row anew, so two at once cannot both take the last token.
_TAKE = text(
    """
    INSERT INTO bucket (key, tokens, at) VALUES (:key, :size - 1, :now)
    ON CONFLICT (key) DO UPDATE SET
        tokens = least(:size, bucket.tokens
            + greatest(extract(epoch FROM cast(:now AS timestamptz) - bucket.at), 0) * :rate) - 1,
        at = greatest(bucket.at, :now)
    WHERE least(:size, bucket.tokens
            + greatest(extract(epoch FROM cast(:now AS timestamptz) - bucket.at), 0) * :rate) >= 1
    RETURNING key
    """
)
_LEFT = text(
    "SELECT least(:size, tokens + greatest(extract(epoch FROM cast(:now AS timestamptz) - at), 0) * :rate)"
    " FROM bucket WHERE key = :key"
)


def take_token(conn: Conn, key: str, size: float, rate: float, now: datetime) -> bool:
    """Take one token from the bucket `key`, made full if new; False when there is less than one in it."""
    found = conn.execute(_TAKE, {"key": key, "size": size, "rate": rate, "now": now})
    return found.scalar_one_or_none() is not None


def tokens_left(conn: Conn, key: str, size: float, rate: float, now: datetime) -> float:
    """How full the bucket is by now; a bucket that is not there is full."""
    found: float | None = conn.execute(_LEFT, {"key": key, "size": size, "rate": rate, "now": now}).scalar_one_or_none()
    return size if found is None else found


def drop_old_buckets(conn: Conn, before: datetime) -> int:
    """Forget buckets nobody drew from since `before`; by then they are full again."""
    return conn.execute(text("DELETE FROM bucket WHERE at < :before"), {"before": before}).rowcount
