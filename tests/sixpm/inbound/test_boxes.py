"""What is found at a path: files, Maildirs, mbox files, folders of these; and that all of it stays as it was."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from sixpm.inbound import boxes

ONE, TWO, THREE = (b"Subject: %d\n\nWords.\n" % n for n in (1, 2, 3))


def found(path: Path) -> list[tuple[str, bytes]]:
    """(name below the path, bytes) of each mail."""
    return [(spot.name.removeprefix(f"{path}").lstrip("/"), spot.read()[0]) for spot in boxes.spots(path)]


def state(path: Path) -> dict[str, tuple[int, int]]:
    """Size and time of everything below a path."""
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in [path, *path.rglob("*")]}


def maildir(path: Path) -> Path:
    """Two mails, one of them seen, beside what a Maildir has besides."""
    for part in ("new", "cur", "tmp", ".Sent/new", ".Sent/cur"):
        (path / part).mkdir(parents=True)
    (path / "new" / "1700000002.M1.host").write_bytes(TWO)
    (path / "cur" / "1700000001.M1.host:2,S").write_bytes(ONE)
    (path / "tmp" / "1700000003.M1.host").write_bytes(b"half a ma")
    (path / ".Sent" / "cur" / "1700000004.M1.host:2,S").write_bytes(THREE)
    (path / "dovecot-uidlist").write_text("3 V1 N4\n")
    return path


def mbox(path: Path) -> Path:
    """Two mails with a quoted From line."""
    box = mailbox.mbox(path)
    for text in (b"Subject: 1\n\nWords.\n", b"Subject: 2\n\nFrom here on\nwords.\n"):
        box.add(text)
    box.close()
    return path


def test_a_maildir_is_its_new_and_its_current_mails(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir")
    before = state(path)

    assert found(path) == [("new/1700000002.M1.host", TWO), ("cur/1700000001.M1.host:2,S", ONE)]
    assert state(path) == before


def test_a_subfolder_of_a_maildir_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir")

    assert [raw for _, raw in found(path / ".Sent")] == [THREE]


def test_an_mbox_is_its_mails_without_their_from_lines(tmp_path: Path) -> None:
    path = mbox(tmp_path / "inbox")
    before = state(path)

    assert found(path) == [
        (", mail 1", b"Subject: 1\n\nWords.\n"),
        (", mail 2", b"Subject: 2\n\n>From here on\nwords.\n"),
    ]
    assert state(path) == before


def test_a_folder_is_all_that_lies_in_it_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "b.EML").write_bytes(TWO)
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / "notes.txt").write_text("no mail")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "c.eml").write_bytes(THREE)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "d.eml").write_bytes(THREE)
    maildir(tmp_path / "deep" / "box")
    mbox(tmp_path / "z.mbox")

    assert [name for name, _ in found(tmp_path)] == [
        "a.eml", "b.EML", "z.mbox, mail 1", "z.mbox, mail 2", "deep/box/new/1700000002.M1.host",
        "deep/box/cur/1700000001.M1.host:2,S", "deep/er/d.eml",
    ]  # fmt: skip


def test_a_file_of_any_name_is_one_mail(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(ONE)

    assert [raw for _, raw in found(tmp_path / "mail")] == [ONE]


def test_a_path_without_anything_says_so(tmp_path: Path) -> None:
    with pytest.raises(boxes.Nothing, match="is not there"):
        found(tmp_path / "gone")
    assert found(tmp_path) == []
