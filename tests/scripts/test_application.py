"""Which application is meant when there are several, or middleware is around it."""

import pytest
from pyramid.config import Configurator

from pyramid_scheduler.scripts.application import NOT_INCLUDED, CommandError, find_scheduler
from tests.scripts.scene import App, Outside


@pytest.fixture
def registries(monkeypatch):
    """The applications made in this process, as Pyramid remembers them."""
    known = []
    monkeypatch.setattr("pyramid_scheduler.scripts.application.global_registries", known)
    return known


def made(registries, name, scheduler=None):
    registry = Configurator(package=__name__).registry
    registry.__name__ = name
    if scheduler is not None:
        registry.scheduler = scheduler
    registries.append(registry)
    return scheduler


def test_the_application_that_was_named_is_asked_first(registries):
    made(registries, "other", Outside().scheduler)
    own = Outside().scheduler
    assert find_scheduler({"app": App(own)}) is own


def test_behind_middleware_the_only_scheduler_is_found(registries):
    made(registries, "plain")
    own = made(registries, "scheduling", Outside().scheduler)
    made(registries, "last")
    assert find_scheduler({"app": object()}) is own


def test_several_schedulers_behind_one_file_have_to_be_told_apart(registries):
    for name in ("shop", "blog", "shop"):
        made(registries, name, Outside().scheduler)
    with pytest.raises(CommandError, match=r"\(blog, shop, shop\): say which.*#name"):
        find_scheduler({"app": object()})


def test_a_scheduler_of_another_kind_is_none_of_ours(registries):
    with pytest.raises(CommandError) as refused:
        find_scheduler({"app": App("the application's own")})
    assert str(refused.value) == NOT_INCLUDED
