"""What workers, receivers and people do to the rows of a campaign, done at once."""

from __future__ import annotations

from engine import db
from engine.conversations import events, individual
from engine.conversations.parts import Said
from engine.conversations.post import post
from tests.engine.campaigns.scene import Scene


def end(scene: Scene, run_id: int | None, state: str, who: str = "true", reason: str = "") -> None:
    """Let queued rows have an outcome, and batches and runs without open rows be over, as workers and the sweep do."""
    scene.do("UPDATE delivery SET state = :s, reason = :why, sent_at = CASE WHEN :s IN ('sent', 'complained')"
             " THEN now() END WHERE run_id = :r AND state = 'queued'"
             f" AND {who}", r=run_id, s=state, why=reason)  # fmt: skip
    if state == "in_doubt":
        scene.do("INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state, written_at)"
                 " SELECT run_id, seq, workspace_id, now(), 0, 'doubt', 'in_doubt', now() - interval '1 day'"
                 " FROM delivery WHERE run_id = :r AND state = 'in_doubt'", r=run_id)  # fmt: skip
    scene.do("UPDATE batch b SET state = 'done', horizon = 500 WHERE run_id = :r AND NOT EXISTS (SELECT FROM delivery d"
             " WHERE d.batch_id = b.id AND d.state IN ('queued', 'deferred'))", r=run_id)  # fmt: skip
    scene.do("UPDATE run SET state = 'done' WHERE id = :r AND NOT EXISTS (SELECT FROM batch WHERE run_id = :r"
             " AND state = 'open')", r=run_id)  # fmt: skip


def to(*addresses: str) -> str:
    """The rows of these addresses, as `end` takes them."""
    return f"address IN ({', '.join(repr(one) for one in addresses)})"


def answer(scene: Scene, run_id: int | None, address: str, words: str = "Yes.") -> None:
    """Somebody answers what they got of a run, as a mail that came in does."""
    ((seq, contact),) = scene.rows("SELECT seq, recipient FROM delivery WHERE run_id = :r AND address = :a",
                                   r=run_id, a=address)  # fmt: skip
    with scene.engine.begin() as conn:
        now = db.now(conn)
        found = individual.answered(conn, run_id or 0, seq)
        assert found is not None
        thread, made = found
        campaign = individual.campaign_of(conn, run_id or 0)
        said = Said("contact", contact, "mail", words, "mail", f"{thread.id}/a{seq}@x.test", now, "token", "Re: Spring",
                    None, campaign, run_id, seq)  # fmt: skip
        posted = post(conn, thread, said)
        assert posted is not None
        events.write(conn, [*made, *posted.changes], now)
