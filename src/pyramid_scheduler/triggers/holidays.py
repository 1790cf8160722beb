"""The public holidays of a country, as the package ``holidays`` knows them (extra: calendars)."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.showing import shown

_YEARS = 2_000  # of all countries together, about 20 days each


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of ``country`` (ISO 3166: ``"KR"``), or of a ``subdivision`` (``"BW"``) of it.

    ``language`` is that of their names, by default the country's own; never this process's.

    Raises InvalidValue: a country, subdivision or language that the package does not know, or the
    package is not installed.
    """

    country: str
    subdivision: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        """Look the three up, and settle the language."""
        countries = _package().list_supported_countries()
        _check("country", self.country, countries)
        known = self._entity()
        if self.subdivision is not None:
            _check("subdivision", self.subdivision, (*known.subdivisions, *_aliases(known)))
        if self.language is not None:
            _check("language", self.language, known.supported_languages)
        object.__setattr__(self, "language", self.language or known.default_language)

    def name_of(self, day: date) -> str | None:
        """Return how the holiday of ``day`` is called, None if it is none."""
        return _holidays(self, day.year).get(day)

    def written(self) -> str:
        """Return the calendar of these holidays, as it is written in code."""
        subdivision = "" if self.subdivision is None else f", subdivision={self.subdivision!r}"
        language = f", language={self.language!r}"
        if self.language == self._entity().default_language:
            language = ""
        return f"Calendar(country={self.country!r}{subdivision}{language})"

    def _entity(self) -> Any:
        return getattr(_package(), self.country)


@lru_cache(maxsize=_YEARS)
def _holidays(which: Holidays, year: int) -> Mapping[date, str]:
    """Return the holidays of a year, by day; computed once.

    Not the package's own mapping, which grows as it is asked: another thread would find a year
    there that is still being filled.
    """
    with warnings.catch_warnings():
        # It warns of years for which it has none, or only estimates of the moon.
        warnings.simplefilter("ignore")
        found = _package().country_holidays(
            which.country, subdiv=which.subdivision, language=which.language, years=year
        )
    return dict(found)


def _aliases(entity: Any) -> Any:
    return getattr(entity, "subdivisions_aliases", {})


def _check(what: str, given: object, known: Any) -> None:
    if not isinstance(given, str) or given not in known:
        hint = nearest(given, known) if isinstance(given, str) else ""
        raise InvalidValue(f"calendar: {what}: {shown(given)} is not one that is known{hint}")


def _package() -> Any:
    try:
        import holidays  # noqa: PLC0415 - a quarter of a second, for who has such a calendar only
    except ImportError:
        raise InvalidValue(
            "calendar: country: the holidays of countries come with an extra of this package:"
            " pip install 'pyramid-scheduler[calendars]'"
        ) from None
    return holidays
