"""Every pair of text and surface in tokens.css has a contrast of at least 4.5, in light and dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKENS = ROOT / "web/static/css/tokens.css"
PAGE = ROOT / "docs/design-system.md"
SURFACES = ("paper", "card", "sunk")
PAIRS = [(text, surface) for text in ("ink", "soft", "accent", "bad") for surface in SURFACES] + [
    ("accent-ink", "accent"),
    ("bad-ink", "bad"),
    *[(name, f"{name}-wash") for name in ("accent", "good", "warn", "bad")],
    *[("ink", f"{name}-wash") for name in ("accent", "good", "warn", "bad")],
]
BORDERS = [(name, surface) for name in ("line-strong", "ticked") for surface in ("paper", "card")] + [
    ("focus", surface) for surface in SURFACES
]


def colours(scheme: str) -> dict[str, str]:
    """Colours by name; the dark ones over the light."""
    light, _, dark = TOKENS.read_text().partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return found if scheme == "light" else {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_reads_on_every_surface(scheme: str) -> None:
    known = colours(scheme)

    poor = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in PAIRS}

    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_borders_of_fields_and_focus_rings_can_be_seen(scheme: str) -> None:
    known = colours(scheme)

    poor = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in BORDERS}

    assert {pair: ratio for pair, ratio in poor.items() if ratio < 3} == {}


def table() -> str:
    """The table of docs/design-system.md: what stands on what, and how well it can be seen."""
    light, dark = colours("light"), colours("dark")
    measured = [
        (front, back, contrast(light[front], light[back]), contrast(dark[front], dark[back]))
        for front, back in PAIRS + BORDERS
    ]
    rows = [
        f"| `--{front}` | `--{back}` | {by_day:.1f} | {by_night:.1f} |" for front, back, by_day, by_night in measured
    ]
    return "\n".join(["| on it | surface | light | dark |", "| --- | --- | ---: | ---: |", *rows])


def test_the_document_has_what_was_measured() -> None:
    written = re.findall(r"<!-- contrast -->\n\n?(.*?)\n?\n?<!-- /contrast -->", PAGE.read_text(), re.DOTALL)

    assert written == [table()], f"put this between the two comments of {PAGE.name}:\n\n{table()}\n"


def test_the_measure_is_the_one_of_wcag() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
