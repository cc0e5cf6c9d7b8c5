"""Tracked links and the picture: where they lead, what they leave, and what they never do."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine import db
from tests import factories as make
from tests.web.track.scene import BROWSER, URLS, Campaign
from web.track import WRONG

SHORTEST = b"GIF89a"


def client_of(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def follow(
    app: Flask, path: str, method: str = "GET", address: str = "203.0.113.9", agent: str = BROWSER
) -> TestResponse:
    headers = {"User-Agent": agent}
    answer = client_of(app).open(path, method=method, headers=headers, environ_base={"REMOTE_ADDR": address})
    answer.get_data()
    answer.close()
    return answer


def hits() -> list[tuple[int, int | None, str, str, str]]:
    with db.begin() as conn:
        rows = conn.execute(text("SELECT seq, link_id, method, net, taken_for FROM hit ORDER BY id"))
        return [tuple(row) for row in rows]


def test_a_link_leads_to_its_target_and_the_hit_is_kept(app: Flask, campaign: Campaign) -> None:
    answer = follow(app, campaign.link(1))

    assert answer.status_code == 302
    assert answer.headers["Location"] == URLS[0]
    assert hits() == [(1, campaign.links[URLS[0]], "GET", "203.0.113.0/24", "human")]


def test_no_cookie_no_cache_no_search_engine(app: Flask, campaign: Campaign) -> None:
    for path in (campaign.link(1), campaign.hidden(1), campaign.picture(1), "/l/unknown", "/o/unknown.gif"):
        answer = follow(app, path)

        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_head_is_answered_like_a_get_and_is_a_machine(app: Flask, campaign: Campaign) -> None:
    answer = follow(app, campaign.link(1), "HEAD")

    assert (answer.status_code, answer.headers["Location"], answer.data) == (302, URLS[0], b"")
    assert [hit[2:] for hit in hits()] == [("HEAD", "203.0.113.0/24", "machine")]


def test_a_token_that_is_changed_in_any_place_leads_nowhere(app: Flask, campaign: Campaign) -> None:
    path = campaign.link(1)

    for at in range(len("/l/"), len(path)):
        changed = path[:at] + ("b" if path[at] == "a" else "a") + path[at + 1 :]
        answer = follow(app, changed, address=f"192.0.{at}.1")
        assert answer.status_code == 404
        assert "Location" not in answer.headers
    assert hits() == []


def test_a_token_of_another_purpose_leads_nowhere(app: Flask, campaign: Campaign) -> None:
    picture = campaign.picture(1).removeprefix("/o/").removesuffix(".gif")
    link = campaign.link(1).removeprefix("/l/")

    assert follow(app, f"/l/{picture}").status_code == 404
    assert follow(app, f"/o/{link}.gif").status_code == 404


def test_a_row_that_says_something_else_than_an_address_of_the_web_leads_nowhere(
    app: Flask, campaign: Campaign
) -> None:
    for n, url in enumerate(("javascript:alert(1)", "//evil.example/", "https://a.example\\@evil.example/")):
        with db.begin() as conn:
            conn.execute(text("UPDATE link SET url = :url WHERE id = :id"), {"url": url, "id": campaign.links[URLS[0]]})
        answer = follow(app, campaign.link(1), address=f"192.0.{n}.1")

        assert answer.status_code == 404
        assert "Location" not in answer.headers


def test_what_the_caller_adds_to_a_link_changes_nothing(app: Flask, campaign: Campaign) -> None:
    answer = follow(app, campaign.link(1) + "?url=https://evil.example/&next=//evil.example")

    assert answer.headers["Location"] == URLS[0]


def test_a_link_leads_on_when_the_delivery_is_no_longer_kept(app: Flask, campaign: Campaign) -> None:
    with db.begin() as conn:
        conn.execute(text("DELETE FROM delivery"))

    answer = follow(app, campaign.link(1))

    assert answer.status_code == 302
    assert hits() == []


def test_the_picture_is_one_transparent_point(app: Flask, campaign: Campaign) -> None:
    answer = follow(app, campaign.picture(2))

    assert (answer.status_code, answer.mimetype) == (200, "image/gif")
    assert answer.data.startswith(SHORTEST)
    assert answer.data.endswith(b"\x3b")
    assert int.from_bytes(answer.data[6:8], "little") == int.from_bytes(answer.data[8:10], "little") == 1
    assert [(hit[0], hit[1], hit[4]) for hit in hits()] == [(2, None, "human")]


def test_the_hidden_link_leads_nowhere_and_shows_who_is_a_machine(app: Flask, campaign: Campaign) -> None:
    answer = follow(app, campaign.hidden(1))

    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert [hit[4] for hit in hits()] == ["machine"]


def test_whoever_tries_tokens_is_told_to_wait_and_readers_of_the_same_network_are_not(
    app: Flask, campaign: Campaign
) -> None:
    answers = [follow(app, f"/l/guess{n}").status_code for n in range(WRONG.size + 3)]

    assert answers[: WRONG.size] == [404] * WRONG.size
    assert 429 in answers[WRONG.size :]
    assert follow(app, campaign.link(1)).status_code == 302


def test_a_link_that_is_followed_ends_a_doubt_about_its_mail(app: Flask, campaign: Campaign) -> None:
    with db.begin() as conn:
        make.settle(conn, campaign.run, "in_doubt", seq=1)

    follow(app, campaign.link(1), "HEAD")
    with db.begin() as conn:
        after_head = conn.execute(text("SELECT state FROM delivery WHERE seq = 1")).scalar_one()
    follow(app, campaign.link(1))

    with db.begin() as conn:
        state = conn.execute(text("SELECT state FROM delivery WHERE seq = 1")).scalar_one()
    assert (after_head, state) == ("in_doubt", "sent")
