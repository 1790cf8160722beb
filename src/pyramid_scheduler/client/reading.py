"""What a person may read: nothing here changes anything, or makes a store that is not there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid_scheduler.client.doctor import examine
from pyramid_scheduler.client.given import find_schedule, read_given, read_limit, read_state
from pyramid_scheduler.client.preview import expected, fire_times, preview
from pyramid_scheduler.instants import SECOND, micros, read_instant, read_zone
from pyramid_scheduler.interfaces import Clock, EngineControl, RunFilter, Store
from pyramid_scheduler.model import (
    Attempt,
    Explanation,
    Finding,
    FireTime,
    Health,
    Node,
    Run,
    RunState,
    Schedule,
    Skip,
    Trigger,
)
from pyramid_scheduler.registry import Declarations
from pyramid_scheduler.rules.explaining import explain

TaskRef = str | Callable[..., Any]


class Reading:
    """The half of :class:`~pyramid_scheduler.client.scheduler.Scheduler` that reads."""

    def __init__(
        self,
        declared: Declarations,
        store: Store,
        engine: EngineControl,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        """Take what the application declared, its store and its engine."""
        self.declared = declared
        self.store = store
        self.engine = engine
        self.timezone = zone
        self._clock = clock

    def runs(
        self,
        task: TaskRef | None = None,
        *,
        schedule: str | None = None,
        state: RunState | str | None = None,
        limit: int = 100,
    ) -> list[Run]:
        """Return the newest runs, at most ``limit`` (1 to 10,000), newest first."""
        name = task if task is None or isinstance(task, str) else self.declared.find(task).name
        which = RunFilter(name, schedule, read_state(state), limit=read_limit(limit, "limit"))
        return list(self.store.runs(which)) if self._anything() else []

    def attempts(self, run_id: str) -> list[Attempt]:
        """Return the attempts of a run that ended before the run did, in order."""
        read_given(run_id, "run")
        return list(self.store.attempts(run_id)) if self._anything() else []

    def schedules(self) -> list[Schedule]:
        """Return every schedule in the store, by name."""
        return list(self.store.schedules()) if self._anything() else []

    def skips(self, schedule: str | None = None) -> list[Skip]:
        """Return the fire times that did not run, with the reason, oldest first."""
        if schedule is not None:
            read_given(schedule, "schedule")
        return list(self.store.skips(schedule)) if self._anything() else []

    def nodes(self) -> list[Node]:
        """Return the nodes known, the dead and the gone included."""
        return list(self.store.nodes()) if self._anything() else []

    def next_fire_times(self, n: int = 10, schedule: str | None = None) -> list[FireTime]:
        """Return the next ``n`` (1 to 10,000) fire times of all active schedules, or of one."""
        count = read_limit(n, "n")
        return fire_times(self.schedules(), schedule, count)

    def preview(
        self,
        of: str | Trigger | None = None,
        n: int = 10,
        *,
        after: datetime | str | None = None,
    ) -> list[FireTime]:
        """Return the next ``n`` (1 to 10,000) fire times, in local time, with marks in words.

        Parameters
        ----------
        of : a schedule by name; or a trigger, phrase or cron line, as if declared now; None: all
        after : an instant from which on it is looked, else now

        What only code declares yet is shown as if an engine began now. Marks tell of changes of
        the clock, of days that a calendar leaves out, and of other schedules that fire in the same
        second.
        """
        count = read_limit(n, "n")
        start = self._clock.now()
        if after is not None:
            start = micros(read_instant(after, self.timezone, "preview: after"))
        known = expected(self.declared, self.schedules(), self._clock.now())
        return preview(known, of, count, start, self.timezone)

    def explain(self, schedule: str, instant: datetime | str) -> Explanation:
        """Return why ``schedule`` ran, or did not run, at ``instant``, past or to come.

        An instant without an offset is read in the schedule's time zone. Raises UnknownSchedule,
        InvalidValue, FaultyTrigger.
        """
        known = find_schedule(schedule, self.schedules())
        zone = read_zone(known.definition.timezone, "explain")
        at = micros(read_instant(instant, zone, "explain: instant"))
        runs = self.store.runs(RunFilter(schedule=schedule, fire_time=at, limit=1))
        run = runs[0] if runs else None
        task = self.declared.tasks.get(known.task)
        return explain(known, at, run, self.skips(schedule), self.nodes(), self.store.now(), task)

    def doctor(self) -> list[Finding]:
        """Return what is wrong or doubtful with the store, by the contract, and what to do.

        Nothing is changed, and no store is made. None of this is about this process alone: for
        that see :meth:`health`.
        """
        return examine(self.store, self.declared.tasks, int(self.engine.lease * SECOND))

    def health(self) -> Health:
        """Return how the engine of this very process is; the store is not asked."""
        return self.engine.health()

    def _anything(self) -> bool:
        return self.store.open(create=False)
