"""Versions: a save makes one, going back makes one more, none changes; and who may."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.campaigns.content import files, making, versions
from engine.campaigns.content.language.faults import Refused
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from tests.engine.campaigns.content.scene import said, scene
from tests.factories.rows import NOON, row

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 50


def test_each_save_is_a_version_with_its_number_and_author(conn: Conn) -> None:
    s = scene(conn)

    first = versions.save(conn, s.admin, s.campaign_id, said("one"), NOON)
    second = versions.save(conn, s.admin, s.campaign_id, said("two"), NOON)

    assert (first.no, second.no) == (1, 2)
    assert [(v.no, v.author, v.subject) for v in versions.listed(conn, s.workspace_id, s.campaign_id)] == [
        (2, "Ann", "News"), (1, "Ann", "News"),
    ]  # fmt: skip
    latest = versions.latest(conn, s.workspace_id, s.campaign_id)
    assert latest is not None
    assert latest.own.body == "two"


def test_going_back_is_a_new_version_that_says_what_the_old_one_said(conn: Conn) -> None:
    s = scene(conn)
    versions.save(conn, s.admin, s.campaign_id, said("one", de="eins"), NOON)
    versions.save(conn, s.admin, s.campaign_id, said("two"), NOON)

    third = versions.restore(conn, s.admin, s.campaign_id, 1, NOON)

    assert third.no == 3
    assert {locale: text.body for locale, text in third.texts.items()} == {"": "one", "de": "eins"}
    assert versions.get(conn, s.workspace_id, s.campaign_id, 2).own.body == "two"


def test_what_is_wrong_is_refused_at_save_and_nothing_is_kept(conn: Conn) -> None:
    s = scene(conn)

    with pytest.raises(Refused) as refused:
        versions.save(conn, s.admin, s.campaign_id, said("{{ x }}", de="ok\n {{ y }}"), NOON)

    assert [(f.part, f.line, f.column) for f in refused.value.faults] == [("body", 1, 4), ("body (de)", 2, 5)]
    assert versions.latest(conn, s.workspace_id, s.campaign_id) is None


def test_a_template_may_name_the_attributes_of_its_own_workspace_alone(conn: Conn) -> None:
    s, other = scene(conn), scene(conn, name="Other")
    row(conn, m.Attribute, workspace_id=s.workspace_id, name="city", kind="text")
    draft = said("{{ attributes.city or 'x' }}")

    versions.save(conn, s.admin, s.campaign_id, draft, NOON)

    with pytest.raises(Refused):
        versions.save(conn, other.admin, other.campaign_id, draft, NOON)


@pytest.mark.parametrize("state", ["review", "approved", "scheduled"])
def test_a_change_of_what_was_agreed_to_is_a_draft_again(conn: Conn, state: str) -> None:
    s = scene(conn, state)

    versions.save(conn, s.admin, s.campaign_id, said(), NOON)

    assert conn.execute(select(m.Campaign.state)).scalar_one() == "draft"


@pytest.mark.parametrize("state", ["running", "paused", "finished", "cancelled"])
def test_what_is_under_way_stays_as_it_is(conn: Conn, state: str) -> None:
    s = scene(conn, state)

    with pytest.raises(Invalid, match="under way"):
        versions.save(conn, s.admin, s.campaign_id, said(), NOON)


def test_only_who_may_write_campaigns_saves_and_nobody_of_another_workspace(conn: Conn) -> None:
    s, other = scene(conn), scene(conn, name="Other")

    with pytest.raises(NotAllowed):
        versions.save(conn, s.user, s.campaign_id, said(), NOON)
    with pytest.raises(NotFound):
        versions.save(conn, other.admin, s.campaign_id, said(), NOON)
    with pytest.raises(NotFound):
        versions.latest(conn, other.workspace_id, s.campaign_id)


@pytest.mark.parametrize(
    ("locale", "body"),
    [("de", "eins"), ("de-AT", "eins"), ("DE_de", "eins"), ("pt-BR", "um"), ("pt", "one"), ("", "one")],
)
def test_a_person_gets_the_language_that_fits_best(conn: Conn, locale: str, body: str) -> None:
    s = scene(conn)
    saved = versions.save(conn, s.admin, s.campaign_id, said("one", **{"de": "eins", "pt-BR": "um"}), NOON)

    letter = making.made(saved, versions.theme(conn, s.workspace_id)).letter({"locale": locale})

    assert letter.text.startswith(f"{body}\n")


@pytest.mark.parametrize("locale", ["german", "d", "../x", "de\n"])
def test_a_language_has_a_tag_that_people_have(conn: Conn, locale: str) -> None:
    s = scene(conn)

    with pytest.raises(Invalid, match="no language"):
        versions.save(conn, s.admin, s.campaign_id, said("one", **{locale: "x"}), NOON)


def test_a_version_is_compiled_once_and_anew_when_the_fields_change(conn: Conn) -> None:
    s = scene(conn)
    versions.save(conn, s.admin, s.campaign_id, said(), NOON)
    theme = versions.theme(conn, s.workspace_id)
    first = making.made(versions.get(conn, s.workspace_id, s.campaign_id, 1), theme)

    again = making.made(versions.get(conn, s.workspace_id, s.campaign_id, 1), theme)
    row(conn, m.Attribute, workspace_id=s.workspace_id, name="age", kind="number")
    changed = making.made(versions.get(conn, s.workspace_id, s.campaign_id, 1), theme)

    assert again is first
    assert changed is not first


# ---- files


def test_files_go_with_a_version_and_images_have_names_to_be_shown_by(conn: Conn) -> None:
    s = scene(conn)
    image = files.add(conn, s.admin, s.campaign_id, "C:\\x\\My Logo.PNG", "image/png", PNG, True, NOON)
    pdf = files.add(conn, s.admin, s.campaign_id, "../plan.pdf", "application/pdf", b"%PDF-1", False, NOON)
    draft = said("![x](cid:my-logo)")
    saved = versions.save(
        conn, s.admin, s.campaign_id, versions.Draft(draft.texts, (pdf.id,), (image.id,)), NOON
    )  # fmt: skip

    out = files.enclosures(conn, saved)

    assert [(f.name, f.type, f.cid, f.data) for f in out] == [
        ("My Logo.PNG", "image/png", "my-logo", PNG), ("plan.pdf", "application/pdf", "", b"%PDF-1"),
    ]  # fmt: skip
    assert [file.size for file in files.listed(conn, s.workspace_id, s.campaign_id)] == [len(PNG), 6]


def test_two_images_of_one_name_are_shown_by_two_names(conn: Conn) -> None:
    s = scene(conn)

    made = [files.add(conn, s.admin, s.campaign_id, "a.png", "image/png", PNG, True, NOON).cid for _ in range(3)]

    assert made == ["a", "a-2", "a-3"]


@pytest.mark.parametrize(
    ("name", "kind", "content", "inline", "words"),
    [
        ("a.svg", "image/svg+xml", b"<svg>", True, "PNG, JPEG and GIF"),
        ("a.exe", "application/x-msdownload", b"MZ", False, "Only images, PDF"),
        ("a.html", "text/html", b"<p>", False, "Only images, PDF"),
        ("a.pdf", "application/pdf", b"%PDF-1", True, "PNG, JPEG and GIF"),
        ("a.png", "image/png", b"<script>", True, "not what its name says"),
        ("a.txt", "text/plain", b"a\0b", False, "not what its name says"),
        ("a.png", "image/png", b"", True, "empty"),
        ("a.png", "image/png", PNG + b"x" * files.MOST_BYTES, True, "at most 5 MB"),
        ("///", "image/png", PNG, True, "needs a name"),
    ],
)
def test_a_file_that_may_not_go_is_refused(
    conn: Conn, name: str, kind: str, content: bytes, inline: bool, words: str
) -> None:
    s = scene(conn)

    with pytest.raises(Invalid, match=words):
        files.add(conn, s.admin, s.campaign_id, name, kind, content, inline, NOON)


def test_files_are_bounded_all_together(conn: Conn) -> None:
    s = scene(conn)
    large = PNG + b"x" * (4 * 1024 * 1024)
    for name in ("a.png", "b.png"):
        files.add(conn, s.admin, s.campaign_id, name, "image/png", large, False, NOON)

    with pytest.raises(Invalid, match="10 MB"):
        files.add(conn, s.admin, s.campaign_id, "c.png", "image/png", large, False, NOON)


def test_a_file_of_another_campaign_does_not_go_along(conn: Conn) -> None:
    s, other = scene(conn), scene(conn, name="Other")
    image = files.add(conn, other.admin, other.campaign_id, "a.png", "image/png", PNG, True, NOON)

    with pytest.raises(Invalid, match="is gone"):
        versions.save(conn, s.admin, s.campaign_id, versions.Draft(said().texts, (), (image.id,)), NOON)


def test_a_field_that_went_away_keeps_an_old_version_from_coming_back(conn: Conn) -> None:
    s = scene(conn)
    row(conn, m.Attribute, workspace_id=s.workspace_id, name="city", kind="text")
    versions.save(conn, s.admin, s.campaign_id, said("{{ attributes.city }}"), NOON)
    conn.execute(update(m.Attribute).values(name="town"))

    with pytest.raises(Refused, match=r"attributes\.city"):
        versions.restore(conn, s.admin, s.campaign_id, 1, NOON)
