"""A campaign that is out."""

from __future__ import annotations

import pytest

from engine import db
from engine.people.accounts import Account
from tests.web.track import scene
from tests.web.track.scene import Campaign


@pytest.fixture
def campaign(owner: Account) -> Campaign:
    """Three people got it an hour ago."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))
