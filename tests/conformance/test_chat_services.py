"""What every chat service must do besides: its own errors, its silences, and whatever people write."""

from __future__ import annotations

import pytest

from engine.transports import corrections
from engine.transports.base import Editor, Key, Outcome, Post, Scope, SendTransport, Verdict
from engine.transports.registry import SERVICES
from tests.conformance.cases import Case
from tests.conformance.chat_rigs import CHAT_RIGS, HOSTILE, ChatRig
from tests.fakes.http_catcher import catcher


def having(*cases: Case) -> pytest.MarkDecorator:
    """Run for every rig and case of `cases` that the rig can bring about."""
    pairs = [(rig, case) for rig in CHAT_RIGS for case in cases if case in rig.cases]
    return pytest.mark.parametrize(
        ("rig", "case"), pairs, ids=[f"{rig.name}-{case.name.lower()}" for rig, case in pairs]
    )


@having(Case.GONE)
def test_a_deleted_channel_is_refused_for_good_in_the_services_own_words(rig: ChatRig, case: Case) -> None:
    (outcome,), _, _ = rig.play(case)

    assert outcome.verdict == "bounced"
    assert rig.gone in outcome.reply


@having(Case.REVOKED)
def test_a_revoked_secret_fails_its_channel_and_rests_no_other(rig: ChatRig, case: Case) -> None:
    (outcome,), _, _ = rig.play(case)

    assert outcome.verdict == "bounced"
    assert rig.troubles == []


@having(Case.FORBIDDEN)
def test_a_channel_that_forbids_it_is_refused_for_good(rig: ChatRig, case: Case) -> None:
    (outcome,), _, _ = rig.play(case)

    assert outcome.verdict == "bounced"


@having(Case.RETRY_AFTER)
def test_a_limit_is_about_our_pace_and_not_about_the_post(rig: ChatRig, case: Case) -> None:
    rig.play(case)

    shared = rig.name != "webhook"  # whose addresses are different programs' that know nothing of each other
    assert [(one.scope, one.retry_after) for one in rig.troubles] == ([(Scope.RATE, 30)] if shared else [])


