"""Each list has the people it says, and together they are everybody."""

from __future__ import annotations

from datetime import UTC

import pytest
from sqlalchemy import Engine, select

from engine.campaigns.report import lists
from engine.campaigns.tracking.choice import Choice
from engine.campaigns.tracking.classes import PREFERENCES
from engine.campaigns.tracking.preferences import save
from engine.errors import NotFound
from engine.models import Contact
from tests.engine.campaigns.report.played import LATER, Played, play


def who(played: Played, name: str, key: str = "") -> set[str]:
    with played.scene.engine.begin() as conn:
        of = lists.scope(conn, played.scene.workspace_id, played.campaign_id)
        found = lists.named(of, name, key).subquery()
        rows = conn.execute(select(Contact.email).join(found, found.c.contact_id == Contact.id)).scalars().all()
    assert len(rows) == len(set(rows))
    return {address.partition("@")[0] for address in rows}


def test_every_list_has_the_people_it_says(engine_db: Engine) -> None:
    played = play(engine_db)
    a, b = played.links
    hour = played.scene.value("SELECT date_trunc('hour', sent_at) FROM delivery WHERE run_id = :r"
                              " AND sent_at IS NOT NULL LIMIT 1", r=played.run_id)  # fmt: skip

    found = {name: who(played, name) for name in lists.NAMES if name not in lists.KEYED}

    assert found == {
        "all": {f"p{n}" for n in range(1, 13)},
        "waiting": {"p6"}, "deferred": set(), "leftout": {"p1", "p2"},
        "accepted": {"p7", "p8", "p9", "p10", "p11", "p12"},
        "bounced": {"p3"}, "failed": {"p4"}, "doubt": {"p5"}, "unsent": set(), "complained": {"p7"},
        "opened": {"p9", "p10"}, "opened_likely": set(), "opened_machine": {"p11"}, "opened_all": {"p9", "p10", "p11"},
        "clicked": {"p10"}, "clicked_likely": set(), "clicked_machine": {"p11"},
        "clicked_all": {"p10", "p11"},
        "replied": {"p12"}, "silent": {"p7", "p8", "p9", "p10", "p11"}, "unsubscribed": {"p10"},
        "rest": {"p1", "p2", "p3", "p4"},
    }  # fmt: skip
    assert who(played, "link", str(a)) == {"p10"}
    assert who(played, "link_machine", str(b)) == {"p11"}
    assert who(played, "link_all", str(b)) == {"p11"}
    assert who(played, "reason", "bounced|550|") == {"p3"}
    assert who(played, "reason", "suppressed||no consent") == {"p1", "p2"}
    assert who(played, "provider", "gmail") == {"p9", "p10", "p11", "p12"}
    assert who(played, "provider", "other") == {f"p{n}" for n in range(1, 9)}
    assert who(played, "provider", "gmail|accepted") == {"p9", "p10", "p11", "p12"}
    assert who(played, "provider", "other|bounced") == {"p3"}
    assert who(played, "opened_hour", f"{hour.isoformat()}/24") == {"p9", "p10"}
    assert who(played, "clicked_hour", f"{hour.isoformat()}/24") == {"p10"}
    assert who(played, "clicked_hour", hour.isoformat()) == set()
    assert who(played, "hour", hour.astimezone(UTC).isoformat()) == {"p7", "p8", "p9", "p10", "p11", "p12"}


def test_a_second_send_tells_people_once_and_takes_them_out_of_the_rest(engine_db: Engine) -> None:
    played = play(engine_db)
    played.scene.do(
        "WITH r AS (INSERT INTO run (workspace_id, kind, campaign_id, part, made_at, size)"
        "   VALUES (:w, 'campaign', :c, 'rest', now(), 2) RETURNING id),"
        " b AS (INSERT INTO batch (workspace_id, run_id, transport, urgency, next_at)"
        "   SELECT :w, id, 'smtp', 6, now() FROM r RETURNING id, run_id)"
        " INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
        "   useful_until, state, sent_at)"
        " SELECT b.run_id, row_number() OVER (), :w, c.id, 1, b.id, 'smtp', c.email, now(), 'sent', now()"
        " FROM b, contact c WHERE c.workspace_id = :w AND c.email IN ('p3@x.test', 'p12@gmail.com')",
        c=played.campaign_id,
    )

    assert who(played, "rest") == {"p1", "p2", "p4"}
    assert who(played, "replied") == {"p12"}
    assert who(played, "silent") == {"p3", "p7", "p8", "p9", "p10", "p11"}


def test_who_left_after_looking_from_two_mails_is_one_person(engine_db: Engine) -> None:
    played = play(engine_db)
    played.scene.do(
        "WITH r AS (INSERT INTO run (workspace_id, kind, campaign_id, part, made_at, size)"
        "   VALUES (:w, 'campaign', :c, 'reminder', now(), 1) RETURNING id),"
        " b AS (INSERT INTO batch (workspace_id, run_id, transport, urgency, next_at)"
        "   SELECT :w, id, 'smtp', 6, now() FROM r RETURNING id, run_id),"
        " d AS (INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
        "   useful_until, state, sent_at)"
        " SELECT b.run_id, 1, :w, c.id, 1, b.id, 'smtp', c.email, now(), 'sent', now()"
        " FROM b, contact c WHERE c.workspace_id = :w AND c.email = 'p9@gmail.com' RETURNING run_id, seq, recipient)"
        " INSERT INTO hit (workspace_id, run_id, seq, contact_id, link_id, at, method, taken_for)"
        " SELECT :w, run_id, seq, recipient, -2, now(), 'GET', 'human' FROM d",
        c=played.campaign_id,
    )
    played.hit("p9@gmail.com", PREFERENCES)
    wants = Choice(played.scene.workspace_id, played.scene.contact("p9@gmail.com"))
    with played.scene.engine.begin() as conn:
        save(conn, wants, (), played.scene.now() + LATER)

    assert who(played, "unsubscribed") == {"p9", "p10"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("nothing", ""),
        ("link", "x"),
        ("link", "²"),
        ("link", "9" * 20),
        ("link", "-1"),
        ("provider", "nobody"),
        ("provider", "gmail|x"),
        ("hour", "noon"),
        ("hour", "2026-03-04T10:00:00"),
        ("hour", "2026-03-04T10:00:00+00:00/99999"),
        ("hour", "9999-12-31T23:00:00+00:00/8000"),
        ("hour", "0001-01-01T00:00:00+14:00"),
        ("reason", "one"),
    ],
)
def test_what_is_no_list_is_not_found(name: str, key: str) -> None:
    of = lists.Scope(1, 1, 0, (1,), None)

    with pytest.raises(NotFound):
        lists.named(of, name, key)
