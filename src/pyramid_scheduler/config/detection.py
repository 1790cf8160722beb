"""Which process this is: one that serves, a master that forks, a tool, a test runner.

:func:`snapshot` collects facts, :func:`decide` judges them. Nothing else in the package asks.

Who called is read from the call stack rather than from ``sys.argv``: a console script may be
renamed, wrapped or run with ``-m``, but the frames of what makes the application are there.
"""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Literal

# By module, so that `python -m` and every wrapper around a console script is recognised.
_TOOLS = {
    "pyramid.scripts.pshell": "pshell",
    "pyramid.scripts.proutes": "proutes",
    "pyramid.scripts.pviews": "pviews",
    "pyramid.scripts.ptweens": "ptweens",
    "pyramid.scripts.prequest": "prequest",
    "pyramid.scripts.pdistreport": "pdistreport",
    "pyramid_scheduler.scripts": "pscheduler",
    "alembic": "alembic",
    "celery.bin": "celery",
    "sphinx.cmd": "sphinx-build",
}
_SERVERS = {"pyramid.scripts.pserve": "pserve", "waitress.runner": "waitress-serve"}
# Frames, not sys.modules: a scan of a package with tests in it imports pytest where it serves.
_TEST_RUNNERS = {
    "_pytest": "pytest",
    "unittest.main": "unittest",
    "unittest.runner": "unittest",
    "unittest.suite": "unittest",
    "unittest.case": "unittest",
    "unittest.loader": "unittest",
    "twisted.trial": "trial",
    "zope.testrunner": "zope.testrunner",
    "nose2": "nose2",
    # Narrow, for applications may bear these names themselves.
    "behave.runner": "behave",
    "robot.running": "robot",
}
_BOOTSTRAP = "pyramid.paster:bootstrap"
_GUNICORN_CHILD = "gunicorn.arbiter:spawn_worker"
OWN_COMMAND = "pscheduler"


class Action(Enum):
    """What the engine of an application does in a process."""

    START = "start"
    NEVER = "never"
    AFTER_FORK = "after a fork"
    FIRST_REQUEST = "at the first request"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why: ``why`` completes "because ...". ``known`` is False for a guess.

    ``who`` is the program, server or setting that decided.
    """

    action: Action
    who: str
    why: str
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What can be seen of a process.

    ``program`` is the name of the script, ``main`` the module run with ``-m``; ``stack`` has
    ``module:function`` of every frame of the thread that looks, ``elsewhere`` of all others.
    ``reloaded`` says that hupper watches this process, ``green`` who replaced its threads.
    """

    program: str = ""
    main: str = ""
    stack: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    uwsgi: Literal["", "master", "worker", "helper"] = ""
    mod_wsgi: bool = False
    gunicorn: Literal["", "loaded", "worker"] = ""
    green: Literal["", "gevent", "eventlet"] = ""
    reloaded: bool = False


def decide(facts: Facts, autostart: str = "auto") -> Verdict:
    """Return what the engine does in the process that ``facts`` tell of.

    ``autostart`` is the setting's value: ``auto``, ``true``, ``false`` or ``first-request``.
    """
    if autostart == "false":
        return Verdict(Action.NEVER, "scheduler.autostart", "scheduler.autostart = false")
    seen = _observe(facts)
    if autostart == "true" and seen.action is Action.NEVER and seen.who != OWN_COMMAND:
        return Verdict(Action.START, "scheduler.autostart", "scheduler.autostart = true")
    if autostart == "first-request" and seen.action is Action.START:
        return Verdict(Action.FIRST_REQUEST, seen.who, "its first request has come", seen.known)
    return seen


def _observe(facts: Facts) -> Verdict:
    return _bystander(facts) or _master(facts) or _green(facts) or _server(facts)


def _bystander(facts: Facts) -> Verdict | None:
    """Return the verdict on a process that makes the application but does not serve it."""
    if facts.uwsgi == "helper":
        return Verdict(Action.NEVER, "uWSGI", "this is a mule or the spooler of uWSGI")
    tool = _named(facts, _TOOLS)
    if tool:
        return Verdict(Action.NEVER, tool, f"{tool} does not serve")
    if _BOOTSTRAP in facts.stack:
        return Verdict(Action.NEVER, "bootstrap", "bootstrap() makes the application for a script")
    everywhere = _modules({*facts.stack, *facts.elsewhere})
    runner = next(_matching(_TEST_RUNNERS, everywhere), None)
    if runner:
        return Verdict(Action.NEVER, runner, f"{runner} runs tests here")
    if "hupper.reloader" in everywhere:
        return Verdict(Action.NEVER, "hupper", "this is the reloader; its child serves")
    return None


def _master(facts: Facts) -> Verdict | None:
    """Return the verdict on a process whose children are going to serve."""
    if facts.uwsgi == "master":
        return Verdict(Action.AFTER_FORK, "uWSGI", "uWSGI forks its workers")
    if facts.gunicorn == "loaded":
        return Verdict(Action.AFTER_FORK, "gunicorn", "gunicorn forks its workers")
    return None


def _green(facts: Facts) -> Verdict | None:
    if not facts.green:
        return None
    why = f"{facts.green} has replaced this process's threads, with which it has not been tried"
    return Verdict(Action.REFUSE, facts.green, why)


