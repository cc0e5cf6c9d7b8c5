"""The statements about how a workspace reaches people: channels, relay, suppressions, notices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import aliased

from engine.db import Conn
from engine.models import Relay

# ---- channels and the relay -----------------------------------------------------------------------------------------


def insert_channel(
    conn: Conn, workspace_id: int, team_id: int, kind: str, name: str, config: Mapping[str, Any], gets: Sequence[str]
) -> int:
    """The id of a new channel, still without its secret, which is sealed with that id."""
    return int(
        conn.execute(
            text(
                "INSERT INTO channel (workspace_id, team_id, kind, name, config, gets)"
                " VALUES (:w, :t, :kind, :name, :config, :gets) RETURNING id"
            ).bindparams(bindparam("config", type_=JSONB)),
            {"w": workspace_id, "t": team_id, "kind": kind, "name": name, "config": dict(config), "gets": list(gets)},
        ).scalar_one()
    )


def update_channel(conn: Conn, workspace_id: int, channel_id: int, name: str, gets: Sequence[str]) -> None:
    """Set a channel's name and what it gets."""
    statement = text("UPDATE channel SET name = :name, gets = :gets WHERE workspace_id = :w AND id = :id")
    conn.execute(statement, {"w": workspace_id, "id": channel_id, "name": name, "gets": list(gets)})


def set_channel_secret(conn: Conn, workspace_id: int, channel_id: int, secret: bytes | None) -> None:
    """Store a channel's sealed secret."""
    conn.execute(
        text("UPDATE channel SET secret = :secret WHERE workspace_id = :w AND id = :id"),
        {"w": workspace_id, "id": channel_id, "secret": secret},
    )


def channel(conn: Conn, workspace_id: int, channel_id: int) -> Row[Any] | None:
    """One channel, its secret still sealed."""
    return conn.execute(
        text(
            "SELECT id, team_id, kind, name, config, secret, state, failure, gets FROM channel"
            " WHERE workspace_id = :w AND id = :id"
        ),
        {"w": workspace_id, "id": channel_id},
    ).one_or_none()


def team_channels(conn: Conn, workspace_id: int, team_id: int) -> Sequence[Row[Any]]:
    """A team's channels, oldest first, their secrets still sealed."""
    return conn.execute(
        text(
            "SELECT id, team_id, kind, name, config, secret, state, failure, gets FROM channel"
            " WHERE workspace_id = :w AND team_id = :t ORDER BY id"
        ),
        {"w": workspace_id, "t": team_id},
    ).all()


def relay(conn: Conn, workspace_id: int) -> Row[Any] | None:
    """The workspace's first relay for all its mail, its password still sealed."""
    return next((row for row in relays(conn, workspace_id) if (row.uses, row.rank) == ("all", 0)), None)


def relays(conn: Conn, workspace_id: int) -> Sequence[Row[Any]]:
    """All relays of a workspace, first rank first, their secrets still sealed."""
    statement = text("SELECT * FROM relay WHERE workspace_id = :w ORDER BY rank, uses, id")
    return conn.execute(statement, {"w": workspace_id}).all()


def relay_places(conn: Conn) -> list[tuple[str, int]]:
    """(host, port) of every relay that a workspace has of its own."""
    return [(row.host, row.port) for row in conn.execute(text("SELECT DISTINCT host, port FROM relay ORDER BY 1, 2"))]


def put_relay(conn: Conn, workspace_id: int, values: Mapping[str, Any]) -> int:
    """The id of the workspace's relay, made or changed; its sealed password is kept. `values`: the plain columns."""
    return int(
        conn.execute(
            text(
                "INSERT INTO relay (workspace_id, host, port, tls, username, connections)"
                " VALUES (:w, :host, :port, :tls, :username, :connections)"
                " ON CONFLICT (workspace_id, uses, rank) DO UPDATE SET host = excluded.host, port = excluded.port,"
                " tls = excluded.tls, username = excluded.username, connections = excluded.connections,"
                " keyed_at = now() RETURNING id"
            ),
            {"w": workspace_id, **values},
        ).scalar_one()
    )


def set_relay_secret(conn: Conn, workspace_id: int, secret: bytes | None) -> None:
    """Store the relay's sealed password, or forget it."""
    conn.execute(
        text("UPDATE relay SET secret = :s WHERE workspace_id = :w AND uses = 'all' AND rank = 0"),
        {"w": workspace_id, "s": secret},
    )


def delete_relay(conn: Conn, workspace_id: int) -> None:
    """Forget the workspace's relay, so that the instance's own holds."""
    conn.execute(text("DELETE FROM relay WHERE workspace_id = :w AND uses = 'all' AND rank = 0"), {"w": workspace_id})


def insert_relay(conn: Conn, workspace_id: int, values: Mapping[str, Any]) -> int | None:
    """The id of a new relay, still without its secrets; None where one of the same use and rank is there."""
    made = insert(Relay).values(workspace_id=workspace_id, **values).on_conflict_do_nothing().returning(Relay.id)
    return conn.execute(made).scalar_one_or_none()


