"""The check that ends every story can fail: each of the three things it promises, broken once."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests import factories
from tests.stories import counting


@pytest.mark.parametrize(
    ("size", "state", "batch", "said"),
    [
        (2, "sent", "done", "add up"),
        (1, "in_doubt", "done", "no event lists"),
        (1, "queued", "done", "H14"),
    ],
)
def test_numbers_that_do_not_balance_are_found(engine_db: Engine, size: int, state: str, batch: str, said: str) -> None:
    with engine_db.begin() as conn:
        ws = factories.workspace(conn)
        run = factories.run(conn, ws.id, size=size)
        factories.delivery(
            conn, ws.id, run, factories.batch(conn, ws.id, run, state=batch), 1, recipient=1, state=state
        )

    with pytest.raises(AssertionError, match=said):
        counting.assert_balanced(engine_db)


def test_numbers_that_balance_are_fine(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        ws = factories.workspace(conn)
        run = factories.run(conn, ws.id, size=1)
        factories.delivery(conn, ws.id, run, factories.batch(conn, ws.id, run), 1, recipient=1)

    counting.assert_balanced(engine_db)
