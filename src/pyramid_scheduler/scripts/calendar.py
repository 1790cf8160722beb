"""``pscheduler calendar``: the load of the days to come, hour by hour, as a table or a picture."""

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pyramid_scheduler.client.preview import expected
from pyramid_scheduler.instants import micros, moment, read_zone
from pyramid_scheduler.reading import read_count
from pyramid_scheduler.rules.outlook import MINUTE, Load, Peak, load, peaks
from pyramid_scheduler.scripts import heatmap
from pyramid_scheduler.scripts.application import CommandError
from pyramid_scheduler.scripts.command import FINE, Command, reading
from pyramid_scheduler.scripts.heatmap import Hour, Picture
from pyramid_scheduler.scripts.words import counted, iso

PEAKS = 10
NAMED = 6


class CalendarCommand(Command):
    """Show how much fires when, so that what falls together can be spread."""

    name = "calendar"
    description = """\
    Show the load of the days to come: for each hour how many fire times fall into its fullest
    minute, and the minutes in which most schedules fall together. What no engine has recorded yet
    is taken as the application declares it. In a cron line, H spreads: 'H 0 * * *'.
    """

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take how many days, by which clock, and the files to write."""
        parser.add_argument("--days", type=_days, default=7, help="how many, 1 to 31 (default: 7)")
        parser.add_argument("--timezone", type=_zone, help="default: the setting's")
        parser.add_argument("--png", metavar="FILE", help="write the picture into this file")
        parser.add_argument("--svg", metavar="FILE", help="write the picture into this file")

    def run(self) -> int:
        """Show it, or draw it."""
        with self.scheduler() as scheduler:
            schedules = expected(scheduler.declared, scheduler.schedules(), scheduler.store.now())
            zone = self.args.timezone or scheduler.timezone
            start = _midnight(scheduler.store.now(), zone)
            end = _midnight(micros(moment(start) + timedelta(days=self.args.days, hours=3)), zone)
        found = load(schedules, start, end)
        days = heatmap.days(found, zone)
        picture = heatmap.draw(days, f"fire times, by the clock of {zone.key}")
        for path, write in ((self.args.svg, heatmap.svg), (self.args.png, heatmap.png)):
            if path:
                self._save(path, write, picture)
        together = peaks(found, schedules, PEAKS)
        if self.screen.json:
            self._answer_programs(days, together)
        else:
            self._answer_people(found, days, together, zone)
        return FINE

    def _save(self, path: str, write: Callable[[Picture], bytes], picture: Picture) -> None:
        content = write(picture)
        try:
            Path(path).write_bytes(content)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
        self.screen.note(f"written: {path}")

    def _answer_programs(self, days: dict[str, dict[int, Hour]], together: Sequence[Peak]) -> None:
        for day, hours in days.items():
            for hour, one in sorted(hours.items()):
                date = day.split()[1]
                self.screen.record({"day": date, "hour": hour, **one._asdict()})
        for peak in together:
            at = iso(moment(peak.start))
            self.screen.record({"minute": at, "fires": peak.fires, "schedules": peak.schedules})

    def _answer_people(
        self,
        found: Load,
        days: dict[str, dict[int, Hour]],
        together: Sequence[Peak],
        zone: ZoneInfo,
    ) -> None:
        columns = (f"day ({zone.key})", *(f"{hour:02}" for hour in range(24)))
        self.screen.table(columns, heatmap.table(days))
        for name in found.estimated:
            self.screen.note(f"{name} fires too often to be counted: it is taken to go on so")
        rows = [_in_words(peak, zone) for peak in together]
        if rows:
            self.screen.out("")
            self.screen.table(("together at", "fire times", "schedules"), rows)


def _in_words(peak: Peak, zone: ZoneInfo) -> tuple[str, str, str]:
    named = ", ".join(peak.schedules[:NAMED])
    more = len(peak.schedules) - NAMED
    others = f" and {counted(more, 'other')}" if more > 0 else ""
    return (
        f"{moment(peak.start).astimezone(zone):%a %Y-%m-%d %H:%M}",
        f"{peak.fires:,}",
        named + others,
    )


def _midnight(instant: int, zone: ZoneInfo) -> int:
    """Return the whole minute at which the day of ``instant`` begins in ``zone``."""
    local = moment(instant).astimezone(zone)
    begin = micros(datetime(local.year, local.month, local.day, tzinfo=zone))
    return begin // MINUTE * MINUTE


def _days(text: str) -> int:
    with reading("days"):
        return read_count(text, "days", most=31)


def _zone(text: str) -> ZoneInfo:
    with reading("timezone"):
        return read_zone(text, "timezone")
