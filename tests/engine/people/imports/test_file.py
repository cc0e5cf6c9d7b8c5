"""What comes up: which files are refused while they come, and what is guessed of the others."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile

import pytest
from sqlalchemy import text

from bench.import_rows import Table
from engine.db import Conn
from engine.errors import Invalid
from engine.people.imports import columns, deciding, file, imports, sniffing, values
from engine.people.imports.columns import Column
from engine.people.imports.judging import Person
from engine.people.imports.options import Options
from engine.people.imports.queries import jobs
from tests.engine.people.imports.world import NOW, SECRET, World, world

TABLE = "E-Mail;Näme\nada@example.org;Jürgen „J“ Ł\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TABLE.encode(), "utf-8"),
        (b"\xff\xfe" + TABLE.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
        (TABLE.replace("Ł", "L").encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found_and_the_first_line_read_without_its_mark(conn: Conn, data: bytes, encoding: str) -> None:
    here = world(conn)

    job = here.job(here.upload(data))

    assert (job.header["encoding"], job.header["names"]) == (encoding, ["E-Mail", "Näme"])
    assert here.brought(data).made == 1
    assert here.people()["ada@example.org"][4] == []


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_makes_columns(mark: str) -> None:
    rows = [["mail", "what, where; when"], ["a@example.org", "a, b; c"], ["b@example.org", "one"]]
    quoted = [f'{mail}{mark}"{words}"' for mail, words in rows]

    assert sniffing.separator("\n".join(quoted)) == mark


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped(), "save it as CSV"), (gzip.compress(b"a,b"), "compressed"), (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"), (b"a,b\n\0\0\0\1\2\3\n", "no text file"), (b"", "empty"),
        (b"email\n", "no line below"), (b"\n\n", "No line of it"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_words_that_help(conn: Conn, data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        world(conn).upload(data)

    assert refused.value.field == "file"


def test_a_file_that_is_too_long_is_refused_while_it_comes(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(sniffing, "MOST_ROWS", 1000)
    read: list[int] = []

    def endless(chunk: bytes) -> io.BytesIO:
        class Endless(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                read.append(size or 0)
                return (chunk * (1 + (size or 0) // len(chunk)))[: size or 0]

        return Endless()

    for chunk in (b"a" * 99 + b"\n", b"a@example.org,x\n", b'"a@example.org","x\nx"\n'):
        with pytest.raises(Invalid):
            file.take_in(conn, world(conn).admin, "x.csv", endless(chunk).read, NOW)

    assert sum(read) < 3_000_000


def test_the_file_is_kept_in_pieces(conn: Conn) -> None:
    here, data = world(conn), "email\n" + "".join(f"p{n}@example.org\n" for n in range(30_000))

    ident = here.upload(data)

    sizes = list(conn.scalars(text("SELECT octet_length(data) FROM import_piece ORDER BY no")))
    assert sum(sizes) == len(data) == here.job(ident).size
    assert set(sizes[:-1]) == {file.PIECE}


def test_a_file_without_names_of_columns_is_read_from_its_first_line(conn: Conn) -> None:
    here = world(conn)

    job = here.brought("ada@example.org,Ada\nben@example.org,Ben\n")

    assert job.made == 2
    assert job.header["names"] == ["Column 1", "Column 2"]


HEADERS = [
    ("Email Address,First Name,Last Name,Time Zone,Language,Phone Number,Tags",
     ["email", "first_name", "last_name", "zone", "locale", "phone", "tags"]),
    ("E-Mail-Adresse;Vorname;Nachname;Zeitzone;Sprache;Telefonnummer;Schlagworte",
     ["email", "first_name", "last_name", "zone", "locale", "phone", "tags"]),
    ("Adresse e-mail;Prénom;Nom;Fuseau horaire;Langue;Téléphone", ["email", "first_name", "last_name", "zone", "locale",
                                                                  "phone"]),
    ("Correo electrónico;Nombre;Apellidos;Idioma;Teléfono móvil", ["email", "first_name", "last_name", "locale",
                                                                   "phone"]),
    ("Indirizzo email;Nome;Cognome;Lingua;Cellulare", ["email", "first_name", "last_name", "locale", "phone"]),
    ("Adres e-mail;Imię;Nazwisko;Język;Telefon", ["email", "first_name", "last_name", "locale", "phone"]),
    ("E-mail;Имя;Фамилия;Телефон", ["email", "name", "last_name", "phone"]),
    ("メールアドレス,姓,名,電話番号", ["email", "last_name", "first_name", "phone"]),
    ("Sähköposti;Etunimi;Sukunimi;Kieli", ["email", "first_name", "last_name", "locale"]),
]  # fmt: skip


@pytest.mark.parametrize(("names", "expected"), HEADERS)
def test_columns_are_known_by_their_names_in_many_languages(names: str, expected: list[str]) -> None:
    mark = ";" if ";" in names else ","

    found = columns.guessed(names.split(mark), [], {})

    assert [one.to for one in found] == expected


def test_what_is_not_known_becomes_an_attribute_of_the_kind_its_values_have(conn: Conn) -> None:
    here = world(conn)
    ident = here.upload(
        "kontakt an;Größe (cm);Plan;Since;Joined;Likes;Active;PLZ\n"
        "a@example.org;1,80;pro;2026-01-31;12/31/2025;a|b;yes;01067\nb@example.org;1.234,5;;;1/2/2025;c|d;no;50667\n"
    )

    assert here.guessed(ident) == [
        ("email", "", ""), ("attribute", "grosse_cm", "number"), ("attribute", "plan", "text"),
        ("attribute", "since", "date"), ("attribute", "joined", "mdy"), ("attribute", "likes", "list"),
        ("attribute", "active", "bool"), ("attribute", "plz", "text"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("1,234.5", "number", 1234.5), ("1.234,5", "number", 1234.5), ("1.234.567", "number", 1234567),
        ("-3", "number", -3), ("0,5", "number", 0.5), ("31.12.2026", "date", "2026-12-31"),
        ("1/2/2026", "dmy", "2026-02-01"), ("1/2/2026", "mdy", "2026-01-02"), ("Oui", "bool", True),
        ("a; b|a", "list", ["a", "b"]),
    ],
)  # fmt: skip
def test_cells_mean_what_people_mean(cell: str, kind: str, value: values.Value) -> None:
    assert values.CONVERT[kind](cell) == value


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("1.2.3", "number"), ("12e5", "number"), ("31.02.2026", "date"), ("maybe", "bool"), ("13/13/2026", "dmy"),
        ("x" * 1001, "text"),
    ],
)  # fmt: skip
def test_a_cell_of_another_kind_is_refused(cell: str, kind: str) -> None:
    with pytest.raises(Invalid):
        values.CONVERT[kind](cell)


def test_two_columns_cannot_be_the_address_and_one_has_to(conn: Conn) -> None:
    here = world(conn)
    ident = here.upload("email,other\na@example.org,b\n")

    for given, field in (([Column("email"), Column("email")], "to-1"), ([Column(), Column("name")], None)):
        with pytest.raises(Invalid) as refused:
            deciding.say(conn, here.admin, ident, given, Options(), NOW)
        assert refused.value.field == field


def test_an_attribute_that_is_there_keeps_its_kind(conn: Conn) -> None:
    here = world(conn)
    here.brought("email,age\na@example.org,5\n")
    ident = here.upload("email,age\na@example.org,five\n")

    with pytest.raises(Invalid, match="there already, as number"):
        deciding.say(conn, here.admin, ident, [Column("email"), Column("attribute", "age", "age", "text")], Options(),
                     NOW)  # fmt: skip


def test_the_preview_shows_what_the_first_rows_become(conn: Conn) -> None:
    here = world(conn)
    job = here.job(here.upload("email,name\nada@example.org,Ada\nnothing,X\n"))

    person, wrong = deciding.preview(job, file.guess(job, {}), Options(tags=("t",)))

    assert isinstance(person, Person)
    assert (person.email, person.name, person.tags) == ("ada@example.org", "Ada", ["t"])
    assert isinstance(wrong, str)
    assert wrong.startswith("This is not a mail address")


def test_a_guess_that_was_wrong_is_read_anew(conn: Conn) -> None:
    here = world(conn)
    ident = here.upload("email,name;x\nada@example.org,Jürgen;1\n".encode("cp1252"))

    deciding.read_as(conn, here.admin, ident, "cp1252", ";")

    assert here.job(ident).header["names"] == ["email,name", "x"]
    with pytest.raises(Invalid, match="not UTF-8"):
        deciding.read_as(conn, here.admin, ident, "utf-8", ",")
    assert jobs.listed(conn, here.id, None, 5)[0].id == ident
    assert isinstance(here, World)


def test_a_hundred_thousand_lines_take_no_more_memory_than_twenty_thousand(conn: Conn) -> None:
    few, many = (_peak(world(conn, name), rows) for name, rows in (("few", 20_000), ("many", 100_000)))

    assert many < few * 1.3


def _peak(here: World, rows: int) -> int:
    """The most bytes held while a file is taken in and its first slices are done."""
    tracemalloc.start()
    ident = file.take_in(here.conn, here.admin, "people.csv", Table(rows).read, NOW)
    deciding.say(here.conn, here.admin, ident, file.guess(here.job(ident), {}), Options(), NOW)
    deciding.start(here.conn, here.admin, ident, NOW)
    for _ in range(2):
        assert imports.go_on(here.conn, ident, NOW, SECRET)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert here.job(ident).lines == 2 * imports.SLICE
    return peak
