"""The documentation, checked against the code: what it links to, names, lists and shows must be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import SECRETS, Settings

ROOT = Path(__file__).resolve().parents[1]
OURS = ("docs", "tests/corpus")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in OURS for page in (ROOT / folder).rglob("*.md"))])
WRITTEN = [page for page in PAGES if "tests" not in page.parts and page.name != "states.md"]  # that one is generated
OPERATE = ROOT / "docs" / "howto" / "operate.md"
WIDTH = 120

LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A path of ours in backticks; one with <name> or a glob in it is a pattern, not a path.
PATH = re.compile(r"`((?:engine|web|scheduler|sixpm|tests|templates|migrations|bench|bin|requirements)/[\w./-]+)`")
TEST = re.compile(r"`(test_\w+)`")


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get: lower case, blanks to hyphens, other signs dropped."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken(page: Path) -> Iterator[str]:
    """The relative links of a page that point nowhere."""
    for _, target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        if not to.exists() or (anchor and anchor not in anchors(to)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_relative_link_points_somewhere(page: Path) -> None:
    assert not list(broken(page))


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_path_a_page_names_is_there(page: Path) -> None:
    assert [path for path in PATH.findall(page.read_text()) if not (ROOT / path).exists()] == []


def test_every_test_a_page_names_is_there() -> None:
    """Stories of test_ledger_rules.py are functions without the prefix; they are looked for as well."""
    rules = (ROOT / "tests/engine/outbound/test_ledger_rules.py").read_text()
    there = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (\w+)", path.read_text())
    }
    there |= {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    delivery = (ROOT / "docs/delivery.md").read_text()
    stories = re.findall(
        r"`([a-z]+(?:_[a-z]+){2,})`", "".join(re.findall(r"^Tests?[:,].*?\n\n", delivery, re.M | re.S))
    )

    assert [name for page in PAGES for name in TEST.findall(page.read_text()) if name not in there] == []
    assert [name for name in stories if not name.startswith("test_") and f"def {name}(" not in rules] == []
    assert len(stories) > 10


def test_every_rule_of_the_ledger_names_the_test_that_breaks_without_it() -> None:
    rules = re.split(r"^\*\*(?=H\d+\.)", (ROOT / "docs/delivery.md").read_text(), flags=re.MULTILINE)[1:]

    assert [rule.split(".")[0] for rule in rules] == [f"H{n}" for n in range(1, 16)]
    assert [rule[:4] for rule in rules if not re.search(r"^Tests?[:,]", rule, re.MULTILINE)] == []


@pytest.mark.parametrize("page", WRITTEN, ids=names(WRITTEN))
def test_no_line_is_longer_than_the_code_may_be(page: Path) -> None:
    lines = page.read_text().splitlines()

    assert [number for number, line in enumerate(lines, 1) if len(line) > WIDTH] == []


def test_every_setting_is_in_the_table_and_nothing_else_is() -> None:
    rows = re.findall(r"^\| `SIXPM_(\w+)` \| (.*?) \| (.*) \|$", OPERATE.read_text(), re.MULTILINE)

    assert sorted(name.lower() for name, _, _ in rows) == sorted(Settings.model_fields)
    assert {name.lower() for name, _, meaning in rows if meaning.endswith("secret") or ", secret" in meaning} == set(
        SECRETS
    )


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_table_says_the_default_of_each_setting(name: str) -> None:
    found = re.search(rf"^\| `SIXPM_{name.upper()}` \| (.*?) \|", OPERATE.read_text(), re.MULTILINE)
    default = Settings.model_fields[name].default

    assert found is not None
    said = found[1].strip("`")
    if default in (None, ""):
        assert said in ("none", "empty", "HOME/mailbox")
    elif isinstance(default, bool):
        assert said == str(default).lower()
    elif isinstance(default, int | float):
        assert float(said) == default
    else:
        assert said == str(default)


def test_every_metric_is_in_the_table_and_nothing_else_is() -> None:
    told = set(re.findall(r"^\| `(sixpm_\w+)", OPERATE.read_text(), re.MULTILINE))

    assert told == set(re.findall(r'"(sixpm_\w+)"', (ROOT / "web/views/health.py").read_text())) - {"sixpm_settings"}


def test_the_start_is_two_commands() -> None:
    start = re.search(r"^## Start$(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)

    assert start is not None
    assert set(re.findall(r"\bmake [a-z]+", start[1])) == {"make run", "make test"}


def test_the_reading_path_is_seven_files() -> None:
    readme = (ROOT / "README.md").read_text()

    assert re.findall(r"^(\d)\. \[", readme, re.MULTILINE) == list("1234567")


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())

    assert listed == sorted(page.name for page in folder.glob("[0-9]*.md"))
    for name in listed:
        heads = re.findall(r"^## (.+)$", (folder / name).read_text(), re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences"], name
