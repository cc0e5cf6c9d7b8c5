"""/settings/tracking: what the workspace tracks, and what campaigns and people make of it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import db
from engine.campaigns.tracking import flags
from engine.campaigns.tracking.flags import Flags
from engine.errors import NotFound
from engine.people.accounts import Account
from tests import factories as make
from tests.web.conftest import Browser

PAGE = "/settings/tracking"


def test_links_are_tracked_and_opens_and_questions_are_not_until_somebody_says_so(signed_in: Browser) -> None:
    page = signed_in.get(PAGE).text

    assert page.count(" checked") == 1
    assert PAGE in signed_in.get("/setup/mail").text


def test_what_is_ticked_holds_and_the_act_says_what_changed(signed_in: Browser, owner: Account) -> None:
    answer = signed_in.post(PAGE, PAGE, track=["opens", "checkins"])

    assert answer.status_code == 303
    with db.begin() as conn:
        assert flags.of_workspace(conn, owner.principal) == Flags(False, True, True)
        detail = conn.execute(text("SELECT detail FROM act WHERE act = 'changed_tracking'")).scalar_one()
    assert detail == "links: on → off; opens: off → on; questions and digests: off → on"


@pytest.mark.parametrize(
    ("workspace", "campaign", "holds"),
    [((True, False), (None, None), (True, False)), ((True, True), (None, None), (True, True)),
     ((True, True), (False, False), (False, False)), ((False, False), (True, True), (False, False))],
)  # fmt: skip
def test_a_campaign_has_what_its_workspace_tracks_or_less(
    owner: Account, workspace: tuple[bool, bool], campaign: tuple[bool | None, bool | None], holds: tuple[bool, bool]
) -> None:
    with db.begin() as conn:
        flags.save(conn, owner.principal, Flags(*workspace))
        ident = conn.execute(
            text("INSERT INTO campaign (workspace_id, name, track_links, track_opens)"
                 " VALUES (:w, 'Spring', :links, :opens) RETURNING id"),
            {"w": owner.workspace_id, "links": campaign[0], "opens": campaign[1]},
        ).scalar_one()  # fmt: skip

        found = flags.of_campaign(conn, owner.workspace_id, ident)

        assert (found.links, found.opens) == holds
        with pytest.raises(NotFound):
            flags.of_campaign(conn, owner.workspace_id + 1, ident)


def test_people_who_are_not_tracked_are_named_for_a_batch(owner: Account) -> None:
    with db.begin() as conn:
        ada, _ = make.contact(conn, owner.workspace_id, "Ada")
        ben, _ = make.contact(conn, owner.workspace_id, "Ben")
        conn.execute(text("UPDATE contact SET tracked = false WHERE id = :id"), {"id": ben})

        assert flags.untracked(conn, owner.workspace_id, [ada, ben]) == {ben}
