"""Views for who watches the process: ``config.include('pyramid_scheduler.observe.health')``.

With ``route_prefix="/scheduler"`` they are ``/scheduler/live``, ``/scheduler/ready`` and
``/scheduler/doctor``, each 200 when all is well and 503 when it is not.
"""

from typing import Any

from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import ISecurityPolicy
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from pyramid_scheduler.client import Scheduler

WELL, UNWELL = 200, 503
VIEW = "scheduler:view"


def includeme(config: Any) -> None:
    """Add the routes ``scheduler.live``, ``scheduler.ready`` and ``scheduler.doctor``.

    The first two are for machines, ask for no permission, and tell nothing of what the application
    does. The third says what ``pscheduler doctor`` says to who has the permission
    ``scheduler:view``; to nobody where the application has no security policy.
    """
    config.include("pyramid_scheduler")
    for name, view, permission in (
        ("live", live, NO_PERMISSION_REQUIRED),
        ("ready", ready, NO_PERMISSION_REQUIRED),
        ("doctor", doctor, VIEW),
    ):
        route = f"scheduler.{name}"
        config.add_route(route, name, request_method=("GET", "HEAD"))
        config.add_view(view, route_name=route, permission=permission)


def live(request: Any) -> Response:
    """Answer whether the engine's loop turns; one that stands still is mended by a restart only.

    A process in which the engine was never started has none that could stand still.
    """
    health = _scheduler(request).health()
    return _answer(health.alive, {"live": health.alive, "seconds since it turned": health.since})


def ready(request: Any) -> Response:
    """Answer whether anything keeps the engine from running what is due.

    That mends itself, or needs a person: a restart would not help.
    """
    health = _scheduler(request).health()
    return _answer(health.ready, {"ready": health.ready, "troubles": health.troubles})


def doctor(request: Any) -> Response:
    """Answer what is wrong with the store, and what to do. Raises HTTPForbidden."""
    if request.registry.queryUtility(ISecurityPolicy) is None:
        raise HTTPForbidden("there is no security policy that could permit it")
    findings = _scheduler(request).doctor()
    well = not any(finding.wrong for finding in findings)
    return _answer(well, {"findings": [finding._asdict() for finding in findings]})


def _scheduler(request: Any) -> Scheduler:
    scheduler: Scheduler = request.registry.scheduler
    return scheduler


def _answer(well: bool, said: dict[str, Any]) -> Response:
    return Response(json_body=said, status=WELL if well else UNWELL, cache_control="no-store")
