"""What the server tests serve: tasks that say what they do in a log outside of the store.

Each line is written by one ``write`` to a file opened with O_APPEND, so that many processes can
share it and a kill leaves no half of one.
"""

import json
import os
import threading
import time
from pathlib import Path

from pyramid.config import Configurator
from pyramid.response import Response

from pyramid_scheduler import current_run, task

SETTINGS_VARIABLE = "SERVED_SETTINGS"
_LOG = ""
_TICKED = threading.Event()


def say(**what):
    """Add a line to the log."""
    line = {"pid": os.getpid(), "monotonic": time.monotonic(), "wall": time.time(), **what}
    file = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.write(file, (json.dumps(line) + "\n").encode())
    os.close(file)


def say_run(phase):
    """Add a line about the run that calls."""
    run = current_run()
    say(
        phase=phase,
        task=run.task.rpartition(".")[2],
        run=run.id,
        fire_time=run.fire_time.timestamp(),
        attempt=run.attempt,
        token=run.token,
    )


@task(interval=0.5)
def tick():
    say_run("begin")
    _TICKED.set()


def short():
    """Is over before any server's patience is."""
    say_run("begin")
    time.sleep(0.4)
    say_run("end")


def stubborn():
    """Lives as long as its process, unless it was tried before; hears the stop event in vain."""
    say_run("begin")
    if current_run().token == 1:
        current_run().stop.wait()
        say_run("asked to stop")
        threading.Event().wait()
    say_run("end")


def patient():
    """Ends once the file ``go`` is beside the log; returns its token."""
    say_run("begin")
    while not Path(_LOG).with_name("go").exists():
        time.sleep(0.02)
    say_run("end")
    return current_run().token


def ask(request):
    """Ask for a run of the tasks named in the query; answer only after ``hang`` seconds."""
    ids = {name: request.scheduler.run_now(f"served.{name}") for name in request.GET.getall("task")}
    if "hang" in request.GET:
        say(phase="request")
        time.sleep(float(request.GET["hang"]))
    return Response(json_body=ids)


def configure(config, settings):
    """Add everything that the server tests need to an application."""
    global _LOG  # noqa: PLW0603 - a task has no other way to a setting of its application
    _LOG = settings["served.log"]
    config.include("pyramid_scheduler")
    config.add_task(short, "served.short")
    config.add_task(patient, "served.patient")
    config.add_task(stubborn, "served.stubborn_retry", on_crash="retry")
    config.add_task(stubborn, "served.stubborn_fail", on_crash="fail")
    config.add_route("ask", "/ask")
    config.add_view(ask, route_name="ask")


def main(global_config, **settings):
    with Configurator(settings=settings) as config:
        configure(config, settings)
        config.scan("served")
        application = config.make_wsgi_app()
    say(phase="made")
    if "served.linger" in settings:
        # What only passes by, a command for one, stays long enough to be seen doing nothing.
        threading.Thread(target=_TICKED.wait, args=[float(settings["served.linger"])]).start()
    return application


def from_environment():
    """Make the application of a server that knows no ini file."""
    return main({}, **json.loads(os.environ[SETTINGS_VARIABLE]))