def update_relay(conn: Conn, workspace_id: int, relay_id: int, values: Mapping[str, Any]) -> bool:
    """Change columns of a relay; False where another one has its use and rank, or there is none."""
    here = and_(Relay.workspace_id == workspace_id, Relay.id == relay_id)
    other = aliased(Relay)
    uses, rank = values.get("uses", Relay.uses), values.get("rank", Relay.rank)
    taken = select(other.id).where(other.workspace_id == workspace_id, other.id != relay_id)
    free = ~taken.where(other.uses == uses, other.rank == rank).exists()
    return conn.execute(update(Relay).where(here, free).values(**values)).rowcount > 0


def remove_relay(conn: Conn, workspace_id: int, relay_id: int) -> None:
    """Forget one relay."""
    conn.execute(delete(Relay).where(Relay.workspace_id == workspace_id, Relay.id == relay_id))


def keyed_anew(conn: Conn, relay_id: int) -> None:
    """It is another server now, or has another idempotency header: it knows no key of the mails before."""
    conn.execute(text("UPDATE relay SET keyed_at = now() WHERE id = :id"), {"id": relay_id})


def forget_faults(conn: Conn, relay_id: int) -> None:
    """Let a relay be tried at once: what it rests for was said to other settings. What was counted stays."""
    conn.execute(
        text("UPDATE pace SET breaker = 'closed', failures = 0, next_at = NULL, reason = '' WHERE lane = :lane"
             " AND (breaker <> 'closed' OR next_at IS NOT NULL)"),
        {"lane": f"relay:{relay_id}"},
    )  # fmt: skip


def relay_by_id(conn: Conn, relay_id: int) -> Row[Any] | None:
    """One relay of whichever workspace, its secrets still sealed: who calls it has to prove that it is theirs."""
    return conn.execute(text("SELECT * FROM relay WHERE id = :id"), {"id": relay_id}).one_or_none()


def last_events(conn: Conn, sources: Sequence[str]) -> dict[str, datetime]:
    """When the last event of each of these sources was taken; those without any are missing."""
    statement = text(
        "SELECT s.source, e.taken_at FROM unnest(cast(:sources AS text[])) AS s(source) CROSS JOIN LATERAL"
        " (SELECT taken_at FROM provider_event p WHERE p.source = s.source ORDER BY taken_at DESC LIMIT 1) e"
    )
    return {row.source: row.taken_at for row in conn.execute(statement, {"sources": list(sources)})}


# ---- suppression, notices ------------------------------------------------------------------------------------------


def put_suppressions(
    conn: Conn, workspace_id: int, channel: str, known: Mapping[bytes, str], reason: str, evidence: str, now: datetime
) -> int:
    """Suppress addresses by hash, each with its key (of mail), by which its contact is found; how many were not before.

    The first reason stays.
    """
    done = conn.execute(
        text(
            "INSERT INTO suppression (workspace_id, channel, address_hash, reason, evidence, at, contact_id)"
            " SELECT :w, :channel, g.h, :reason, :evidence, :now, coalesce(c.id, a.contact_id)"
            " FROM unnest(cast(:hashes AS bytea[]), cast(:keys AS text[])) AS g(h, key)"
            " LEFT JOIN contact c ON :channel = 'mail' AND c.workspace_id = :w AND c.email_key = g.key"
            " LEFT JOIN contact_address a ON a.workspace_id = :w AND a.platform = :channel AND lower(a.address) = g.key"
            " ON CONFLICT (workspace_id, channel, address_hash) DO NOTHING"
        ),
        {"w": workspace_id, "channel": channel, "hashes": list(known), "keys": list(known.values()), "reason": reason,
         "evidence": evidence, "now": now},
    )  # fmt: skip
    return done.rowcount


def recognise_suppressions(conn: Conn, workspace_id: int, channel: str, known: Mapping[bytes, int]) -> int:
    """Say whose these hashes are, where they are suppressed; how many are."""
    statement = text(
        "UPDATE suppression s SET contact_id = g.id"
        " FROM unnest(cast(:hashes AS bytea[]), cast(:ids AS bigint[])) AS g(h, id)"
        " WHERE s.workspace_id = :w AND s.channel = :channel AND s.address_hash = g.h"
    )
    values = {"w": workspace_id, "channel": channel, "hashes": list(known), "ids": list(known.values())}
    return conn.execute(statement, values).rowcount


