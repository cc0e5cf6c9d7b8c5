"""The web application on a fresh database, and a client that fills in CSRF tokens as a browser does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine import config, db
from engine.people import accounts, workspaces
from engine.people.accounts import Account
from tests.web import entries_scene
from tests.web.entries_scene import Written
from web.app import create_app

PASSWORD = "a long enough secret"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass
class Enqueued:
    """What was enqueued after commits, in place of a broker."""

    batch_ids: list[int] = field(default_factory=list)
    inbound_ids: list[int] = field(default_factory=list)
    reread_ids: list[int] = field(default_factory=list)
    erase_ids: list[int] = field(default_factory=list)
    import_ids: list[int] = field(default_factory=list)

    def batches(self, ids: Sequence[int]) -> None:
        self.batch_ids += ids

    def inbound(self, ids: Sequence[int]) -> None:
        self.inbound_ids += ids

    def reread(self, ids: Sequence[int]) -> None:
        self.reread_ids += ids

    def erase(self, ids: Sequence[int]) -> None:
        self.erase_ids += ids

    def imports(self, ids: Sequence[int]) -> None:
        self.import_ids += ids


@dataclass
class Browser:
    """A test client that takes the token for a POST from the page it came from."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, page: str, **fields: str | list[str]) -> TestResponse:
        """POST `fields` to `path` with the token found on `page`."""
        return self.client.post(path, data={"csrf_token": self.token(page), **fields})

    def token(self, page: str) -> str:
        found = _TOKEN.search(self.client.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/signin", "/signin", email=email, password=password)


@pytest.fixture
def web_env(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A local instance with the catcher: its environment, which a test may change before it makes the app."""
    monkeypatch.setenv("SIXPM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setenv("SIXPM_SECRET_KEY", "a secret key for tests, long enough")
    monkeypatch.setenv("SIXPM_CATCHER", "true")
    config.settings.cache_clear()
    db.engine.cache_clear()
    yield monkeypatch
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id as always, with parameters that cost a millisecond."""
    monkeypatch.setattr(accounts, "hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def app(web_env: pytest.MonkeyPatch) -> Flask:
    """The application, with recorded hints in place of a broker."""
    config.settings.cache_clear()
    made = create_app()
    made.testing = True
    made.extensions["sixpm_enqueue"] = Enqueued()
    return made


@pytest.fixture
def enqueued(app: Flask) -> Enqueued:
    """What the application enqueued."""
    recorder: Enqueued = app.extensions["sixpm_enqueue"]
    return recorder


@pytest.fixture
def browser(app: Flask) -> Browser:
    """One browser."""
    return Browser(app.test_client())


@pytest.fixture
def owner(app: Flask) -> Account:
    """The instance is set up; ada@example.org owns the workspace, with PASSWORD."""
    with db.begin() as conn:
        return workspaces.set_up(conn, "Acme", "Ada", "ada@example.org", PASSWORD)


@pytest.fixture
def signed_in(browser: Browser, owner: Account) -> Browser:
    """The owner's browser."""
    assert browser.sign_in(owner.email).status_code == 302
    return browser


@pytest.fixture
def user(owner: Account) -> Account:
    """ben@example.org, who may sign in and is no admin."""
    with db.begin() as conn:
        return accounts.create_user(conn, "ben@example.org", "Ben", "user", PASSWORD)


@pytest.fixture
def written(owner: Account) -> Written:
    """A team of the owner's that has written for two weeks."""
    with db.begin() as conn:
        return entries_scene.build(conn, owner, db.now(conn))


def signed_in_as(app: Flask, written: Written, number: int) -> Browser:
    """The browser of one of that team's members, who has an account from now on."""
    member, browser = written.members[number], Browser(app.test_client())
    with db.begin() as conn:
        accounts.make(conn, member.workspace_id, member.contact_id, "user", PASSWORD)
    assert browser.sign_in(member.email).status_code == 302
    return browser