def _server(facts: Facts) -> Verdict:
    embedded = {"uWSGI": facts.uwsgi, "mod_wsgi": facts.mod_wsgi, "gunicorn": facts.gunicorn}
    found = [server for server, is_it in embedded.items() if is_it]
    server = found[0] if found else _named(facts, _SERVERS)
    if server:
        return Verdict(Action.START, server, f"{server} serves the application here")
    return Verdict(
        Action.START, "", "it is no tool, test runner or master that is known", known=False
    )


def _named(facts: Facts, names: dict[str, str]) -> str | None:
    """Return which of ``names`` (by module) the process was called as, or called from."""
    if facts.program in names.values():
        return facts.program
    return next(_matching(names, [facts.main, *_modules(facts.stack)]), None)


def _matching(names: dict[str, str], modules: Iterable[str]) -> Iterator[str]:
    for module in modules:
        for prefix, name in names.items():
            if module == prefix or module.startswith(prefix + "."):
                yield name


def _modules(frames: Iterable[str]) -> list[str]:
    return [frame.partition(":")[0] for frame in frames]


def shutdown_timeout(facts: Facts) -> float:
    """Return how many seconds a stop may take in such a process before it is killed.

    hupper kills one second after SIGTERM, Apache after three. What remains of that is for the
    store: to be killed while giving back is to be waited for, for a lease.
    """
    if facts.reloaded:
        return 0.6
    return 2.5 if facts.mod_wsgi else 5.0


def is_real(environ: dict[str, Any]) -> bool:
    """Return whether a request came over a network: not from WebTest, not from prequest."""
    marks = ("paste.testing", "paste.command_request", "wsgi.run_once")
    return not any(environ.get(mark) for mark in marks)


def in_container(environ: Mapping[str, str] = os.environ, root: Path = Path("/")) -> bool:
    """Return whether this machine is a container: what it writes it may lose, and writes alone."""
    if "KUBERNETES_SERVICE_HOST" in environ or environ.get("container"):
        return True
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return True
    try:
        groups = (root / "proc/1/cgroup").read_text()
    except OSError:
        return False
    return any(engine in groups for engine in ("docker", "kubepods", "containerd", "lxc"))


def snapshot() -> Facts:
    """Return what is to be seen of this process now, from the thread that calls."""
    stack = tuple(_frames(sys._getframe(1)))
    elsewhere = frozenset(_other_frames())
    return Facts(
        program=_program(),
        main=_main_module(),
        stack=stack,
        elsewhere=elsewhere,
        uwsgi=_uwsgi_role(),
        mod_wsgi=hasattr(sys.modules.get("mod_wsgi"), "process_group"),
        gunicorn=_gunicorn_role({*stack, *elsewhere}),
        green=_green_threads(),
        reloaded=_under_hupper(),
    )


def _frames(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"
        frame = frame.f_back


def _other_frames() -> Iterator[str]:
    own = threading.get_ident()
    for thread, frame in sys._current_frames().items():
        if thread != own:
            yield from _frames(frame)


def _program() -> str:
    argv = getattr(sys, "argv", None)  # an embedding server may have set none
    return Path(argv[0]).stem.removesuffix("-script") if argv else ""


def _main_module() -> str:
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "")


def uwsgi_module() -> ModuleType | None:
    """Return the module that uWSGI puts into the processes it runs, None elsewhere."""
    try:
        return importlib.import_module("uwsgi")
    except ImportError:
        return None


def _uwsgi_role() -> Literal["", "master", "worker", "helper"]:
    uwsgi: Any = uwsgi_module()
    if uwsgi is None:
        return ""
    if uwsgi.mule_id() or getattr(uwsgi, "i_am_the_spooler", bool)():
        return "helper"
    # Without a master the first worker is 0 as well until it has been made one.
    return "worker" if uwsgi.worker_id() else "master"


def gunicorn_worker() -> Any:
    """Return the gunicorn worker that this process is, once it handles signals; else None."""
    base = sys.modules.get("gunicorn.workers.base")
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return owner if base is not None and isinstance(owner, base.Worker) else None


def _gunicorn_role(frames: set[str]) -> Literal["", "loaded", "worker"]:
    if _GUNICORN_CHILD in frames or gunicorn_worker() is not None:
        return "worker"
    loaded = "gunicorn.app.base" in sys.modules or "gunicorn.arbiter" in sys.modules
    return "loaded" if loaded else ""


def _green_threads() -> Literal["", "gevent", "eventlet"]:
    gevent = sys.modules.get("gevent.monkey")
    # gunicorn loads the module of its kind of worker before it forks, which patches after that.
    if "gunicorn.workers.ggevent" in sys.modules or (
        gevent is not None and gevent.is_module_patched("threading")
    ):
        return "gevent"
    eventlet = sys.modules.get("eventlet.patcher")
    if "gunicorn.workers.geventlet" in sys.modules or (
        eventlet is not None and eventlet.is_monkey_patched("thread")
    ):
        return "eventlet"
    return ""


def _under_hupper() -> bool:
    hupper = sys.modules.get("hupper")
    return hupper is not None and bool(hupper.is_active())
