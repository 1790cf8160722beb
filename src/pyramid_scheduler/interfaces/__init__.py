"""The seams: what the engine needs of others, and others of the engine.

``stores`` is what is asked of a store, ``running`` of executors, clocks and engines; ``exchanged``
has the values that pass between them.
"""

from pyramid_scheduler.interfaces.exchanged import (
    Apart,
    Beat,
    Claimed,
    ClaimRequest,
    OwnRun,
    Pulse,
    Reconciliation,
    Recovered,
    Room,
    RunFilter,
    Written,
)
from pyramid_scheduler.interfaces.running import (
    Clock,
    EngineControl,
    Executor,
    RunReport,
    StopFlag,
)
from pyramid_scheduler.interfaces.stores import (
    AskedStore,
    ChangeStore,
    ClientStore,
    EngineStore,
    JoinedStore,
    ReadStore,
    Store,
)

__all__ = [
    "Apart",
    "AskedStore",
    "Beat",
    "ChangeStore",
    "ClaimRequest",
    "Claimed",
    "ClientStore",
    "Clock",
    "EngineControl",
    "EngineStore",
    "Executor",
    "JoinedStore",
    "OwnRun",
    "Pulse",
    "ReadStore",
    "Reconciliation",
    "Recovered",
    "Room",
    "RunFilter",
    "RunReport",
    "StopFlag",
    "Store",
    "Written",
]
