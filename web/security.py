"""What every answer carries: CSRF on every POST, headers that forbid inline script and framing, bounded bodies."""

from __future__ import annotations

import hmac

from flask import Flask, Response, abort, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.config import Settings, required

csrf = CSRFProtect()  # `@csrf.exempt` is for signed webhooks and one-click unsubscribe (RFC 8058) alone

PAGE_BODY = 1024 * 1024  # bytes; no form of ours is longer, and a hook allows itself more
POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-src 'none'; object-src 'none'; base-uri 'none';"
    " frame-ancestors 'none'; form-action 'self'"
)  # data: images are the icons inside Bootstrap's style sheet
YEAR = 365 * 24 * 3600


def configure(app: Flask, settings: Settings) -> None:
    """Set the keys, the cookie's flags and the limits of bodies."""
    secrets = [part.strip() for part in required(settings.secret_key, "secret_key").split(",") if part.strip()]
    keys = [hmac.digest(part.encode(), b"sixpm session", "sha256") for part in secrets]
    app.config.update(
        SECRET_KEY=keys[0],
        SECRET_KEY_FALLBACKS=keys[1:],
        SESSION_COOKIE_NAME="sixpm",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=14 * 24 * 3600,
        MAX_CONTENT_LENGTH=PAGE_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch keeps its input
    )


def _refuse_nul() -> None:
    """No text in PostgreSQL has a NUL, and nobody types one: an address with one is a scanner's."""
    if any("\0" in value for values in request.args.listvalues() for value in values):
        abort(400)


def install(app: Flask, settings: Settings) -> None:
    """Guard every POST, bound every body, and set the headers of every answer that has not set its own."""
    csrf.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_refuse_nul)
    strict_transport = settings.production and settings.base_url.startswith("https://")

    @app.after_request
    def _headers(response: Response) -> Response:
        if "Content-Security-Policy" not in response.headers:  # the mailbox frames mails under a policy of its own
            response.headers["Content-Security-Policy"] = POLICY
            response.headers["X-Frame-Options"] = "DENY"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"  # paths may hold a member's token
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if not (request.endpoint or "").endswith("static"):
            response.headers.setdefault("Cache-Control", "no-store")
        if strict_transport:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        return response
