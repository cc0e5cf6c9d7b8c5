"""Queries over real rows: each condition means whom it says, and and, or, not are what sets make of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, literal, select, update
from sqlalchemy.dialects import postgresql

from engine import models as m
from engine.campaigns.audience.compiling import contacts
from engine.campaigns.audience.queries.compiled import counted
from engine.campaigns.audience.reading import TERMS, read
from engine.campaigns.audience.syntax import And, Node, Not, Or, Query
from engine.campaigns.audience.writing import write
from tests import factories as make
from tests.engine.campaigns.audience.scene import DAY, NOW, World, day, people
from tests.engine.campaigns.audience.trees import nested, queries

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
ALL = {"ada", "bo", "cy", "di", "ed", "fa", "gu", "hy", "ida", "jo", "kim", "lu"}


@pytest.fixture
def here(shared_conn: Connection) -> World:
    """The scene, with a team, consent and campaigns."""
    here = people(shared_conn)
    _age(here)
    ops, research = make.team(shared_conn, here.ws, "Ops"), make.team(shared_conn, here.ws, "Research")
    _members(here, ops, research)
    _consents(here)
    _campaigns(here)
    return here


def _age(here: World) -> None:
    """`made_at` is PostgreSQL's own unless said; everybody else came today, by the scene's clock."""
    rest = [number for who, number in here.ids.items() if who not in ("gu", "hy")]
    here.conn.execute(update(m.Contact).where(m.Contact.id.in_(rest)).values(made_at=NOW))


def _members(here: World, ops: make.Team, research: make.Team) -> None:
    """Ada and Bo in both teams, Cy left one, Di manages one and was never asked."""
    states = {
        "ada": "answered answered missed missed missed missed",
        "bo": "missed answered excused answered answered missed",
        "cy": "missed missed missed", "di": "",
    }  # fmt: skip
    for name, said in states.items():
        role = "manager" if name == "di" else "member"
        who = make.member(here.conn, ops, name, contact_id=here.ids[name], role=role)
        for ago, state in enumerate(said.split(), 1):
            _round(here, ops, who, -ago, state)
    _round(here, ops, make.member(here.conn, ops, "ed", contact_id=here.ids["ed"]), -1, "asked")
    second = make.member(here.conn, research, "bo", contact_id=here.ids["bo"])
    _round(here, research, second, -1, "answered")
    make.member(here.conn, research, "cy", contact_id=here.ids["cy"], left_at=NOW)


def _round(here: World, team: make.Team, who: make.Member, offset: int, state: str) -> None:
    r = m.Round
    found = here.conn.scalar(select(r.id).where(r.team_id == team.id, r.local_date == day(offset)))
    round_id = found or make.round_of(here.conn, team, day(offset))
    make.participation(here.conn, round_id, who, state=state)


def _consents(here: World) -> None:
    news = here.conn.scalar(insert(m.Topic).values(workspace_id=here.ws.id, name="News").returning(m.Topic.id))
    assert news
    here.consent("ada")
    here.consent("ada", topic_id=news, state="withdrawn")
    here.consent("bo", state="withdrawn")
    here.consent("cy", channel="sms")
    here.consent("di", topic_id=news)


def _campaigns(here: World) -> None:
    got = {"ada": "sent", "bo": "delivered", "cy": "bounced", "di": "complained", "ed": "in_doubt", "fa": "sent"}
    first = here.campaign("Spring", got)
    again = here.campaign("Spring", {"gu": "sent", "cy": "sent"}, sent_at=NOW - 20 * DAY, part="rest")
    here.campaign("Spring", {"jo": "sent"}, part="test")
    here.campaign("Autumn", {"hy": "sent"}, sent_at=NOW - 40 * DAY)
    here.hit(first, 1, None)
    here.hit(first, 2, 7)
    here.hit(first, 4, 7, "machine")
    here.hit(first, 6, 0)  # somebody's finger on the hidden link is taken for an opening, and for no click
    here.hit(again, 1, None, "likely")
    here.reply("gu", "Spring")
    here.reply("hy", "Autumn", kind="account")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("everyone", ALL),
        # the contact's own
        ("email is ADA@example.ORG", {"ada"}),
        ("email in (ada@example.org, bo@example.com, nobody@example.net, stranger@example.org)", {"ada", "bo"}),
        ('email ends with "EXAMPLE.COM"', {"bo"}),
        ('name is "ada"', {"ada"}),
        ('name starts with "ID"', {"ida"}),
        ('name contains "%"', set()),
        ('name contains "_"', set()),
        ('zone is "Asia/Tokyo" or zone contains "europe"', {"ada", "cy"}),
        ("zone has no value", ALL - {"ada", "cy"}),
        ('locale is not "en"', {"ada"}),
        ('locale in ("de", "fr")', {"ada"}),
        ('zone not in ("Asia/Tokyo")', ALL - {"cy"}),
        ("added before 10 days ago", {"hy"}),
        ("added until 10 days ago", {"hy", "gu"}),
        ("added is 10 days ago", {"gu"}),
        ("added since 10 days ago", ALL - {"hy"}),
        ("added after 10 days ago", ALL - {"hy", "gu"}),
        ("added since 1 month from now", set()),
        ('tags contains "beta"', {"ada", "bo"}),
        ('tags in ("vip", "none")', {"ada"}),
        ("tags has no value", ALL - {"ada", "bo"}),
        # attributes: a value of another kind, null and an empty one are no value
        ('plan is "pro"', {"ada"}),
        ('plan is not "pro"', ALL - {"ada"}),
        ('plan contains "PRO"', {"ada", "cy"}),
        ('plan starts with "t" and plan ends with "M"', {"bo"}),
        ('plan in ("pro", "team", "x")', {"ada", "bo", "ed"}),
        ('plan in ("1","2","3","4","5","6","7","8","pro")', {"ada", "ed"}),
        ("plan has no value", ALL - {"ada", "bo", "cy", "ed"}),
        ("seats > 5", {"bo"}),
        ("seats >= 5", {"ada", "bo", "ed"}),
        ("seats < 0", {"fa"}),
        ("seats is 5", {"ada", "ed"}),
        ("seats is 12.50", {"bo"}),
        ("seats in (1,2,3,4,6,7,8,9,5)", {"ada", "ed"}),
        ("seats in (5, -3)", {"ada", "ed", "fa"}),
        ("not seats > 5", ALL - {"bo"}),
        ("vip is yes", {"ada"}),
        ("vip is no", {"bo"}),
        ("vip is not yes", ALL - {"ada"}),
        ("vip has a value", {"ada", "bo"}),
        ("birthday before 2000-01-01", {"ada"}),
        ("birthday is today", {"fa"}),
        ("birthday since yesterday", {"cy", "fa"}),
        ("birthday in (today, 1990-05-01)", {"ada", "fa"}),
        (f"birthday in ({'2001-01-01, ' * 9} 1990-05-01)", {"ada"}),
        ("birthday after 100 years ago", {"ada", "cy", "fa"}),
        ("birthday before 100 years from now", {"ada", "cy", "fa"}),
        ('interests contains "golf"', {"ada", "ed"}),
        ('interests in ("chess", "x")', {"ada"}),
        ("interests has no value", ALL - {"ada", "ed"}),
        ("nothing_of_the_kind is 5", set()),
        # teams
        ("in any team", {"ada", "bo", "cy", "di", "ed"}),
        ("in no team", ALL - {"ada", "bo", "cy", "di", "ed"}),
        ('in team "Research"', {"bo"}),
        ('in team "Ops" as manager', {"di"}),
        ('in team "Nowhere"', set()),
        # consent
        ("consent to mail is given", {"ada"}),
        ("consent to mail is withdrawn", {"bo"}),
        ("consent to mail is unknown", ALL - {"ada", "bo"}),
        ("consent to mail is not given", ALL - {"ada"}),
        ('consent to mail about "News" is given', {"di"}),
        ('consent to mail about "Gossip" is unknown', ALL),
        ("consent to sms is given", {"cy"}),
        # check-ins: the newest five that are over; excused days do not count, and two teams are one person
        ("answered less than 2 of the last 5 rounds", {"cy"}),
        ("answered exactly 2 of the last 5 rounds", {"ada"}),
        ('answered exactly 3 of the last 5 rounds in team "Ops"', {"bo"}),
        ("answered at least 4 of the last 6 rounds", {"bo"}),
        ("answered none of the last 1 rounds", {"cy"}),
        ("answered at most 5 of the last 5 rounds", {"ada", "bo", "cy"}),
        ("not answered more than 0 of the last 5 rounds", ALL - {"ada", "bo"}),
        # campaigns
        ('got campaign "Spring"', {"ada", "bo", "cy", "di", "fa", "gu"}),
        ('got campaign "Spring" since 3 days ago', {"ada", "bo", "di", "fa"}),
        ("got any campaign", {"ada", "bo", "cy", "di", "fa", "gu", "hy"}),
        ("did not get any campaign since 30 days ago", ALL - {"ada", "bo", "cy", "di", "fa", "gu"}),
        ('got campaign "Spring" and did open', {"ada", "bo", "fa"}),
        ('got campaign "Spring" and did click', {"bo"}),
        ('got campaign "Spring" and did reply', {"gu"}),
        ('got campaign "Spring" and did not open', {"cy", "di", "gu"}),
        ('got campaign "Spring" and did not open, click or reply', {"cy", "di"}),
        ('not (got campaign "Spring" and did open)', ALL - {"ada", "bo", "fa"}),
        ("got any campaign and did not reply", {"ada", "bo", "cy", "di", "fa", "hy"}),
        # mixed
        ('got campaign "Spring" and did not open or tags contains "vip"', {"ada", "cy", "di", "gu"}),
        ('in any team and not (tags contains "beta" or consent to sms is given)', {"di", "ed"}),
    ],
)
def test_a_query_means_whom_it_says(here: World, typed: str, names: set[str]) -> None:
    assert here.found(typed) == names


def test_a_campaign_is_meant_by_its_number_too(here: World) -> None:
    assert here.found(f"got campaign {here.campaigns['Autumn']}") == {"hy"}


def test_days_are_those_of_the_workspace_s_zone(shared_conn: Connection) -> None:
    """At 23:30 in UTC it is tomorrow in Tokyo."""
    here = people(shared_conn)
    late = NOW.replace(hour=23, minute=30)
    assert here.found("birthday is today", late) == {"fa"}

    make.team(shared_conn, here.ws, zone="Asia/Tokyo")

    assert here.found("birthday is yesterday", late) == {"fa"}
    assert here.found("birthday is today", late) == set()


def test_nobody_of_another_workspace_is_meant(here: World) -> None:
    other = make.workspace(here.conn, "Third")

    assert here.conn.execute(contacts(read("everyone"), other.id, NOW)).all() == []


@pytest.fixture(scope="module")
def sets(shared_db: object) -> list[Node]:
    """Conditions of every kind, to be combined."""
    texts = (
        'plan is "pro"', "seats > 4", "vip has a value", "birthday since yesterday", "zone has no value",
        'tags contains "beta"', "in any team", "consent to mail is given", "consent to mail is unknown",
        "answered less than 3 of the last 5 rounds", 'got campaign "Spring"', "everyone",
        'got campaign "Spring" and did not open', "did not get any campaign", 'email ends with "org"',
    )  # fmt: skip
    return [read(text).where for text in texts]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_and_or_and_not_are_what_sets_make_of_them(here: World, sets: list[Node], data: st.DataObject) -> None:
    node = data.draw(nested(st.sampled_from(sets), 8))

    assert here.found(write(Query(node))) == _expected(here, node)


def _expected(here: World, node: Node) -> set[str]:
    match node:
        case And(parts):
            return set.intersection(*(_expected(here, part) for part in parts))
        case Or(parts):
            return set.union(*(_expected(here, part) for part in parts))
        case Not(part):
            return ALL - _expected(here, part)
    return here.found(write(Query(node)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(query=queries)
def test_every_query_that_can_be_written_runs(here: World, query: Query) -> None:
    """Unchecked as well: a name may be gone, or a kind have changed, since somebody saved it."""
    found = here.conn.execute(contacts(query, here.ws.id, NOW)).scalars().all()

    rest = here.conn.execute(contacts(Query(Not(query.where)), here.ws.id, NOW)).scalars().all()
    assert len(found) + len(rest) == len(ALL)
    assert not set(found) & set(rest)


def test_what_is_typed_is_never_a_part_of_the_statement() -> None:
    query = read("""plan is "x'; DROP TABLE contact; --" and email in (a@b.org) and got campaign "%s :y" """)

    said = str(contacts(query, 1, NOW).compile(dialect=DIALECT))

    assert not [word for word in ("DROP", "a@b.org", "%s :y", "plan") if word in said]


def test_the_statement_grows_with_the_query_and_no_faster() -> None:
    """Each condition adds the same to the statement, whatever stands around it."""
    sizes = [
        _size(" or ".join(f'(plan is "{n}" and not got campaign {n + 1})' for n in range(many))) for many in (5, 25, 45)
    ]

    assert sizes[2] - sizes[1] <= (sizes[1] - sizes[0]) * 1.1


def _size(typed: str) -> int:
    return len(str(contacts(read(typed), 1, NOW).compile(dialect=DIALECT)))


def test_a_condition_that_is_asked_twice_is_joined_once(here: World) -> None:
    twice = read('got campaign "Spring" and did open or got campaign "Spring" and did not open, click')

    said = str(contacts(twice, here.ws.id, NOW).compile(dialect=DIALECT))

    assert said.count("LEFT OUTER JOIN") == 3  # got it; opened it; opened it or clicked


def test_the_largest_queries_are_run(here: World) -> None:
    joins = " or ".join(f'got campaign "{n}" and did not open' for n in range(40))
    terms = " or ".join(f"seats > {n}" for n in range(TERMS))

    assert here.found(joins) == set()
    assert here.found(terms) == {"ada", "bo", "ed"}


def test_a_launch_can_freeze_it(here: World) -> None:
    """As a part of INSERT … SELECT, with columns of the launch's own."""
    wanted = contacts(read('tags contains "beta"'), here.ws.id, NOW).subquery()
    rows = select(literal(here.ws.id), wanted.c.id, literal("note"), literal({}, postgresql.JSONB))
    columns = ["workspace_id", "contact_id", "template", "context"]

    here.conn.execute(insert(m.Notice).from_select(columns, rows))

    assert set(here.conn.scalars(select(m.Notice.contact_id))) == {here.ids["ada"], here.ids["bo"]}


def test_the_number_is_that_of_the_rows(here: World) -> None:
    assert here.conn.scalar(counted(read("in any team"), here.ws.id, NOW)) == 5
