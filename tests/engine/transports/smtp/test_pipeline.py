"""What only a pipelined session does: two mails in hand, groups that are refused, one that waits behind another."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest

from engine.transports.base import Mail, Outcome, Verdict
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import SHORT, Gate, Ledger, ListSource, OpenPermit, drive, mail, relay, run, sink
from tests.fakes.smtp_record import Sink

pytestmark = pytest.mark.usefixtures("each_loop")

# What may happen to a mail, by its local part, and what may be said of it then.
FATES = {
    "ok": {Verdict.SENT},
    "tempfail": {Verdict.DEFERRED},
    "unknown": {Verdict.BOUNCED},
    "data354": {Verdict.BOUNCED},
    "dot451": {Verdict.DEFERRED},
    "dot554": {Verdict.BOUNCED},
    "dropdot": {Verdict.IN_DOUBT},
    "losedot": {Verdict.IN_DOUBT},
    "dropbody": {Verdict.IN_DOUBT},
    "twice": {Verdict.SENT},
    "stray421": {Verdict.SENT},
    "slow": {Verdict.SENT},
    "dot421": {Verdict.DEFERRED},
    "stuck554": {Verdict.BOUNCED},
}
# A fate of DATA or of its 354 that BDAT has not.
BY_DATA_ALONE = {"data354"}


def test_the_next_mail_is_announced_with_the_content_of_the_one_before() -> None:
    async def story() -> Sink:
        async with sink(pipelining=True) as server:
            await drive(SmtpTransport(relay(server.port)), [mail(1), mail(2), mail(3)])
            return server

    server = run(story())

    assert [line[:4] for line in server.commands] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]
    assert len(server.contents) == 3


def test_a_server_without_pipelining_gets_one_command_at_a_time() -> None:
    async def story() -> Sink:
        async with sink(pipelining=False) as server:
            gate = Gate()
            slot = asyncio.create_task(drive(SmtpTransport(relay(server.port)), [mail(1), mail(2)], gate))
            await gate.waiting.wait()
            assert [line[:4] for line in server.commands] == ["EHLO", "MAIL", "RCPT", "DATA"]
            gate.open()
            await slot
            return server

    assert len(run(story()).contents) == 2


@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_to_its_neighbours_every_mail_ends_as_the_server_saw_it(seed: int, chunking: bool) -> None:
    """Every mail that is handed back is taken again, as the desk does; the sink's own record is the oracle."""
    dice = random.Random(seed)
    able = sorted(FATES.keys() - (BY_DATA_ALONE if chunking else {"stuck554"}))
    fates = {seq: dice.choice([*able, "ok", "ok", "ok"]) for seq in range(1, 61)}
    ends: dict[int, Outcome] = {}

    async def story() -> Sink:
        async with sink(pipelining=dice.random() < 0.8, chunking=chunking) as server:
            source = ListSource([mail(seq, f"{fate}@example.net") for seq, fate in fates.items()])
            by_seq: dict[int, Mail] = {one.key.seq: one for one in source.mails}

            def report(outcome: Outcome) -> None:
                if outcome.verdict is Verdict.NOT_SENT:
                    source.mails.appendleft(by_seq[outcome.key.seq])
                else:
                    assert outcome.key.seq not in ends
                    ends[outcome.key.seq] = outcome

            transport = SmtpTransport(relay(server.port, messages_per_connection=7, chunking=chunking))
            for _ in range(100):
                if not source.mails:
                    break
                await transport.run(source, OpenPermit(), report, lambda trouble: None)
            return server

    server = run(story())

    accepted = Counter(int(one.message_id.strip("<").partition("@")[0]) for one in server.accepted)
    assert ends.keys() == fates.keys()
    for seq, fate in fates.items():
        verdict, bye = ends[seq].verdict, ends[seq].code == "421"  # a neighbour's, that came in place of its answer
        assert verdict in FATES[fate] or (bye and verdict is Verdict.DEFERRED), (seq, fate, ends[seq])
        taken = verdict is Verdict.SENT or (fate == "dropdot" and not bye)
        assert accepted[seq] == taken, (seq, fate, ends[seq])


def test_a_mail_that_waits_behind_one_without_an_answer_is_handed_back_and_the_answer_still_counts() -> None:
    async def story() -> tuple[Ledger, list[str]]:
        async with sink(pipelining=True) as server:
            patience = replace(SHORT, behind=0.05)
            ledger, early = Ledger(), []
            source = ListSource([mail(1, "late=0.3@example.net"), mail(2)], idle=True)
            transport = SmtpTransport(relay(server.port, timeouts=patience))
            slot = asyncio.create_task(transport.run(source, OpenPermit(), ledger.report, ledger.alarm))
            await asyncio.sleep(0.2)
            early = [f"{one.key.seq} {one.verdict.value}" for one in ledger.outcomes]
            await slot
            return ledger, early

    ledger, early = run(story())

    assert early == ["2 not_sent"]
    assert [f"{one.key.seq} {one.verdict.value}" for one in ledger.outcomes] == ["2 not_sent", "1 sent"]
    assert not ledger.troubles


def test_the_mail_behind_a_doubt_is_not_in_doubt() -> None:
    ledger = run(_drive_two("dropdot"))

    assert ledger.verdicts == ["in_doubt", "not_sent"]
    assert "> RCPT TO:<dropdot@example.net>" in ledger.outcomes[0].reply
    assert "with its final dot" in ledger.outcomes[0].reply
    assert ledger.troubles[0].key == ledger.outcomes[0].key
    assert ledger.troubles[0].behind == ledger.outcomes[1].key


def test_a_mail_whose_permit_never_comes_waits_for_the_answer_to_the_one_before() -> None:
    """Dropping the line at once would put a mail in doubt that the server is about to accept."""

    class Second(OpenPermit):
        def allows(self, key: object) -> bool:
            return getattr(key, "seq", 0) == 1

        def hopeless(self, key: object) -> bool:
            return not self.allows(key)

    async def story() -> tuple[Ledger, Sink]:
        async with sink(pipelining=True) as server:
            mails = [mail(1, "late=0.1@example.net"), mail(2)]
            return await drive(SmtpTransport(relay(server.port)), mails, Second()), server

    ledger, server = run(story())

    assert ledger.verdicts == ["sent", "not_sent"]
    assert server.lone_dots == 0
    assert len(server.accepted) == 1


async def _drive_two(local: str) -> Ledger:
    async with sink(pipelining=True) as server:
        return await drive(SmtpTransport(relay(server.port)), [mail(1, f"{local}@example.net"), mail(2)])
