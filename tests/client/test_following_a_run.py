"""A run in the hands of who asked for it."""

from tests.config.scene import configurator


def job() -> None:
    """A task."""


def test_it_shows_which_run_it_is_and_where_it_stood() -> None:
    config = configurator()
    config.add_task(job, "t")
    config.make_wsgi_app()
    known = config.registry.scheduler
    handle = known.run(known.run_now("t"))

    assert repr(handle) == f"<RunHandle {handle.id}: t pending>"

    known.cancel(handle.id)
    assert repr(handle) == f"<RunHandle {handle.id}: t pending>", "the store is not asked for it"
    assert handle.state == "cancelled"
    assert repr(handle) == f"<RunHandle {handle.id}: t cancelled>"
