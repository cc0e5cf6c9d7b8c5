"""An evening that a recipient visits by their link; the browser is nobody's."""

from __future__ import annotations

import pytest

from engine import db
from engine.people.accounts import Account
from tests.factories import Member
from tests.web import scene
from tests.web.conftest import Browser
from tests.web.scene import Scene


@pytest.fixture
def evening(browser: Browser, owner: Account) -> Scene:
    """A team in mid-evening."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def farid(evening: Scene) -> Member:
    """Somebody who was asked and has not answered."""
    return evening.members[4]


@pytest.fixture
def path(evening: Scene, farid: Member) -> str:
    """Where Farid's link leads."""
    return f"/me/{evening.link(farid)}"