# The hash of an address as engine.sealing.address_hash makes it; `inner` and `outer` are its key.
_HASH = "sha256(:outer || sha256(:inner || convert_to({}, 'UTF8')))"
_UNKNOWN = text(f"""
    WITH unknown AS MATERIALIZED (
        SELECT id, workspace_id, channel, address_hash FROM suppression WHERE contact_id IS NULL
    ), theirs AS (
        SELECT c.workspace_id, 'mail' AS channel, {_HASH.format("c.email_key")} AS hash, c.id FROM contact c
        WHERE c.erased_at IS NULL AND c.workspace_id IN (SELECT workspace_id FROM unknown WHERE channel = 'mail')
        UNION ALL
        SELECT a.workspace_id, a.platform, {_HASH.format("lower(a.address)")}, a.contact_id FROM contact_address a
        WHERE a.workspace_id IN (SELECT workspace_id FROM unknown WHERE channel <> 'mail')
    )
    UPDATE suppression s SET contact_id = t.id FROM unknown u JOIN theirs t
        ON t.workspace_id = u.workspace_id AND t.channel = u.channel AND t.hash = u.address_hash
    WHERE s.id = u.id AND s.contact_id IS NULL
""")  # noqa: S608  # fixed pieces only


def recognise_unknown(conn: Conn, inner: bytes, outer: bytes) -> int:
    """Say whose the hashes are of which nobody is known; how many somebody is found for."""
    return conn.execute(_UNKNOWN, {"inner": inner, "outer": outer}).rowcount


def delete_suppressions(conn: Conn, workspace_id: int, channel: str, hashes: Sequence[bytes]) -> int:
    """Lift suppressions; how many there were."""
    done = conn.execute(
        text(
            "DELETE FROM suppression WHERE workspace_id = :w AND channel = :channel"
            " AND address_hash = ANY(cast(:hashes AS bytea[]))"
        ),
        {"w": workspace_id, "channel": channel, "hashes": list(hashes)},
    )
    return done.rowcount


def suppressed_hashes(conn: Conn, workspace_id: int, channel: str, hashes: Sequence[bytes]) -> Collection[bytes]:
    """Which of these hashes are suppressed."""
    found = conn.execute(
        text(
            "SELECT address_hash FROM suppression WHERE workspace_id = :w AND channel = :channel"
            " AND address_hash = ANY(cast(:hashes AS bytea[]))"
        ),
        {"w": workspace_id, "channel": channel, "hashes": list(hashes)},
    )
    return {bytes(h) for h in found.scalars()}


def suppressions(conn: Conn, workspace_id: int, channel: str, hashes: Sequence[bytes]) -> Sequence[Row[Any]]:
    """The suppressions (address_hash, reason, evidence, at) of those of these hashes that have one."""
    return conn.execute(
        text(
            "SELECT address_hash, reason, evidence, at FROM suppression WHERE workspace_id = :w AND channel = :channel"
            " AND address_hash = ANY(cast(:hashes AS bytea[]))"
        ),
        {"w": workspace_id, "channel": channel, "hashes": list(hashes)},
    ).all()


def insert_notice(
    conn: Conn, workspace_id: int, contact_id: int, template: str, context: Mapping[str, Any], now: datetime
) -> int:
    """The id of a new notice."""
    return int(
        conn.execute(
            text(
                "INSERT INTO notice (workspace_id, contact_id, template, context, made_at)"
                " VALUES (:w, :c, :template, :context, :now) RETURNING id"
            ).bindparams(bindparam("context", type_=JSONB)),
            {"w": workspace_id, "c": contact_id, "template": template, "context": dict(context), "now": now},
        ).scalar_one()
    )


def insert_notices(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], template: str, context: Mapping[str, Any], now: datetime
) -> Sequence[Row[Any]]:
    """(id, contact_id, email) of a notice for each of these contacts of the workspace."""
    statement = text("""
        WITH made AS (
            INSERT INTO notice (workspace_id, contact_id, template, context, made_at)
            SELECT workspace_id, id, :template, :context, :now FROM contact
            WHERE workspace_id = :w AND id = ANY(cast(:ids AS bigint[])) AND standing = 'known' AND email <> ''
            RETURNING id, contact_id
        )
        SELECT m.id, m.contact_id, c.email FROM made m JOIN contact c ON c.workspace_id = :w AND c.id = m.contact_id
        ORDER BY m.id
    """).bindparams(bindparam("context", type_=JSONB))
    values = {"w": workspace_id, "ids": list(contact_ids), "template": template, "context": dict(context), "now": now}
    return conn.execute(statement, values).all()


def notices(conn: Conn, workspace_id: int, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Notices with the person's name, and their membership in the team that the context names."""
    return conn.execute(
        text(
            "SELECT n.id, n.template, n.context, c.name, m.id AS membership_id FROM notice n"
            " JOIN contact c ON c.workspace_id = n.workspace_id AND c.id = n.contact_id"
            " LEFT JOIN membership m ON m.workspace_id = n.workspace_id AND m.contact_id = n.contact_id"
            " AND m.team_id = cast(n.context ->> 'team_id' AS bigint) AND m.left_at IS NULL"
            " WHERE n.workspace_id = :w AND n.id = ANY(cast(:ids AS bigint[]))"
        ).columns(context=JSONB),
        {"w": workspace_id, "ids": list(ids)},
    ).all()
