"""How far a search for the next fire time goes, so that none of them hangs."""

from datetime import UTC, date, datetime, timedelta

from pyramid_scheduler.instants import MICROSECOND, micros

# Steps of one search: well under a tenth of a second.
STEPS = 10_000
# What comes less often than once in so many years is not found.
YEARS = 100
HORIZON = timedelta(days=365.25 * YEARS)
HORIZON_US = HORIZON // MICROSECOND
# Inside what a zone's clock can show, with room for every offset and every search ahead.
EARLIEST = micros(datetime(3, 1, 1, tzinfo=UTC))
LATEST = micros(datetime(9997, 1, 1, tzinfo=UTC))
_LAST_BEGIN = date(9997, 12, 31) - HORIZON


def last_day(begin: date) -> date:
    """Return the last day of a search that begins at ``begin``."""
    return min(begin, _LAST_BEGIN) + HORIZON
