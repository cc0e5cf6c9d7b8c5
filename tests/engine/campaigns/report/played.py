"""A campaign that has been sent, with everything that can become of a mail, on a real database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from engine.campaigns.tracking import hits
from engine.campaigns.tracking.choice import Choice
from engine.campaigns.tracking.hits import Visit
from engine.campaigns.tracking.leaving import leave
from tests.engine.campaigns.scene import Scene

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
HOME = "198.51.100.7"
LATER = timedelta(hours=2)


@dataclass
class Played:
    """A scene with a launched campaign of persons p1 … p12 and its two links."""

    scene: Scene
    campaign_id: int
    run_id: int
    links: tuple[int, int]

    def seq(self, address: str) -> int:
        """The row of somebody in the launch."""
        return int(self.scene.value("SELECT seq FROM delivery WHERE run_id = :r AND address = :a",
                                    r=self.run_id, a=address))  # fmt: skip

    def stand(self, address: str, state: str, **columns: object) -> None:
        """Let somebody's row stand so."""
        sets = ", ".join(["state = :s", *(f"{name} = :{name}" for name in columns)])
        self.scene.do(f"UPDATE delivery SET {sets} WHERE run_id = :r AND address = :a",
                      s=state, r=self.run_id, a=address, **columns)  # fmt: skip

    def hit(self, address: str, place: int | None, method: str = "GET", agent: str = FIREFOX, net: str = HOME,
            after: timedelta = LATER) -> None:  # fmt: skip
        """Somebody's link is followed, or the picture fetched, so long after now."""
        with self.scene.engine.begin() as conn:
            visit = Visit.of(self.scene.now() + after, method, net, agent)
            assert hits.take(conn, self.run_id, self.seq(address), place, visit)

    def leave(self, address: str) -> None:
        """Somebody unsubscribes by the link of their mail."""
        contact, now = self.scene.contact(address), self.scene.now() + LATER
        with self.scene.engine.begin() as conn:
            whole = Choice(self.scene.workspace_id, contact, "mail", 0)
            leave(conn, whole, (self.run_id, self.seq(address)), Visit.of(now, "POST", HOME, FIREFOX), now)

    def reply(self, address: str) -> None:
        """Somebody's answer is a message."""
        contact = self.scene.contact(address)
        self.scene.do("INSERT INTO conversation (workspace_id, channel_key, platform, type, campaign_id, contact_id)"
                      " VALUES (:w, :k, 'mail', 'direct', :c, :p)", k=f"mail.direct.{contact}", c=self.campaign_id,
                      p=contact)  # fmt: skip
        self.scene.do("INSERT INTO message (conversation_id, no, workspace_id, author_id, author_kind, campaign_id,"
                      " run_id, seq, kind, body, platform) SELECT id, 1, :w, :p, 'contact', :c, :r, :s, 'mail', 'Yes.',"
                      " 'mail' FROM conversation WHERE workspace_id = :w AND contact_id = :p", p=contact,
                      c=self.campaign_id, r=self.run_id, s=self.seq(address))  # fmt: skip


def play(engine: Engine) -> Played:
    """Twelve people: two left out, one each bounced, failed, in doubt, waiting, complained; five accepted."""
    scene = Scene.make(engine)
    scene.add(8)
    scene.add(4, domain="gmail.com", first=9)
    for address in ("p1@x.test", "p2@x.test"):
        scene.do("INSERT INTO consent (contact_id, channel, workspace_id, state, source, at)"
                 " VALUES (:c, 'mail', :w, 'withdrawn', 'person', now())", c=scene.contact(address))  # fmt: skip
    campaign_id = scene.campaign()
    of = scene.launch(campaign_id)
    assert of.run_id is not None
    made = [scene.value("INSERT INTO link (workspace_id, campaign_id, url) VALUES (:w, :c, :u) RETURNING id",
                        c=campaign_id, u=f"https://{name}.example/") for name in ("a", "b")]  # fmt: skip
    played = Played(scene, campaign_id, of.run_id, (int(made[0]), int(made[1])))
    now = scene.now()
    for n in (8, 9, 10, 11, 12):
        played.stand(f"p{n}@{'gmail.com' if n > 8 else 'x.test'}", "sent", sent_at=now)
    played.stand("p3@x.test", "bounced", code="550", reply="550 5.1.1 no such user p3")
    played.stand("p4@x.test", "failed", reason="too large")
    played.stand("p5@x.test", "in_doubt")
    played.stand("p7@x.test", "complained", sent_at=now)
    played.hit("p9@gmail.com", None)
    played.hit("p10@gmail.com", played.links[0])
    played.hit("p11@gmail.com", played.links[1], method="HEAD")
    played.reply("p12@gmail.com")
    played.leave("p10@gmail.com")
    return played


__all__ = ["LATER", "Played", "play"]
