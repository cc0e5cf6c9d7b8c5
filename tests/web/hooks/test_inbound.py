"""POST /hooks/inbound/raw: what it refuses, and that 2xx is a committed row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from engine import config, db
from engine import models as m
from web import security, transaction
from web.hooks import inbound

SECRET = "the secret of the webhook"
MAIL = b"From: ada@example.org\r\nTo: r+x@reply.test\r\n\r\nFixed it.\r\n"
PATH = "/hooks/inbound/raw"


class Offers(list[int]):
    """What was enqueued."""

    def inbound(self, ids: tuple[int, ...]) -> None:
        self.extend(ids)


@pytest.fixture
def app(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application that has the hooks alone, guarded as the real one is."""
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", "a secret of the tests, more than 32 bytes long")
    monkeypatch.setenv("SIXPM_INBOUND_SECRET", SECRET)
    monkeypatch.setenv("SIXPM_SMTPD_SIZE", "5000")
    config.settings.cache_clear()
    yield build()
    db.engine().dispose()
    db.engine.cache_clear()


def build() -> Flask:
    settings = config.settings()
    app = Flask("hooks")
    app.extensions.update(sixpm_settings=settings, sixpm_enqueue=Offers())
    security.configure(app, settings)
    transaction.install(app)
    security.install(app, settings)
    security.csrf.exempt(inbound.blueprint)
    app.register_blueprint(inbound.blueprint)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


def post(client: FlaskClient, mail: bytes = MAIL, secret: str = SECRET, path: str = PATH, **headers: str) -> int:
    given = {"Authorization": f"Bearer {secret}", "Content-Type": "message/rfc822"}
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    return client.post(path, data=mail, headers=given).status_code


def rows(engine: Engine) -> list[tuple[str, list[str], bytes]]:
    i = m.Inbound
    with engine.begin() as conn:
        return [tuple(r) for r in conn.execute(select(i.envelope_from, i.envelope_to, i.raw).order_by(i.id))]  # type: ignore[misc]


def test_a_mail_is_kept_as_it_came_and_offered(app: Flask, client: FlaskClient) -> None:
    status = post(client, X_Envelope_To="r+abc@reply.test", X_Envelope_From="ada@example.org")

    assert status == 202
    assert rows(db.engine()) == [("ada@example.org", ["r+abc@reply.test"], MAIL)]
    assert len(app.extensions["sixpm_enqueue"]) == 1


def test_the_same_webhook_three_times_is_one_row(app: Flask, client: FlaskClient) -> None:
    statuses = [post(client) for _ in range(3)]

    assert statuses == [202, 200, 200]
    assert len(rows(db.engine())) == 1
    assert len(app.extensions["sixpm_enqueue"]) == 1


def test_each_recipient_has_a_row_and_without_any_there_is_one(client: FlaskClient) -> None:
    post(client, X_Envelope_To="r+a@reply.test, r+b@reply.test")
    post(client, MAIL + b"another", path=f"{PATH}?to=r%2Bc@reply.test")
    post(client, MAIL + b"a third")

    assert [to for _, to, _ in rows(db.engine())] == [["r+a@reply.test"], ["r+b@reply.test"], ["r+c@reply.test"], []]


def test_of_many_recipients_none_is_without_a_row(client: FlaskClient) -> None:
    everyone = [f"r+{number}@reply.test" for number in range(120)]

    assert post(client, X_Envelope_To=", ".join(everyone)) == 202

    kept = [to for _, to, _ in rows(db.engine())]
    assert len(kept) == 100
    assert [one for to in kept for one in to] == everyone


@pytest.mark.parametrize("given", ["Bearer wrong", "Basic dTpw", SECRET, ""])
def test_a_wrong_secret_is_refused(client: FlaskClient, given: str) -> None:
    assert post(client, Authorization=given) == 401
    assert rows(db.engine()) == []


def test_without_a_configured_secret_it_is_off_and_says_what_to_set(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIXPM_INBOUND_SECRET")
    config.settings.cache_clear()

    answer = build().test_client().post(PATH, data=MAIL, headers={"Authorization": "Bearer "})

    assert answer.status_code == 503
    assert "SIXPM_INBOUND_SECRET" in answer.text
    assert rows(db.engine()) == []


def test_a_mail_over_the_size_is_refused(client: FlaskClient) -> None:
    assert post(client, b"x" * 5001) == 413
    assert post(client, b"x" * 5000) == 202


def test_a_body_that_is_no_mail_is_refused(client: FlaskClient) -> None:
    assert post(client, b"") == 400
    assert post(client, Content_Type="application/x-www-form-urlencoded") == 415
    assert post(client, Content_Encoding="gzip") == 415


def test_another_method_is_refused(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 405


@pytest.mark.parametrize("when", ["before_cursor_execute", "commit"])
def test_on_any_doubt_the_sender_must_come_again(client: FlaskClient, when: str) -> None:
    def broken(*_: object) -> None:
        raise ConnectionError("the database went away")

    event.listen(db.engine(), when, broken)
    try:
        status = post(client)
    finally:
        event.remove(db.engine(), when, broken)

    assert status == 503
    assert rows(db.engine()) == []
    assert post(client) == 202
