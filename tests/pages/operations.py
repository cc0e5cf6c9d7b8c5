"""Deliveries and what carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.transports.smtp.presets import PRESETS
from tests.pages.made import Made, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

RELAYS = "/settings/relays"
DKIM = "/settings/dkim"


def operations(made: Made) -> Pages:
    """Deliveries, doubts, health, relays, keys; what every instance has and one with relays alone shows in full."""
    first, night = f"/deliveries/{made.scene.run}", made.night
    run, ended = f"/deliveries/run/{made.scene.run}", f"/deliveries/run/{night.ended}"
    pages: Pages = {
        "deliveries": "/deliveries", "deliveries-run": f"/deliveries?run={made.scene.run}",
        "deliveries-none": "/deliveries?q=nobody", "delivery-sent": f"{first}/1",
        "delivery-doubt": f"{first}/2", "delivery-bounced": f"{first}/3", "delivery-deferred": f"{first}/4",
        "delivery-capped": f"/deliveries/{night.capped}/1", "delivery-rests": f"/deliveries/{night.resting}/1",
        "run": run, "run-capped": f"/deliveries/run/{night.capped}", "run-ended": ended,
        "run-cancel": (run, lambda page: page.click("form[action$=cancel] button")),
        "rest-wrong": (ended, lambda page: page.click("text=Send the rest …")), "rest-ask": (ended, _rest),
        "doubts": "/doubts", "doubts-none": "/doubts?kind=notice", "doubts-chosen": ("/doubts", _choose),
        "doubts-arrived": ("/doubts", lambda page: _settle(page, "arrived")),
        "doubts-resend": ("/doubts", lambda page: _settle(page, "resend")),
        "doubts-give-up": ("/doubts", lambda page: _settle(page, "give-up")),
        "health": "/deliveries/health", "health-day": "/deliveries/health?by=day",
        "health-none": "/deliveries/health?provider=nobody",
        "keeping": "/settings/keeping", "keeping-ask": ("/settings/keeping", lambda page: page.click("text=Go on …")),
        "system": "/system", "dkim-empty": DKIM, "dkim": (DKIM, _make_key), "dkim-wrong": (DKIM, _wrong_key),
        "dkim-anyway": (DKIM, lambda page: page.click("text=Sign with it")),
        "relay-tried": (f"{RELAYS}/new", _try_relay),
        "relays": RELAYS, "relay": f"{RELAYS}/{night.relay}", "relay-wrong": (f"{RELAYS}/new?preset=ses", _wrong),
        "relay-remove": (f"{RELAYS}/{night.relay}", lambda page: page.click("form[action$=remove] button")),
    }  # fmt: skip
    return pages | {f"relay-{name}": f"{RELAYS}/new?preset={name}" for name in PRESETS}


def _try_relay(page: Page) -> None:
    page.fill("#host", "127.0.0.1")
    page.fill("#port", "1")
    page.click("text=Try these values")


def _make_key(page: Page) -> None:
    page.click("text=Make the key")


def _wrong_key(page: Page) -> None:
    page.fill("#domain", "other.example")
    page.click("text=Make the key")


def _rest(page: Page) -> None:
    page.check("[name=pick] >> nth=0")
    page.check("[name=pick] >> nth=1")
    page.fill("#why", "the addresses were mended")
    page.click("text=Send the rest …")


def _choose(page: Page) -> None:
    page.check("[name=row] >> nth=1")
    page.check("[name=row] >> nth=2")
    page.click("summary >> nth=0")


def _settle(page: Page, act: str) -> None:
    page.check("[data-tick-all]", force=True) if page.viewport_size["width"] > 640 else _choose(page)  # type: ignore[index]
    page.click(f"[name=act][value={act}]")


def _wrong(page: Page) -> None:
    page.fill("#name", "SES Ireland")
    page.fill("#port", "99999")
    page.click("main form .btn-primary")
