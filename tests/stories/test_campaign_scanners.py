"""Scanners open all that is in every mail and press the one-click links of whole companies: nobody is unsubscribed,
and none of it counts as a person's. Who clicks and leaves a minute later is a person, and leaves at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, cycle

import httpx
import pytest

from engine import db
from engine.campaigns.report.reading import report
from engine.config import Settings
from engine.outbound.plan import Planned
from engine.people.principal import SYSTEM
from tests.stories import campaigning
from tests.stories.campaigning import Browser, Place
from tests.stories.instance import Instance
from tests.stories.postbox import Mailbox
from tests.stories.scanning import FIREFOX, Letter, Machine, web_behind_a_proxy

pytestmark = pytest.mark.story

EACH = 5  # people behind each kind of scanner
BODY = """Hello {{ first_name | default("there") }},

[what is new](https://news.stories.test/spring), [what it costs](https://news.stories.test/price) and
[how to write to us](https://news.stories.test/write).
"""


ONE_PLACE = cycle(["203.0.113.7", "203.0.113.8"])
EVERYWHERE = (f"10.{n}.{n}.9" for n in count(1))
SCANNED = 2 * (3 + 1 + 1 + 2 + 1)  # requests
FOLLOWED = 3 + 2
SOON, A_MINUTE = timedelta(seconds=1), timedelta(seconds=75)


def crowd(house: Instance) -> Place:
    """The people of three companies, and one reader elsewhere."""
    where = campaigning.place(house)
    campaigning.caught(house, where)
    house.do("UPDATE workspace SET track_opens = true WHERE id = :w", w=where.id)
    campaigning.people(house, where, 3 * EACH + 1)
    house.do(
        "UPDATE contact SET email = a, email_key = a FROM (SELECT id, 'p' || n || '@' || CASE WHEN n > 3 * :each"
        " THEN 'home' ELSE 'company' || (n - 1) / :each END || '.w' || :w || '.test' AS a FROM (SELECT id,"
        " substring(name FROM 8)::int AS n FROM contact WHERE workspace_id = :w AND name LIKE 'Person %') x) y"
        " WHERE contact.id = y.id",
        w=where.id, each=EACH,
    )  # fmt: skip
    return where


def names(house: Instance, where: Place, table: str, which: str) -> list[int]:
    """The numbers of the people who have such a row."""
    return house.values(
        f"SELECT DISTINCT substring(c.name FROM 8)::int FROM {table} x JOIN contact c ON c.id = x.contact_id"
        f" WHERE x.workspace_id = :w AND {which} ORDER BY 1",
        w=where.id,
    )  # fmt: skip


def left(house: Instance, where: Place) -> list[int]:
    """Who has left."""
    return names(house, where, "consent", "x.state = 'withdrawn'")


def held(house: Instance, where: Place) -> list[int]:
    """Whose leaving waits for an admin."""
    return names(house, where, "leaving", "x.settled_at IS NULL")


def machines(client: httpx.Client, letters: Mapping[int, Letter]) -> None:
    """One presses for a company from everywhere; one scans and presses; one follows links from everywhere."""
    behind = [[letters[n] for n in range(1 + of * EACH, 1 + (of + 1) * EACH)] for of in range(3)]
    for letter in behind[2]:
        Machine(client, EVERYWHERE).press(letter)
    for letter in behind[0]:
        Machine(client, ONE_PLACE).scan(letter)
    for letter in behind[0]:
        Machine(client, ONE_PLACE).press(letter)
    for letter in behind[1]:
        Machine(client, EVERYWHERE).follow(letter)


def person(client: httpx.Client, n: int, letter: Letter) -> None:
    """Somebody clicks what they read, opens the page to leave, and presses its button."""
    headers = {"User-Agent": FIREFOX, "X-Forwarded-For": f"198.51.{n}.20"}
    assert client.get(letter.links[1], headers=headers).headers["Location"] == "https://news.stories.test/price"
    assert "Unsubscribe" in client.get(letter.leave, headers=headers).text
    gone = client.post(letter.leave, headers=headers, data={"page": "1"})
    assert "You are unsubscribed" in gone.text


@dataclass(frozen=True)
class Scene:
    """A campaign that is out, and what each of its people got, by their number."""

    where: Place
    campaign_id: int
    run: Planned
    letters: Mapping[int, Letter]


def sent(house: Instance, admin: Browser, where: Place) -> Scene:
    """Launch it, and look into the mailboxes."""
    box = Mailbox(house.base / "mailbox", f".w{where.id}.test")
    made = campaigning.written(house, where, "Spring", BODY, track_links=True, track_opens=True)
    assert "It is on its way." in admin.press(made, "launch").text
    house.wait("everybody has it", lambda: len(box.mails()) == 3 * EACH + 1, 30)
    run = campaigning.run_of(house, made)
    house.finish(run)
    letters = {int(to.partition("@")[0][1:]): Letter.of(raw) for to, [raw] in box.mails().items()}
    return Scene(where, made, run, letters)


def counted(house: Instance, of: Scene) -> tuple[tuple[int, int], tuple[int, int]]:
    """(people, all) who clicked, and who asked for anything of the mail at all."""
    with house.engine.begin() as conn:
        found = report(conn, SYSTEM(of.where.id), of.campaign_id, Settings(), db.now(conn))
    assert found is not None
    return (found.clicked.human, found.clicked.all), (found.opened.human, found.opened.all)


def hits(house: Instance, of: Scene) -> int:
    """How many requests are written down."""
    return int(house.value("SELECT count(*) FROM hit WHERE run_id = :run", run=of.run.run_id))


def test_scanners_unsubscribe_nobody_and_are_no_readers_and_a_person_leaves_at_once(swift: Instance) -> None:
    house = swift
    house.up("sender", "scheduler", "catcher")
    where = crowd(house)
    with web_behind_a_proxy(house) as client, campaigning.browser(house, where) as admin:
        of = sent(house, admin, where)
        shape = {(len(x.links), len(x.hidden), len(x.pictures), len(x.pages)) for x in of.letters.values()}
        assert shape == {(3, 1, 1, 2)}
        out = house.value("SELECT max(sent_at) FROM delivery WHERE run_id = :run", run=of.run.run_id)

        campaigning.at(house, out + SOON)
        machines(client, of.letters)
        house.wait("all is written down", lambda: hits(house, of) == EACH * (1 + SCANNED + 1 + FOLLOWED), 20)
        assert (left(house, where), held(house, where)) == (
            [],
            [*range(1, EACH + 1), *range(1 + 2 * EACH, 1 + 3 * EACH)],
        )
        assert counted(house, of) == ((0, 2 * EACH), (0, 3 * EACH))

        campaigning.at(house, out + SOON + A_MINUTE)
        readers = [3, EACH + 2, 3 * EACH, 3 * EACH + 1]  # one behind each scanner, and one behind none
        for n in readers:
            person(client, n, of.letters[n])
        house.wait("they are counted", lambda: counted(house, of)[0][0] == len(readers), 20)
        assert left(house, where) == readers
        assert held(house, where) == [
            n for n in (*range(1, EACH + 1), *range(1 + 2 * EACH, 1 + 3 * EACH)) if n not in readers
        ]
        assert "company0" in admin.client.get("/held/leaving").text

        again = campaigning.written(house, where, "Summer")
        admin.press(again, "launch")
        found = campaigning.rows(
            house,
            "SELECT reason, count(*) FROM delivery WHERE run_id = :run AND state = 'suppressed' GROUP BY 1",
            run=campaigning.run_of(house, again).run_id,
        )
        assert dict(map(tuple, found)) == {"no consent": len(readers)}
