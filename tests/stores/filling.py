"""How a store of SQL is filled quickly: by statements whose rows the database makes itself.

What is made is as the schedule "template" is, which has to be there, and is named s1, s2, ...
"""

from collections.abc import Iterator
from typing import NamedTuple

# So many rows come of a statement: it is done within the patience of any store.
PAGE = 20_000
NUMBERS = {
    "postgresql": "generate_series({first}, {last}) as numbers (n)",
    "sqlite": """(with recursive counted (n) as
        (select {first} union all select n + 1 from counted where n < {last})
        select n from counted) as numbers""",
}

# One of a hundred is due by the time that the template is, the others in the days to come; one of
# ten is over.
SCHEDULES = """
    insert into scheduler_schedule (name, task, definition, origin, anchor, next_fire, wake,
                                    last_fire, parked, civil)
    select 's' || n, task, replace(definition, 'template', 's' || n), origin, anchor,
           case when n % 10 > 0 then at end, case when n % 10 > 0 then at end,
           case when n % 10 = 0 then {now} end, parked, civil
    from (select n, next_fire + cast(n - {schedules} / 100 as bigint) * 1000000 as at,
                 task, definition, origin, anchor, parked, civil
          from scheduler_schedule, {numbers} where name = 'template') as made
"""
RUNS = """
    insert into scheduler_run (id, kind, schedule, task, fire_time, due, state, attempt, crashes,
        token, node, claimed_at, started_at, finished_at, stop_requested, on_crash, max_crashes,
        serial, arguments)
    select '{state}' || n, 'scheduled', '{prefix}' || (n % {schedules}), 'job', at, at, '{state}',
        1, 0, 1, {node}, at, at, {finished}, false, 'retry', 3, true, ''
    from (select n, {now} - cast(n as bigint) * 250000 as at from {numbers}) as made
"""
NODES = """
    insert into scheduler_node (id, host, pid, version, beats, alive, joined_at, beaten_at,
                                clock_offset)
    select 'gone' || n, 'here', n, '1', 9, false, {now}, {now}, 0 from {numbers}
"""


class Filling(NamedTuple):
    """Statements for a ``kind`` of database, with ``schedules`` at the instant ``now``."""

    kind: str
    schedules: int
    now: int

    def of_schedules(self) -> Iterator[str]:
        """Yield what makes the schedules, each of a task "job" if the template is."""
        return self._pages(SCHEDULES, self.schedules)

    def of_runs(self, state: str, prefix: str, count: int) -> Iterator[str]:
        """Yield what makes ``count`` runs of schedules whose names begin with ``prefix``.

        The newest was owed a quarter of a second before ``now``, each other one as long before.
        Those that are not pending are the node a's.
        """
        node = "null" if state == "pending" else "'a'"
        finished = "at" if state == "succeeded" else "null"
        return self._pages(RUNS, count, state=state, prefix=prefix, node=node, finished=finished)

    def of_nodes(self, count: int) -> Iterator[str]:
        """Yield what makes ``count`` nodes that are gone."""
        return self._pages(NODES, count)

    def _pages(self, statement: str, count: int, **given: str) -> Iterator[str]:
        for first in range(1, count + 1, PAGE):
            last = min(first + PAGE - 1, count)
            numbers = NUMBERS[self.kind].format(first=first, last=last)
            yield statement.format(numbers=numbers, schedules=self.schedules, now=self.now, **given)
