"""What is done in a conversation on its page: once for each form, by whoever looks after it, and how it is undone."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask
from sqlalchemy import event, func, select, update

from engine import db
from engine import models as m
from engine.conversations import actions, individual
from engine.people.accounts import Account
from tests import factories as make
from tests.factories.campaigns import campaign, mailed
from tests.web.conftest import Browser, Enqueued
from tests.web.test_conversations import bikram, manager, team, the_conversation, write

__all__ = ["bikram", "manager", "team"]
_ID = re.compile(r'name="action_id" value="([^"]+)"')


def at(team: make.Team) -> str:
    return f"/teams/{team.id}/conversations/{the_conversation()}"


def action(browser: Browser, page: str) -> str:
    found = _ID.search(browser.get(page).text)
    assert found
    return found[1]


def do(browser: Browser, page: str, act: str, **fields: str) -> str:
    """Press a button of the page as a browser does, and follow; the page that it leads to."""
    answer = browser.post(f"{page}/{act}", page, action_id=action(browser, page), **fields)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location).text


def column(name: str) -> object:
    with db.begin() as conn:
        return conn.execute(select(getattr(m.Conversation, name))).scalar_one()


def runs(kind: str) -> int:
    with db.begin() as conn:
        return conn.execute(select(func.count()).select_from(m.Run).where(m.Run.kind == kind)).scalar_one()


def test_a_manager_answers_and_the_mail_is_on_its_way(
    manager: Browser, team: make.Team, bikram: make.Member, enqueued: Enqueued
) -> None:
    page = do(manager, at(team), "reply", text="Carla does <b>it</b>.")

    assert "Carla does &lt;b&gt;it&lt;/b&gt;." in page
    assert "Sent. The conversation waits for their answer." in page
    assert column("status") == "waiting"
    assert runs("talk") == 1
    assert enqueued.batch_ids
    with db.begin() as conn:
        assert conn.scalars(select(m.Act.act).order_by(m.Act.id.desc()).limit(1)).one() == "answered_person"
        assert conn.scalars(select(m.Delivery.address)).all()[-1] == bikram.email


def test_a_second_click_sends_nothing_and_other_words_under_the_same_id_are_refused(
    manager: Browser, team: make.Team, bikram: make.Member
) -> None:
    page, fields = at(team), {"text": "Carla does it."}
    ident = action(manager, page)

    first = manager.post(f"{page}/reply", page, action_id=ident, **fields)
    again = manager.post(f"{page}/reply", page, action_id=ident, **fields)
    other = manager.post(f"{page}/reply", page, action_id=ident, text="Dora does it.")

    assert (first.status_code, again.status_code, other.status_code) == (303, 303, 409)
    assert first.location == again.location
    assert runs("talk") == 1
    with db.begin() as conn:
        acts = select(func.count()).select_from(m.Act).where(m.Act.act == "answered_person")
        assert conn.execute(acts).scalar_one() == 1


def test_a_client_is_told_201_200_409_and_422(manager: Browser, team: make.Team, bikram: make.Member) -> None:
    page, json = at(team), {"Accept": "application/json"}
    token, ident = manager.token(page), str(actions.fresh(datetime.now().astimezone()))

    def post(text: str, action_id: str = ident) -> tuple[int, object]:
        data = {"csrf_token": token, "action_id": action_id, "text": text}
        answer = manager.client.post(f"{page}/note", data=data, headers=json)
        return answer.status_code, answer.json if answer.is_json else None

    first, again = post("Ask Carla."), post("Ask Carla.")

    assert first == (201, {"conversation": the_conversation(), "no": 2})
    assert again == (200, first[1])
    assert post("Ask Dora.")[0] == 409
    assert post(" ", str(actions.fresh(datetime.now().astimezone())))[0] == 422
    assert post("Hello", "not an id")[0] == 422


def test_a_refused_text_comes_back_as_it_was_typed(manager: Browser, team: make.Team, bikram: make.Member) -> None:
    page, long = at(team), "x" * 20_001

    answer = manager.post(f"{page}/reply", page, action_id=action(manager, page), text=long)

    assert answer.status_code == 422
    assert long in answer.text
    assert "longer than 20000 characters" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert runs("talk") == 0


def test_a_note_is_marked_and_nothing_leaves(
    manager: Browser, team: make.Team, bikram: make.Member, enqueued: Enqueued
) -> None:
    before = len(enqueued.batch_ids)

    page = do(manager, at(team), "note", text="They are on trial.")

    assert "They are on trial." in page
    assert "note, for us alone" in page
    assert len(enqueued.batch_ids) == before
    assert column("status") == "open"


def test_ones_own_note_is_taken_back_after_asking_and_its_words_are_gone(
    manager: Browser, signed_in: Browser, team: make.Team, bikram: make.Member
) -> None:
    do(manager, at(team), "note", text="They are on trial.")
    no = str(column("last_no"))

    others = signed_in.post(f"{at(team)}/note/back", at(team), action_id=action(signed_in, at(team)), no=no)
    mails = manager.post(f"{at(team)}/note/back", at(team), action_id=action(manager, at(team)), no="1")
    page = do(manager, at(team), "note/back", no=no)

    assert [others.status_code, mails.status_code] == [422, 422]
    assert "Only your own notes" in others.text
    assert "Only your own notes" in mails.text
    assert "The note is taken back." in page
    assert "on trial" not in page
    assert "Taken back, or no longer kept." in page


def test_assign_take_close_open_and_let_wait(
    signed_in: Browser, owner: Account, team: make.Team, bikram: make.Member
) -> None:
    page = f"/conversations/{the_conversation()}"

    assert "Yours." in do(signed_in, page, "assign", assignee=str(owner.id))
    assert column("assignee_id") == owner.id
    assert "Nobody’s yet." in do(signed_in, page, "assign", assignee="")
    assert "Closed by Ada" in do(signed_in, page, "status", status="closed")
    assert (column("closed_by"), column("status")) == (f"account:{owner.id}", "closed")
    assert "Open it again" in signed_in.get(page).text
    do(signed_in, page, "status", status="open")
    assert (column("closed_by"), column("status")) == ("", "open")
    do(signed_in, page, "status", status="waiting")
    assert column("status") == "waiting"
    wrong = signed_in.post(f"{page}/status", page, action_id=action(signed_in, page), status="gone")
    assert wrong.status_code == 422
    nobody = signed_in.post(f"{page}/assign", page, action_id=action(signed_in, page), assignee="999999")
    assert nobody.status_code == 422


def test_looking_changes_nothing_and_reading_is_said_by_a_button(
    signed_in: Browser, team: make.Team, bikram: make.Member
) -> None:
    page = f"/conversations/{the_conversation()}"

    for _ in range(2):
        assert "1 unread" in signed_in.get(page).text
    assert "1 unread" in signed_in.get("/conversations").text
    assert "1 unread" not in do(signed_in, page, "read", no="1", way="read")
    assert "Nothing here" in signed_in.get("/conversations?unread=1").text
    do(signed_in, page, "read", no="1", way="unread")
    assert "Bikram" in signed_in.get("/conversations?unread=1").text


def test_the_list_is_narrowed_by_status_assignee_team_campaign_and_unread(
    signed_in: Browser, owner: Account, team: make.Team, bikram: make.Member
) -> None:
    with db.begin() as conn:
        ws = make.Workspace(owner.workspace_id, "")
        emi, email = make.contact(conn, ws.id, "Emi Sato")
        news = campaign(conn, ws.id, shape="individual", subject="Spring news")
        _, batch = mailed(conn, ws.id, news, [(emi, email)])
        individual.tell_batch(conn, batch, db.now(conn))
    do(signed_in, f"/teams/{team.id}/conversations/{_of(bikram.contact_id)}", "assign", assignee=str(owner.id))

    def names(query: str) -> set[str]:
        page = signed_in.get(f"/conversations?{query}").text
        return {name for name in ("Bikram Thapa", "Emi Sato") if f">{name}</a>" in page}

    assert names("") == names("status=open") == names("assignee=me") == {"Bikram Thapa"}
    assert names("status=waiting") == names("status=&assignee=0") == names(f"campaign={news}") == {"Emi Sato"}
    assert names("status=") == {"Bikram Thapa", "Emi Sato"}
    assert names(f"team={team.id}") == {"Bikram Thapa"}
    assert names("status=&team=0") == {"Emi Sato"}
    assert names("status=closed") == names("assignee=x'--&team=%00&status=nonsense&unread=1&q=zz") == set()
    assert "Spring news" in signed_in.get(f"/conversations?campaign={news}").text


def _of(contact_id: int) -> int:
    with db.begin() as conn:
        found = select(m.Conversation.id).where(m.Conversation.contact_id == contact_id)
        return conn.execute(found).scalar_one()


def test_older_pages_go_on_where_the_first_ended(signed_in: Browser, owner: Account, team: make.Team) -> None:
    with db.begin() as conn:
        for n in range(55):
            make.contact(conn, owner.workspace_id, f"Person {n}", email=f"p{n}@example.org")
    for n in range(55):
        write(team, f"p{n}@example.org", f"Words {n}", f"mail{n}")

    first = signed_in.get("/conversations").text
    older = re.search(r'href="([^"]+)">Older', first)
    assert older
    second = signed_in.get(older[1].replace("&amp;", "&")).text

    seen = [set(re.findall(r">(Person \d+)</a>", page)) for page in (first, second)]
    assert [len(one) for one in seen] == [50, 5]
    assert not seen[0] & seen[1]


def test_a_page_takes_at_most_twelve_statements(signed_in: Browser, team: make.Team, bikram: make.Member) -> None:
    pages = ("/conversations", f"/conversations/{the_conversation()}", at(team), f"/teams/{team.id}/conversations")
    seen: list[str] = []

    def listener(*words: object) -> None:
        seen.append(str(words[2]))

    for page in pages:
        signed_in.get(page)
        seen.clear()
        event.listen(db.engine(), "before_cursor_execute", listener)
        signed_in.get(page)
        event.remove(db.engine(), "before_cursor_execute", listener)
        assert len(seen) <= 12, (page, seen)


def test_who_gets_no_mail_has_no_box_to_answer_in(signed_in: Browser, team: make.Team, bikram: make.Member) -> None:
    with db.begin() as conn:
        conn.execute(update(m.Contact).where(m.Contact.id == bikram.contact_id).values(standing="refused"))

    page = signed_in.get(f"/conversations/{the_conversation()}").text

    assert "has not been let in" in page
    assert 'id="reply-text"' not in page
    assert 'id="note-text"' in page


def test_writing_to_a_member_is_behind_a_link_of_their_page(
    manager: Browser, team: make.Team, bikram: make.Member
) -> None:
    here = f"/teams/{team.id}/members/{bikram.id}"
    assert f'href="{here}/write"' in manager.get(here).text
    page = f"{here}/write"

    refused = manager.post(page, page, action_id=action(manager, page), subject=" ", text="Hello, are you well?")
    assert refused.status_code == 422
    assert "Hello, are you well?" in refused.text
    sent = manager.post(page, page, action_id=action(manager, page), subject="A word", text="Hello, are you well?")

    assert sent.status_code == 303
    assert "Hello, are you well?" in manager.get(sent.location).text
    assert runs("talk") == 1


def test_a_conversation_of_another_team_is_not_there_to_be_answered(
    manager: Browser, app: Flask, owner: Account, team: make.Team, bikram: make.Member
) -> None:
    with db.begin() as conn:
        other = make.team(conn, make.Workspace(team.workspace_id, ""), "Others")
        me = conn.execute(select(m.Contact.id).where(m.Contact.email == "manager@example.org")).scalar_one()
        make.member(conn, other, contact_id=me, role="manager")
    page, ident = at(team), the_conversation()

    for act in ("reply", "note", "assign", "status", "read", "link/end"):
        answer = manager.post(f"/teams/{other.id}/conversations/{ident}/{act}", page, text="Mine.",
                              action_id=action(manager, page))  # fmt: skip
        assert answer.status_code == 404, act


def test_one_chooses_how_one_hears(signed_in: Browser, owner: Account) -> None:
    signed_in.post("/account/hears", "/account", hears="digest")

    page = signed_in.get("/account").text

    assert re.search(r'value="digest" checked', page)
    assert signed_in.post("/account/hears", "/account", hears="loudly").status_code == 303
    with db.begin() as conn:
        assert conn.execute(select(m.Account.hears).where(m.Account.id == owner.id)).scalar_one() == "digest"
        assert conn.scalars(select(m.Act.detail).order_by(m.Act.id.desc()).limit(1)).one() == "at_once → digest"
