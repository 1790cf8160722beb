"""A picture of the load to come: a row for each day, a cell for each hour, the fuller the darker.

The picture is a list of shapes; SVG and PNG are two ways to write them down.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta, tzinfo
from html import escape
from io import BytesIO
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.instants import moment
from pyramid_scheduler.rules.outlook import Load

CELL, LABEL, HEAD, FOOT, FONT = 34, 116, 40, 34, 12
INK, PAPER, FAINT = "#1f2933", "#ffffff", "#f1f4f8"
# From few to many, told apart by lightness alone too.
SHADES = ("#d3e5f5", "#a3c9e8", "#6aa8d8", "#347fbd", "#125a96", "#0b3a66")


class Hour(NamedTuple):
    """One hour by the clock of a zone: what fires in all, and in its fullest minute."""

    total: int
    fullest: int


class Rect(NamedTuple):
    """A filled rectangle, in pixels."""

    x: int
    y: int
    width: int
    height: int
    fill: str


class Label(NamedTuple):
    """A text around the point (x, y), or to the right of it."""

    x: int
    y: int
    text: str
    fill: str = INK
    centred: bool = True


Shape = Rect | Label


class Picture(NamedTuple):
    """Shapes on a white ground, in the order in which they are drawn."""

    width: int
    height: int
    shapes: list[Shape]


def days(load: Load, zone: tzinfo) -> dict[str, dict[int, Hour]]:
    """Return the load by day and hour as a clock of ``zone`` shows them.

    An hour that a change of the clock repeats has both; one that it leaves out is not there.
    """
    result: dict[str, dict[int, Hour]] = {}
    begin = moment(load.start).astimezone(UTC)
    for place, count in enumerate(load.minutes):
        local = (begin + timedelta(minutes=place)).astimezone(zone)
        hours = result.setdefault(f"{local:%a %Y-%m-%d}", {})
        known = hours.get(local.hour, Hour(0, 0))
        hours[local.hour] = Hour(known.total + count, max(known.fullest, count))
    return result


def draw(found: dict[str, dict[int, Hour]], title: str) -> Picture:
    """Return the picture of what :func:`days` gave; a cell says how full its fullest minute is."""
    width, height = LABEL + 24 * CELL + 8, HEAD + len(found) * CELL + FOOT
    most = max((hour.fullest for row in found.values() for hour in row.values()), default=0)
    shapes: list[Shape] = [Label(8, 12, title, centred=False)]
    shapes += [
        Label(LABEL + hour * CELL + CELL // 2, HEAD - 10, f"{hour:02}") for hour in range(24)
    ]
    for number, (day, hours) in enumerate(found.items()):
        top = HEAD + number * CELL
        shapes.append(Label(8, top + CELL // 2, day, centred=False))
        shapes += [shape for hour, load in hours.items() for shape in _cell(hour, top, load, most)]
    shapes += _legend(height - FOOT + 8, most)
    return Picture(width, height, shapes)


def shade(fullest: int, most: int) -> int:
    """Return which of SHADES a minute of ``fullest`` fire times has, -1 for none."""
    return -1 if not fullest else min(len(SHADES) * fullest // (most + 1), len(SHADES) - 1)


def _cell(hour: int, top: int, load: Hour, most: int) -> Iterator[Shape]:
    left = LABEL + hour * CELL
    level = shade(load.fullest, most)
    yield Rect(left + 1, top + 1, CELL - 2, CELL - 2, SHADES[level] if load.fullest else FAINT)
    if load.fullest:
        ink = PAPER if level >= len(SHADES) // 2 else INK
        yield Label(left + CELL // 2, top + CELL // 2, _short(load.fullest), ink)


def _short(number: int) -> str:
    return str(number) if number < 10_000 else f"{number // 1000}k"


def _legend(top: int, most: int) -> Iterator[Shape]:
    yield Label(8, top + 8, "fire times in the fullest minute of each hour:", centred=False)
    left = LABEL + 240
    for level, fill in enumerate(SHADES):
        yield Rect(left + level * 22, top, 22, 16, fill)
    yield Label(left + len(SHADES) * 22 + 8, top + 8, f"1 to {most:,}", centred=False)


def svg(picture: Picture) -> bytes:
    """Return ``picture`` as an SVG file."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width}" height="{picture.height}"'
        f' viewBox="0 0 {picture.width} {picture.height}" font-family="sans-serif"'
        f' font-size="{FONT}">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        *(_as_svg(shape) for shape in picture.shapes),
        "</svg>",
    ]
    return "\n".join([*lines, ""]).encode()


def _as_svg(shape: Shape) -> str:
    if isinstance(shape, Rect):
        return (
            f'<rect x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"'
            f' rx="3" fill="{shape.fill}"/>'
        )
    anchor = ' text-anchor="middle"' if shape.centred else ""
    return (
        f'<text x="{shape.x}" y="{shape.y}" dominant-baseline="central" fill="{shape.fill}"'
        f"{anchor}>{escape(shape.text)}</text>"
    )


def png(picture: Picture) -> bytes:
    """Return ``picture`` as a PNG file. Raises InvalidValue where Pillow is not installed."""
    try:
        from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - only a few want a PNG
    except ImportError:
        raise InvalidValue("--png needs Pillow: install pyramid-scheduler[pictures]") from None
    image = Image.new("RGB", (picture.width, picture.height), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT)
    for shape in picture.shapes:
        if isinstance(shape, Rect):
            corner = (shape.x + shape.width - 1, shape.y + shape.height - 1)
            pen.rounded_rectangle(((shape.x, shape.y), corner), 3, fill=shape.fill)
        else:
            anchor = "mm" if shape.centred else "lm"
            pen.text((shape.x, shape.y), shape.text, shape.fill, font, anchor=anchor)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def table(found: dict[str, dict[int, Hour]]) -> Sequence[Sequence[str]]:
    """Return what :func:`days` gave as rows of text: the day, then a cell for each hour."""
    return [
        [day, *(_short(hours[hour].fullest) if hour in hours else "-" for hour in range(24))]
        for day, hours in found.items()
    ]
