"""The fixtures of tests/web, without its `browser`, so that here the name means a real one."""

from tests.web.conftest import app, owner, web_env

__all__ = ["app", "owner", "web_env"]
