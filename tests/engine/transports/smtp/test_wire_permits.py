"""What may leave and what is known of it: permits, the order of reports, cancellation (H1, H3, H12)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.transports.smtp.envelope import PIECE
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import (
    LARGE,
    Gate,
    Ledger,
    ListSource,
    OpenPermit,
    Pace,
    drive,
    mail,
    relay,
    run,
    sink,
)  # fmt: skip
from tests.fakes.smtp_record import Sink

pytestmark = pytest.mark.usefixtures("each_loop", "each_pace")


def test_nothing_of_the_content_leaves_before_the_permit() -> None:
    gate = Gate()

    async def story() -> tuple[Ledger, Sink, int]:
        async with sink() as server:
            slot = asyncio.create_task(drive(SmtpTransport(relay(server.port)), [mail(1)], gate))
            await gate.waiting.wait()
            await asyncio.sleep(0.05)
            before = len(server.accepted)
            gate.open()
            return await slot, server, before

    ledger, server, before = run(story())

    assert before == 0
    assert ledger.verdicts == ["sent"]
    assert len(server.accepted) == 1


def test_a_withheld_permit_aborts_and_never_sends_a_lone_dot() -> None:
    gate = Gate()

    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            slot = asyncio.create_task(drive(SmtpTransport(relay(server.port)), [mail(1), mail(2)], gate))
            await gate.waiting.wait()
            gate.never()
            return await slot, server

    ledger, server = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert not server.accepted
    assert server.lone_dots == 0
    assert "QUIT" not in server.commands  # it would be content


def test_a_permit_that_ends_between_the_wait_and_the_write_keeps_the_content_back() -> None:
    gate = Gate()
    gate.allowed, gate.after = True, 0  # the wait says yes, the look in the writing block says no

    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1)], gate), server

    ledger, server = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert not server.accepted


def test_a_lease_that_ends_inside_a_large_content_keeps_the_final_dot_back() -> None:
    gate = Gate()
    gate.allowed = True
    gate.after = len(LARGE) // PIECE  # every piece but the last

    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1, content=LARGE)], gate), server

    ledger, server = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert not server.accepted


def test_an_outcome_is_reported_before_the_place_it_frees_is_taken(each_pace: Pace) -> None:
    order: list[str] = []

    class Watched(ListSource):
        def take(self) -> Any:
            taken = super().take()
            if taken:
                order.append(f"take {taken.key.seq}")
            return taken

    async def story() -> None:
        async with sink() as server:
            source = Watched([mail(1), mail(2, "unknown@example.net"), mail(3), mail(4)])
            transport = SmtpTransport(relay(server.port))
            await transport.run(
                source, OpenPermit(), lambda one: order.append(f"report {one.key.seq}"), lambda one: None
            )

    run(story())

    in_step = ["take 1", "report 1", "take 2", "report 2", "take 3", "report 3", "take 4", "report 4"]
    two_at_once = ["take 1", "take 2", "report 1", "report 2", "take 3", "take 4", "report 3", "report 4"]
    assert order == (two_at_once if each_pace.grouped else in_step)


@pytest.mark.parametrize(("address", "verdict"), [("hang@example.net", "in_doubt"), ("ok@example.net", "not_sent")])
def test_a_cancelled_slot_reports_what_it_knows(address: str, verdict: str) -> None:
    ledger, gate = Ledger(), Gate()

    async def story() -> None:
        async with sink() as server:
            transport = SmtpTransport(relay(server.port))
            permit: Any = OpenPermit() if address.startswith("hang") else gate
            slot = asyncio.create_task(
                transport.run(ListSource([mail(1, address)]), permit, ledger.report, ledger.alarm)
            )
            while not (server.accepted or gate.waiting.is_set()):
                await asyncio.sleep(0.005)
            slot.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slot

    run(story())

    assert ledger.verdicts == [verdict]


def test_an_answer_that_came_before_the_cancellation_is_kept() -> None:
    ledger = Ledger()

    async def story() -> None:
        from engine.transports.smtp.protocol import Link

        async with sink() as server:
            transport = SmtpTransport(relay(server.port))
            slot = asyncio.create_task(transport.run(ListSource([mail(1)]), OpenPermit(), ledger.report, ledger.alarm))
            original = Link._reply

            def cancel_with_the_reply(link: Link, reply: Any) -> None:
                original(link, reply)
                if reply.text.endswith("SINK"):
                    slot.cancel()

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Link, "_reply", cancel_with_the_reply)
                with pytest.raises(asyncio.CancelledError):
                    await slot

    run(story())

    assert ledger.verdicts == ["sent"]
    assert ledger.outcomes[0].queue_id == "SINK"


def test_a_slot_cancelled_while_connecting_gives_its_mail_back() -> None:
    ledger = Ledger()

    async def story() -> None:
        silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
        transport = SmtpTransport(relay(silent.sockets[0].getsockname()[1]))
        slot = asyncio.create_task(transport.run(ListSource([mail(1)]), OpenPermit(), ledger.report, ledger.alarm))
        await asyncio.sleep(0.05)
        slot.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slot
        silent.close()
        await silent.wait_closed()

    run(story())

    assert ledger.verdicts == ["not_sent"]
    assert not ledger.outcomes[0].announced
