"""Two workspaces side by side, so that every rule can be tried across the border."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher

from engine.config import Settings
from engine.db import Conn
from engine.people import accounts, contacts, members, teams, workspaces
from engine.people.principal import Principal, of_link

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough secret"
SECRET = "a secret key for tests, long enough"


@dataclass(frozen=True)
class Scene:
    """A workspace: its owner, a team, and a manager, a member and an observer with accounts but no rights beyond."""

    owner: Principal
    team_id: int
    manager: Principal
    member: Principal
    observer: Principal
    memberships: dict[str, int]

    def link(self, role: str) -> Principal:
        """The signed link of the member with this role."""
        person: Principal = getattr(self, role)
        assert person.contact_id is not None
        return of_link(person.workspace_id, person.contact_id, self.memberships[role])


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id as always, with parameters that cost a millisecond."""
    monkeypatch.setattr(accounts, "hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def settings() -> Settings:
    return Settings(secret_key=SECRET, catcher=False, relay_host="relay.example.org")


def make(conn: Conn, name: str) -> Scene:
    """A scene whose addresses all end in @<name>.example."""
    workspace_id = workspaces.make(conn, name)
    contact_id = contacts.add(conn, workspace_id, f"owner@{name}.example", "Owner", "Europe/Berlin")
    owner = accounts.make(conn, workspace_id, contact_id, "owner", PASSWORD).principal
    team_id = teams.make(conn, owner, "Makers", "Europe/Berlin")
    people, memberships = {}, {}
    for role in ("manager", "member", "observer"):
        added = members.add(conn, owner, team_id, f"{role}@{name}.example", role.title(), None, role)
        people[role] = accounts.make(conn, workspace_id, added.contact_id, "user", None).principal
        memberships[role] = added.id
    return Scene(owner, team_id, people["manager"], people["member"], people["observer"], memberships)


@pytest.fixture
def here(conn: Conn) -> Scene:
    return make(conn, "here")


@pytest.fixture
def there(conn: Conn) -> Scene:
    return make(conn, "there")
