"""All state tables by noun. engine.move turns them into guarded updates; docs/states.md is made from them."""

from engine.states.channel import CHANNEL
from engine.states.delivery import DELIVERY
from engine.states.inbound import INBOUND
from engine.states.round import PARTICIPATION, ROUND
from engine.states.run import BATCH, RUN
from engine.states.table import Move, State, StateTable

TABLES: dict[str, StateTable] = {t.noun: t for t in (RUN, BATCH, DELIVERY, ROUND, PARTICIPATION, INBOUND, CHANNEL)}

__all__ = ["BATCH", "CHANNEL", "DELIVERY", "INBOUND", "PARTICIPATION", "ROUND", "RUN", "TABLES", "Move", "State",
           "StateTable"]  # fmt: skip
