"""Passwords, limits, epochs."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import accounts, signin, throttle, workspaces
from tests.engine.people.conftest import NOW, PASSWORD, Scene

ADDRESS = "203.0.113.9"


def _try(conn: Conn, email: str, password: str, address: str = ADDRESS, seconds: float = 0) -> signin.Attempt:
    return signin.sign_in(conn, email, password, address, NOW + timedelta(seconds=seconds))


def test_the_right_password_is_an_account(conn: Conn, here: Scene) -> None:
    found = _try(conn, " Owner@HERE.example", PASSWORD).account

    assert found is not None
    assert found.principal == here.owner


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", "x" * 1_000_000, "\x00", "\ud800"])
def test_any_other_is_nobody(conn: Conn, here: Scene, password: str) -> None:
    assert _try(conn, "owner@here.example", password).account is None


def test_an_account_without_a_password_cannot_sign_in(conn: Conn, here: Scene) -> None:
    assert _try(conn, "member@here.example", "").account is None


def test_an_unknown_address_costs_as_many_verifications_as_a_known_one(
    conn: Conn, here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = accounts.hasher

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            calls.append(hashed)
            return real.verify(hashed, password)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(accounts, "hasher", Counting())

    _try(conn, "owner@here.example", "wrong")
    known = len(calls)
    _try(conn, "nobody@here.example", "wrong")

    assert (known, len(calls)) == (1, 2)


def test_tries_at_one_account_run_out_whoever_tries_and_come_back(conn: Conn, here: Scene) -> None:
    for n in range(signin.PER_ACCOUNT.size):
        assert _try(conn, "owner@here.example", "wrong", f"198.51.100.{n}").wait == 0

    refused = _try(conn, "OWNER@here.example", PASSWORD, "198.51.100.99")
    later = _try(conn, "owner@here.example", PASSWORD, "198.51.100.99", signin.PER_ACCOUNT.every + 1)

    assert (refused.account, refused.wait) == (None, signin.PER_ACCOUNT.every)
    assert later.account is not None


def test_an_unknown_address_is_limited_the_same(conn: Conn, here: Scene) -> None:
    for n in range(signin.PER_ACCOUNT.size):
        assert _try(conn, "nobody@here.example", "wrong", f"198.51.100.{n}").wait == 0

    assert _try(conn, "nobody@here.example", "wrong", "198.51.100.99").wait > 0


def test_tries_from_one_address_run_out_whomever_they_try(conn: Conn, here: Scene) -> None:
    for n in range(signin.PER_ADDRESS.size):
        assert _try(conn, f"person{n}@here.example", "wrong").wait == 0

    assert _try(conn, "owner@here.example", PASSWORD).wait > 0
    assert _try(conn, "owner@here.example", PASSWORD, "198.51.100.1").account is not None


def test_a_change_needs_the_present_password_and_a_better_one(conn: Conn, here: Scene) -> None:
    account = accounts.get(conn, here.owner.workspace_id, here.owner.account_id or 0)

    with pytest.raises(Invalid) as wrong:
        signin.change_password(conn, account, "wrong", "another long secret", NOW)
    with pytest.raises(Invalid) as short:
        signin.change_password(conn, account, PASSWORD, "short", NOW)

    assert (wrong.value.field, short.value.field) == ("old", "password")


def test_a_change_bumps_the_epoch(conn: Conn, here: Scene) -> None:
    account = accounts.get(conn, here.owner.workspace_id, here.owner.account_id or 0)

    changed = signin.change_password(conn, account, PASSWORD, "another long secret", NOW)

    assert changed.epoch == account.epoch + 1
    assert accounts.in_session(conn, account.id, account.epoch) is None
    assert accounts.in_session(conn, account.id, changed.epoch) == changed


def test_stronger_parameters_hash_anew_without_ending_sessions(
    conn: Conn, here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))

    found = _try(conn, "owner@here.example", PASSWORD).account

    assert found is not None
    kept = conn.execute(text("SELECT password_hash, epoch FROM account WHERE id = :id"), {"id": found.id}).one()
    assert "t=2" in kept.password_hash
    assert kept.epoch == found.epoch


@pytest.mark.parametrize("password", ["123456789", "aaaaaaaaaaaa", "Owner@here.example", "x" * 1001])
def test_guessable_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.check_password(password, "owner@here.example")

    assert refused.value.field == "password"


def test_hashes_are_argon2id(conn: Conn, here: Scene) -> None:
    found = conn.execute(text("SELECT password_hash FROM account WHERE password_hash IS NOT NULL")).scalars().all()

    assert all(h.startswith("$argon2id$") for h in found)


def test_users_are_made_in_the_instances_workspace(conn: Conn, here: Scene) -> None:
    made = accounts.create_user(conn, "new@here.example", "New", "admin", PASSWORD)

    assert (made.workspace_id, made.role) == (here.owner.workspace_id, "admin")
    with pytest.raises(Invalid):
        accounts.create_user(conn, "new@here.example", "New", "admin", PASSWORD)
    with pytest.raises(Invalid):
        accounts.create_user(conn, "other@here.example", "New", "king", PASSWORD)


def test_users_need_a_workspace_first(conn: Conn) -> None:
    with pytest.raises(NotFound, match="set it up"):
        accounts.create_user(conn, "new@here.example", "New", "admin", PASSWORD)


def test_a_bucket_refills_to_its_size_and_no_further(conn: Conn) -> None:
    limit = throttle.Limit(2, 10)

    first = [throttle.take(conn, "k", limit, NOW) for _ in range(3)]
    much_later = [throttle.take(conn, "k", limit, NOW + timedelta(days=1)) for _ in range(3)]

    assert first == [0, 0, 10]
    assert much_later == [0, 0, 10]


def test_a_clock_that_steps_back_gives_nothing_away(conn: Conn) -> None:
    limit = throttle.Limit(1, 10)
    throttle.take(conn, "k", limit, NOW)

    assert throttle.take(conn, "k", limit, NOW - timedelta(hours=1)) > 0
    assert throttle.take(conn, "k", limit, NOW + timedelta(seconds=5)) == 5


def test_there_is_one_first_workspace(conn: Conn) -> None:
    workspaces.make_first(conn, "One")

    with pytest.raises(NotAllowed, match="already set up"):
        workspaces.make_first(conn, "Two")


def test_two_at_once_cannot_both_take_the_last_token(engine_db: Engine) -> None:
    limit = throttle.Limit(1, 60)
    waits: list[float] = []

    def take_second() -> None:
        with engine_db.begin() as second:
            waits.append(throttle.take(second, "k", limit, NOW))

    thread = Thread(target=take_second)
    with engine_db.begin() as first:
        waits.append(throttle.take(first, "k", limit, NOW))
        thread.start()  # waits for the row, or has not come to it yet: either way it must find it taken
    thread.join(30)

    assert waits == [0, 60]


def test_two_first_visits_at_once_make_one_workspace(engine_db: Engine) -> None:
    said: list[str] = []

    def set_up_second() -> None:
        try:
            with engine_db.begin() as second:
                workspaces.make_first(second, "Two")
        except NotAllowed as refused:
            said.append(str(refused))

    thread = Thread(target=set_up_second)
    with engine_db.begin() as first:
        workspaces.make_first(first, "One")
        thread.start()
    thread.join(30)

    with engine_db.begin() as conn:
        assert conn.execute(text("SELECT name FROM workspace")).scalars().all() == ["One"]
    assert len(said) == 1


def test_tidying_forgets_only_buckets_that_are_full_again(conn: Conn) -> None:
    throttle.take(conn, "old", throttle.Limit(1, 60), NOW - timedelta(days=2))
    throttle.take(conn, "new", throttle.Limit(1, 60), NOW)

    assert throttle.tidy(conn, NOW) == 1
    assert throttle.take(conn, "new", throttle.Limit(1, 60), NOW) == 60
