"""All state tables by noun. engine.move turns them into guarded updates; docs/states.md is made from them."""

from engine.states.campaign import CAMPAIGN, IMPORT
from engine.states.channel import CHANNEL
from engine.states.delivery import DELIVERY
from engine.states.inbound import INBOUND
from engine.states.round import PARTICIPATION, ROUND
from engine.states.run import BATCH, RUN
from engine.states.table import Move, State, StateTable

_ALL = (RUN, BATCH, DELIVERY, ROUND, PARTICIPATION, INBOUND, CHANNEL, CAMPAIGN, IMPORT)
TABLES: dict[str, StateTable] = {t.noun: t for t in _ALL}

__all__ = ["BATCH", "CAMPAIGN", "CHANNEL", "DELIVERY", "IMPORT", "INBOUND", "PARTICIPATION", "ROUND", "RUN", "TABLES",
           "Move", "State", "StateTable"]  # fmt: skip