@having(Case.BROKEN, Case.LATE)
def test_what_may_have_been_posted_is_in_doubt_unless_a_repetition_is_dropped(rig: ChatRig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    assert outcome.verdict == rig.doubt
    assert len(arrived) == 1


@having(Case.MUTE)
def test_a_line_that_is_silent_before_the_content_leaves_no_doubt(rig: ChatRig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    assert outcome.verdict == "deferred"
    assert "no answer within 0.4 s" in outcome.reply
    assert not arrived


@having(Case.HOSTILE)
def test_nothing_that_people_write_mentions_formats_or_breaks_the_call(rig: ChatRig, case: Case) -> None:
    (outcome,), (text,), _ = rig.play(case)

    assert outcome.verdict == "sent"
    assert rig.live(rig.caught) == []
    assert not set("\0\r\u202e\u2066\ud800") & set(text)
    for kept in ("👩\u200d👩\u200d👧", "e\u0301", "שלום", "everyone", "evil.example", "spoiler"):
        assert kept in text


@pytest.mark.parametrize("rig", [rig for rig in CHAT_RIGS if rig.name != "console"], ids=lambda rig: rig.name)
def test_long_hostile_text_is_cut_to_what_the_service_takes(rig: ChatRig) -> None:
    with catcher() as server:
        transport = rig.build(server.url, rig.accepted)
        text = (HOSTILE.replace("\ud800", "") + "\n") * (transport.limit // len(HOSTILE) + 2)
        receipt = transport.send(Post(Key(1, 1, 0), rig.address(rig.accepted), text))
        transport.close()

        (arrived,) = rig.texts(server.requests)

    assert receipt.code
    assert arrived.endswith("…")


@having(*Case)
def test_no_secret_stands_in_what_is_recorded(rig: ChatRig, case: Case) -> None:
    outcomes, _, _ = rig.play(case)

    for outcome in outcomes:
        assert rig.secret not in f"{outcome.reply} {outcome.code}"
    for trouble in rig.troubles:
        assert rig.secret not in trouble.reply


# -- mending what is out

POST = Post(Key(1, 1, 0), "", "It was *Thursday*")
CORRECTION = Post(Key(1, 2, 0), "", "Correction: it was Thursday")
EDITS = {"chat.update", "chat.delete", "editMessageText", "deleteMessage"}
EDITORS = [rig for rig in CHAT_RIGS if rig.edits]
editors = pytest.mark.parametrize("rig", EDITORS, ids=lambda rig: rig.name)
both = pytest.mark.parametrize("removal", [False, True], ids=["update", "retract"])


def mended(rig: ChatRig, remote_id: str | None, removal: bool, how: str = "") -> tuple[Outcome, list[str]]:
    """The outcome of a change, and the texts of whole posts that the service got for it."""
    with catcher() as server:
        transport = rig.build(server.url, how or rig.accepted)
        address = rig.address(how or rig.accepted)
        correction = Post(CORRECTION.key, address, CORRECTION.text)
        if removal:
            ended = corrections.retract(transport, correction, remote_id, correction)
        else:
            ended = corrections.update(transport, Post(POST.key, address, POST.text), remote_id, correction)
        transport.close()
        whole = [one for one in server.requests if _is_post(one.path, one.method)]
        return ended.outcome, rig.texts(whole)


def _is_post(path: str, method: str) -> bool:
    return method == "POST" and path.rpartition("/")[2] not in EDITS


def message(rig: ChatRig, word: str, how: str = "") -> str:
    """A remote id that has the catcher answer as `word` says: ok, gone or old."""
    where = how or rig.accepted
    number = {"ok": "7", "gone": "404", "old": "405"}[word]
    slack = {"ok": "1700000000.000007"}.get(word, word)
    return {"slack": f"{where}:{slack}", "discord": number, "telegram": f"@{where}:{number}"}[rig.name]


@pytest.mark.parametrize("rig", CHAT_RIGS, ids=lambda rig: rig.name)
def test_whoever_gives_ids_can_edit(rig: ChatRig) -> None:
    (outcome,), _, _ = rig.play(Case.ACCEPTED)

    with catcher() as server:
        transport: SendTransport = rig.build(server.url, rig.accepted)
        transport.close()
    assert isinstance(transport, Editor) is rig.edits
    assert rig.name not in SERVICES or SERVICES[rig.name].edits is rig.edits
    assert (outcome.remote_id is not None) is rig.edits


@editors
@both
def test_a_post_is_changed_in_place(rig: ChatRig, removal: bool) -> None:
    outcome, whole = mended(rig, message(rig, "ok"), removal)

    assert outcome.verdict is Verdict.SENT
    assert whole == []


@editors
@both
def test_a_post_that_was_sent_can_be_named_later(rig: ChatRig, removal: bool) -> None:
    (sent,), _, _ = rig.play(Case.ACCEPTED)

    outcome, whole = mended(rig, sent.remote_id, removal)

    assert outcome.verdict is Verdict.SENT
    assert whole == []


@editors
@both
def test_a_post_that_somebody_removed_in_the_chat_stays_removed(rig: ChatRig, removal: bool) -> None:
    outcome, whole = mended(rig, message(rig, "gone"), removal)

    assert (outcome.verdict, outcome.code) == (Verdict.SENT, "gone")
    assert whole == []


@editors
@both
def test_a_post_that_may_not_be_changed_any_more_gets_a_correction(rig: ChatRig, removal: bool) -> None:
    outcome, whole = mended(rig, message(rig, "old"), removal)

    assert outcome.verdict is Verdict.SENT
    assert outcome.key == CORRECTION.key
    assert whole == [CORRECTION.text]


@editors
@both
@pytest.mark.parametrize("how", ["close", "http-500"])
def test_a_change_whose_answer_is_lost_is_no_doubt_since_it_may_be_made_again(
    rig: ChatRig, removal: bool, how: str
) -> None:
    outcome, _ = mended(rig, message(rig, "ok", how), removal, how)

    assert outcome.verdict is Verdict.DEFERRED


@editors
def test_people_wake_nobody_by_an_edit(rig: ChatRig) -> None:
    with catcher() as server:
        transport = rig.build(server.url, rig.accepted)
        assert isinstance(transport, Editor)
        transport.update(Post(POST.key, rig.address(rig.accepted), HOSTILE), message(rig, "ok"))
        transport.close()
        (request,) = server.requests

    said = request.json()
    assert {"slack": said.get("parse"), "discord": said.get("allowed_mentions"), "telegram": None}[rig.name] == {
        "slack": "none", "discord": {"parse": []}, "telegram": None
    }[rig.name]  # fmt: skip
    assert rig.live([request]) == []


@pytest.mark.parametrize("rig", CHAT_RIGS, ids=lambda rig: rig.name)
@both
def test_without_an_id_a_correction_is_posted(rig: ChatRig, removal: bool) -> None:
    outcome, whole = mended(rig, None, removal)

    assert outcome.verdict is Verdict.SENT
    assert whole == [CORRECTION.text]


@editors
@both
def test_without_a_correction_a_post_that_may_not_be_changed_stays_and_no_channel_is_to_blame(
    rig: ChatRig, removal: bool
) -> None:
    with catcher() as server:
        transport = rig.build(server.url, rig.accepted)
        change = corrections.retract if removal else corrections.update
        post = Post(POST.key, rig.address(rig.accepted), POST.text)
        ended = change(transport, post, message(rig, "old"), None)
        transport.close()
        whole = [one for one in server.requests if _is_post(one.path, one.method)]

    assert (ended.outcome.verdict, ended.trouble, whole) == (Verdict.FAILED, None, [])
    assert ended.outcome.reply.startswith(corrections.STAYS)
