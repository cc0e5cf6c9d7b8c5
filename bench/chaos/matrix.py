"""Everything a relay can do wrong, to one real worker: each misbehaviour in a workspace of its own, side by side.

Every third mail of a run meets it, the others must not suffer from it. All of it is done with PIPELINING and without,
into one log, so that one oracle judges both.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from bench.chaos.stage import Stage, scenario
from engine import db
from engine.outbound import stop
from engine.outbound.plan import Planned
from engine.people import relays, workspaces
from engine.people.principal import SYSTEM
from sixpm.embedded import ports
from tests import factories
from tests.fakes.certificate import self_signed
from tests.fakes.smtp_sink import read_log, sink_process
from tests.stories.instance import SLOTS

EACH = 7  # mails of a run, of which the third and the sixth meet the misbehaviour
RETRY, NEVER = timedelta(minutes=10), timedelta(hours=10)  # after which a first retry is due, and nothing is useful
GREETINGS = ("connect421", "connect554", "connectdrop", "ehlo421", "ehlo550", "ehlodrop")
OPENINGS = ("tlsbreak", "starttls454", "auth454", "tlsdrop", "ok", "starttls554", "auth535")
LOGIN = "chaos", "a sink's password"
BEHIND_TLS = 4  # runs through the relay that opens so


Ends = frozenset[str]
SENT, DOUBT = frozenset({"sent"}), frozenset({"in_doubt"})
EITHER = SENT | DOUBT


@dataclass(frozen=True)
class Case:
    """What the relay does to a recipient, or to a sender where `sender`, and in which states such a row may end.

    `others` are the states of the run's other rows: where the relay cuts the connection without a word, the answer to
    the mail before is cut off with it, and that mail is in doubt. `arrived`: whether such doubts are in the sink.
    """

    does: str
    ends: Ends = SENT
    others: Ends = SENT
    sender: bool = False
    arrived: bool | None = None


def _cases(words: str, ends: Ends = SENT, others: Ends = SENT, sender: bool = False) -> tuple[Case, ...]:
    return tuple(Case(does, ends, others, sender) for does in words.split())


CASES = (
    *_cases("ok late=0.5 slow stall=0.5 twice stray421 queued=OK_id=1a-2b"),
    *_cases("greylist first.rcpt450 first.data451 first.dot451 first.dot421 first.rcpt421 first.data421"),
    *_cases("first.stray421data"),
    *_cases("first.mail450 first.mail421 first.dropmail", sender=True),
    *_cases("mail550", frozenset({"expired"}), sender=True),
    *_cases("tempfail full data451 dot452", frozenset({"expired"})),
    *_cases("unknown policy data554 dot550 dot554=5.7.1 data354 first.early552", frozenset({"bounced"})),
    *_cases("first.droprcpt first.dropdata", SENT, EITHER),
    Case("first.dropbody", EITHER, EITHER, arrived=False),  # the last dot had left, or had not
    Case("dropdot", DOUBT, EITHER, arrived=True),
    Case("losedot", DOUBT, EITHER, arrived=False),
)


@dataclass(frozen=True)
class Played:
    """A case on one relay: its run and its workspace."""

    case: Case
    relay: str
    run: Planned
    workspace_id: int

    def meets(self, seq: int) -> bool:
        """Whether a row of the run is one that the relay does it to."""
        return self.case.sender or seq % 3 == 0

    def expected(self, seq: int) -> Ends:
        """The states in which a row may end."""
        return self.case.ends if self.meets(seq) else self.case.others


def senders() -> dict[str, str]:
    """The sink's script for those cases that begin at MAIL: by the domain of our envelope sender."""
    return {f"@{_domain(case)}": case.does for case in CASES if case.sender}


def _domain(case: Case) -> str:
    return f"{case.does.replace('.', '-')}.stories.test"


@scenario("sink", "everything a relay can do wrong, with and without PIPELINING, and TLS and logins that fail",
          script={**senders(), "connect": list(GREETINGS)})  # fmt: skip
def misbehaves(stage: Stage) -> None:
    """No mail is lost, said to be sent and not, or sent twice; a doubt is one only where the last dot had left."""
    house = stage.house
    with ExitStack() as stack:
        folder, log = house.base, house.sink.log
        (folder / "plain.json").write_text(json.dumps({**senders(), "connect": list(GREETINGS)}))
        (folder / "tls.json").write_text(json.dumps({"connect": list(OPENINGS)}))
        certificate, key = self_signed(folder)
        house.env["SSL_CERT_FILE"] = str(certificate)
        plain = stack.enter_context(sink_process(log, "--no-pipelining", "--script", str(folder / "plain.json")))
        words = ("--script", str(folder / "tls.json"), "--cert", str(certificate), "--key", str(key))
        login = ("--user", LOGIN[0], "--password", LOGIN[1])
        tls = stack.enter_context(sink_process(log, *words, *login))
        house.up("sender", "scheduler")
        made = [_plan(stage, case, *where) for case, where in product(CASES, _relays(house.sink.port, plain.port))]
        made += [_plan(stage, Case("ok"), "tls", tls.port) for _ in range(BEHIND_TLS)]
        _settled(stage)
        house.shift(RETRY)
        _settled(stage)
        _resume_held(stage, made)
        house.shift(NEVER)
        stage.finish()
    _judge(stage, made)


