"""What holds for any expression, any zone and any instant."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import CronTrigger, dump_trigger, load_trigger

ZONES = sorted(available_timezones())
MICROSECOND = timedelta(microseconds=1)
instants = st.datetimes(
    datetime(1969, 1, 1),  # noqa: DTZ001
    datetime(2101, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@st.composite
def fields(draw: Any, least: int, most: int, *rules: str) -> str:
    """A list of one to three items that are right."""

    def item() -> str:
        low, high = sorted((draw(numbers), draw(numbers)))
        step = draw(st.integers(1, most))
        forms = [f"{low}", f"{low}-{high}", f"{low}-{high}/{step}", f"{low}/{step}", f"*/{step}"]
        return draw(st.sampled_from([*forms, "*", *rules]))

    numbers = st.integers(least, most)
    return ",".join(item() for _ in range(draw(st.integers(1, 3))))


hand = fields(0, 59)
five = st.tuples(
    hand,
    fields(0, 23),
    st.just("*") | fields(1, 31, "L", "L-2", "LW", "13W", "31W"),
    st.just("*") | fields(1, 12, "FEB"),
    st.just("*") | fields(0, 7, "MON", "5L", "2#3", "SUN#5"),
).map(" ".join)
six = st.tuples(hand, five).map(" ".join)
seven = st.tuples(six, st.just("*") | fields(1970, 2099)).map(" ".join)


@st.composite
def triggers(draw: Any) -> CronTrigger:
    """A trigger that is right."""
    options = {
        "timezone": draw(st.sampled_from(ZONES)),
        "dst_gap": draw(st.sampled_from(["shift", "skip"])),
        "dst_overlap": draw(st.sampled_from(["first", "second", "both"])),
        "name": draw(st.none() | st.text(max_size=9).filter(lambda text: text.isprintable())),
    }
    expression = draw(five | six | seven)
    with suppress(InvalidValue):  # it may never come
        return CronTrigger(expression, **options)
    return CronTrigger("30 2 * * *", **options)


@settings(deadline=None, max_examples=300)
@given(triggers(), instants)
def test_next_is_later_and_a_fire_time(trigger: CronTrigger, after: datetime) -> None:
    fire = trigger.next(after)
    if fire is not None:
        assert fire > after
        assert trigger.matches(fire)
        assert not fire.microsecond


@settings(deadline=None, max_examples=300)
@given(triggers(), instants)
def test_previous_inverts_next(trigger: CronTrigger, after: datetime) -> None:
    fire = trigger.next(after)
    if fire is not None:
        assert trigger.previous(fire + MICROSECOND) == fire
        before = trigger.previous(fire)
        assert before is None or (before <= after and trigger.next(before) == fire)


@settings(deadline=None, max_examples=100)
@given(triggers(), instants, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_next_is_monotone(trigger: CronTrigger, after: datetime, more: timedelta) -> None:
    first, second = trigger.next(after), trigger.next(after + more)
    if first is None:
        assert second is None
    elif second is not None:
        assert first <= second
        if first > after + more:
            assert first == second


@settings(deadline=None, max_examples=100)
@given(triggers())
def test_it_comes_back_from_json_and_from_its_repr(trigger: CronTrigger) -> None:
    assert load_trigger(dump_trigger(trigger)) == trigger
    assert eval(repr(trigger)) == trigger
    assert hash(eval(repr(trigger))) == hash(trigger)


@settings(deadline=None, max_examples=50)
@given(triggers(), st.sampled_from(["en", "ko"]))
def test_it_can_be_said(trigger: CronTrigger, locale: str) -> None:
    said = trigger.describe(locale)
    assert said
    assert "None" not in said
    assert "{" not in said


words = st.text("0123456789*/,-?LWH#()", min_size=1, max_size=8)


@settings(deadline=None, max_examples=500)
@given(
    st.text(max_size=60)
    | st.text("0123456789*/,-?LWH#()@ \tMONFRIJAN", max_size=60)
    | st.lists(
        st.text("0123456789*/,-?LWH#()", min_size=1, max_size=8), min_size=5, max_size=7
    ).map(" ".join),
    st.none() | st.just("name"),
)
def test_whatever_is_written_is_read_or_refused_with_one_error(text: str, name: str | None) -> None:
    with suppress(InvalidValue):
        trigger = CronTrigger(text, name=name)
        if name is not None:
            trigger.next(datetime(2030, 1, 1, tzinfo=UTC))
            trigger.describe()


@settings(deadline=None, max_examples=100)
@given(
    st.none() | st.integers() | st.floats() | st.binary() | st.lists(st.integers()) | st.booleans(),
    st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text()),
)
def test_whatever_is_given_is_refused_with_one_error(value: Any, option: Any) -> None:
    for make in (
        lambda: CronTrigger(value),
        lambda: CronTrigger("* * * * *", timezone=option),
        lambda: CronTrigger("* * * * *", dst_gap=option),
        lambda: CronTrigger("* * * * *", dst_overlap=option),
        lambda: CronTrigger("* * * * *", name=option),
    ):
        with suppress(InvalidValue):
            make()
