"""The frozen values that everything speaks of. They know no clock, no store and no machine.

The words are those of the project's glossary. An ``int`` that stands for time is an instant or a
duration in microseconds (:mod:`pyramid_scheduler.instants`); a ``datetime`` is always aware.
"""

from pyramid_scheduler.model.declared import Definition, Task, Trigger
from pyramid_scheduler.model.health import Checkup, Finding, Health, Pile
from pyramid_scheduler.model.kept import (
    Attempt,
    ErrorInfo,
    Explanation,
    Node,
    Pause,
    Run,
    Schedule,
    Skip,
)
from pyramid_scheduler.model.limiting import Rate, UniqueBy, Uniqueness
from pyramid_scheduler.model.passing import Active, Claim, Finish, FireTime, Follow, NewRun, Outcome
from pyramid_scheduler.model.retrying import Backoff, Growth, Retry
from pyramid_scheduler.model.states import (
    Kind,
    Misfire,
    OnCrash,
    Origin,
    Overlap,
    Reason,
    RunState,
    ScheduleState,
    Verdict,
)

__all__ = [
    "Active",
    "Attempt",
    "Backoff",
    "Checkup",
    "Claim",
    "Definition",
    "ErrorInfo",
    "Explanation",
    "Finding",
    "Finish",
    "FireTime",
    "Follow",
    "Growth",
    "Health",
    "Kind",
    "Misfire",
    "NewRun",
    "Node",
    "OnCrash",
    "Origin",
    "Outcome",
    "Overlap",
    "Pause",
    "Pile",
    "Rate",
    "Reason",
    "Retry",
    "Run",
    "RunState",
    "Schedule",
    "ScheduleState",
    "Skip",
    "Task",
    "Trigger",
    "UniqueBy",
    "Uniqueness",
    "Verdict",
]