def _relays(pipelining: int, plain: int) -> Iterator[tuple[str, int]]:
    yield "pipelining", pipelining
    yield "plain", plain


def _plan(stage: Stage, case: Case, relay: str, port: int) -> Played:
    house = stage.house
    with house.engine.begin() as conn:
        workspace_id = factories.workspace(conn).id
        who = SYSTEM(workspace_id)
        if case.sender:
            workspaces.set_mail(conn, who, mail_from="", reply_domain=_domain(case), base_url="")
        user, password = LOGIN if relay == "tls" else (None, None)
        relays.set_relay(
            conn, who, house.settings, host=ports.LOOPBACK, port=port, tls="starttls" if relay == "tls" else "none",
            user=user, password=password, connections=SLOTS,
        )  # fmt: skip

    def local(n: int) -> str:
        return f"p{n}" if case.sender or n % 3 else f"{case.does}+{n}"

    return Played(case, relay, stage.plan(EACH, workspace_id=workspace_id, local=local), workspace_id)


def _settled(stage: Stage) -> None:
    """Wait until whatever is due has been tried."""
    due = """
        SELECT count(*) FROM delivery d JOIN batch b ON b.id = d.batch_id JOIN run r ON r.id = d.run_id
        WHERE d.run_id = ANY(:runs) AND d.state IN ('queued', 'deferred') AND b.next_at <= :now AND r.state = 'open'
    """
    runs = [run.run_id for run in stage.runs]
    house = stage.house
    house.wait("all that is due has been tried", lambda: not house.value(due, runs=runs, now=house.now()), 90)


def _resume_held(stage: Stage, made: Sequence[Played]) -> None:
    """What the relay refused for good because of its sender was held, whole; a person gives it up."""
    states = "SELECT state FROM run WHERE id = :run"
    held = {one.run.run_id for one in made if stage.house.value(states, run=one.run.run_id) == "held"}
    stage.check(held == {one.run.run_id for one in made if one.case.does == "mail550"}, f"held: {sorted(held)}")
    with stage.house.engine.begin() as conn:
        for run_id in held:
            stop.resume(conn, run_id, db.now(conn), "operator")


def _judge(stage: Stage, made: Sequence[Played]) -> None:
    """Compare every row with what may have become of it."""
    house = stage.house
    count = house.count(*(one.run for one in made))
    for one in made:
        states = _states(stage, one)
        wrong = {seq: state for seq, state in states.items() if state not in one.expected(seq)}
        stage.check(not wrong, f"{one.case.does} on {one.relay}: {wrong}")
        if one.case.arrived is not None:
            doubts = {seq for seq, state in states.items() if state == "in_doubt" and one.meets(seq)}
            there = {seq for run, seq in count.arrived if run == one.run.run_id}
            wanted = doubts if one.case.arrived else set()
            stage.check(doubts & there == wanted, f"{one.case.does} on {one.relay}: of {doubts} the sink has {there}")
    mails = read_log(house.sink.log)
    stage.check(not any(mail.lone_dot or mail.bare for mail in mails), "an empty mail, or bare line ends, left (H12)")
    stage.check(sum(mail.tls for mail in mails) == EACH * BEHIND_TLS, "mail left in the open though TLS broke")
    stage.doubts = sum("in_doubt" in one.expected(seq) for one in made for seq in range(1, EACH + 1))
    stage.ends = frozenset({"sent", "bounced", "expired", "in_doubt"})
    stage.notes["cases"] = dict(Counter(one.relay for one in made))


def _states(stage: Stage, one: Played) -> dict[int, str]:
    with stage.house.engine.begin() as conn:
        statement = f"SELECT seq, state FROM delivery WHERE run_id = {one.run.run_id} ORDER BY seq"
        return {row.seq: row.state for row in conn.exec_driver_sql(statement)}


@scenario("sink-421", "a relay that says 421 to one recipient, every time")
def one_is_refused_for_ever(stage: Stage) -> None:
    """The transport rests after each 421; the others leave all the same, and the one expires."""
    house, size = stage.house, 60
    house.up("sender", "scheduler")
    run = stage.plan(size, local=lambda n: "rcpt421" if n == 20 else f"p{n}")
    house.wait("all others have left", lambda: house.left(run) == size - 1, stage.scale.patience)
    house.shift(NEVER)
    stage.finish()
    stage.ends = frozenset({"sent", "expired"})
