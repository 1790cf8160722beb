"""``pscheduler list``: the schedules and where each of them stands."""

from pyramid_scheduler.model import Schedule
from pyramid_scheduler.scripts.command import FINE, NOTHING_RECORDED, Command
from pyramid_scheduler.scripts.faults import faults
from pyramid_scheduler.scripts.words import beside, clock, schedule_as_json


class ListCommand(Command):
    """Show every schedule in the store."""

    name = "list"
    description = """\
    Show the schedules: what each runs, when, and why it fires or does not.
    """

    def run(self) -> int:
        """Show them, by name."""
        with self.shared_scheduler() as scheduler:
            schedules = scheduler.schedules()
            faulty = faults(scheduler.declared, schedules)
        for fault in faulty:
            self.screen.note(f"problem: {fault}")
        if self.screen.json:
            for schedule in schedules:
                self.screen.record(schedule_as_json(schedule))
        elif schedules:
            self._table(schedules)
        else:
            self.screen.out(NOTHING_RECORDED.format(scheduler.store.address))
        return FINE

    def _table(self, schedules: list[Schedule]) -> None:
        columns = ("schedule (task)", "when", "state", "next (UTC)", "last (UTC)")
        self.screen.table(columns, [self._row(schedule) for schedule in schedules])

    def _row(self, schedule: Schedule) -> tuple[str, ...]:
        return (
            beside(schedule.name, schedule.task),
            schedule.definition.trigger.describe(),
            schedule.state,
            clock(schedule.next_fire_time),
            clock(schedule.last_fire_time),
        )
