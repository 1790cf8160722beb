"""The command line for real: processes, config files, and a store on a disk."""

import json
import os
import signal
import subprocess

import pytest

from tests.scripts.process import DEMO, PSCHEDULER, PSERVE, Place, end, read_until

APPLICATION = """
    import threading
    from pyramid.config import Configurator
    from pyramid_scheduler import task

    @task(interval="1h")
    def tidy(): return "tidied"

    @task(interval="1h")
    def stay():
        print("staying", flush=True)
        threading.Event().wait()

    def main(global_config, **settings):
        with Configurator(settings=settings) as config:
            config.include("pyramid_scheduler")
            config.scan(__name__)
            return config.make_wsgi_app()

    def plain(global_config, **settings):
        return Configurator(settings=settings).make_wsgi_app()

    def sites(loader, global_config, **settings):
        apps = [loader.get_app(name) for name in settings["apps"].split()]
        return lambda environ, start_response: apps[0](environ, start_response)
"""
CONFIG = """
    [app:main]
    paste.app_factory = shop:main

    [app:stubborn]
    paste.app_factory = shop:main
    scheduler.shutdown_timeout = 60

    [app:plain]
    paste.app_factory = shop:plain

    [app:wrong]
    paste.app_factory = shop:main
    scheduler.thread = 4

    [app:wrongs]
    paste.app_factory = shop:main
    scheduler.thread = 4
    scheduler.lease = long
    scheduler.store = sqlite:///here

    [app:over]
    paste.app_factory = shop:main
    scheduler.schedule.shop.tidy.interval = abc
    scheduler.schedule.shop.stay.grace = x

    [app:percent]
    paste.app_factory = shop:main
    scheduler.store = mariadb://me:s3%cr3t@db/shop

    [app:missing]
    paste.app_factory = no_such_module:main

    [composite:one]
    paste.composite_factory = shop:sites
    apps = main plain

    [composite:two]
    paste.composite_factory = shop:sites
    apps = main stubborn
"""


@pytest.fixture
def shop(tmp_path):
    """An application of two tasks, in several sections of one file."""
    place = Place(tmp_path)
    place.write("shop.py", APPLICATION)
    place.write("shop.ini", CONFIG)
    return place


def test_looking_at_an_application_that_never_ran_makes_nothing(shop):
    for command in ("check", "list", "next", "runs"):
        answer = shop.ask(command, "shop.ini")
        assert (answer.returncode, answer.stderr) == (0, ""), command
    assert "nothing recorded yet" in answer.stdout
    assert shop.ask("pause", "shop.ini", "shop.tidy").returncode == 2
    assert not shop.state.exists()


def test_the_store_is_the_same_from_every_folder(shop, tmp_path_factory):
    here = shop.ask("check", "shop.ini")
    elsewhere = shop.ask("check", shop.folder / "shop.ini", cwd=tmp_path_factory.mktemp("else"))
    assert f"sqlite:///{shop.state}/pyramid_scheduler/shop-" in here.stdout
    assert elsewhere.stdout == here.stdout


def test_start_runs_the_engine_until_sigterm_and_exits_in_order(shop):
    with shop.running(*PSCHEDULER, "start", "shop.ini") as engine:
        read_until(engine, "the engine runs in process")

        asked = shop.ask("run", "shop.ini", "shop.tidy", "--wait", "30")
        runs = shop.ask("runs", "shop.ini", "--json").stdout.splitlines()
        paused = shop.ask("pause", "shop.ini", "shop.tidy")
        schedules = shop.ask("list", "shop.ini", "--json").stdout.splitlines()
        coming = shop.ask("next", "shop.ini", "--json", "-n", "1").stdout
        code, output = end(engine)

    assert (asked.returncode, asked.stderr) == (0, "")
    assert '"tidied"' in asked.stdout
    assert [json.loads(line)["state"] for line in runs] == ["succeeded"]
    assert paused.stdout == "shop.tidy: paused\n"
    states = {json.loads(line)["name"]: json.loads(line)["state"] for line in schedules}
    assert states == {"shop.tidy": "paused", "shop.stay": "active"}
    assert json.loads(coming)["schedule"] == "shop.stay"
    assert code == 0
    assert "SIGTERM: stopping" in output
    assert "Traceback" not in output


def test_a_second_signal_ends_the_engine_at_once(shop):
    with shop.running(*PSCHEDULER, "start", "shop.ini#stubborn") as engine:
        read_until(engine, "the engine runs in process")
        shop.ask("run", "shop.ini#stubborn", "shop.stay")
        read_until(engine, "staying")
        engine.send_signal(signal.SIGINT)
        read_until(engine, "SIGINT: stopping")
        code, output = end(engine)

    assert code == -signal.SIGTERM
    assert "Traceback" not in output


def test_a_run_without_an_engine_waits_for_one(shop):
    asked = shop.ask("run", "shop.ini", "shop.tidy")
    (run,) = shop.ask("runs", "shop.ini", "--json").stdout.splitlines()

    assert asked.returncode == 0
    assert "no engine of this application is known to run" in asked.stderr
    assert json.loads(run)["id"] == asked.stdout.strip()
    assert json.loads(run)["state"] == "pending"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["list", "none.ini"], "none.ini"),
        (["list", "shop.ini#none"], "none"),
        (["list", "shop.ini#missing"], "no_such_module"),
        (["list", "shop.ini#plain"], "config.include('pyramid_scheduler')"),
        (["list", "shop.ini#wrong"], "did you mean 'scheduler.threads'?"),
        (["list", "shop.ini#two"], "several applications here have a scheduler"),
        (["list", "gopher://shop"], "gopher"),
        (["list", "shop.ini", "variable"], "Variable assignment 'variable' invalid"),
        (["run", "shop.ini", "shop.tydi"], "did you mean 'shop.tidy'?"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(shop, argv, said):
    answer = shop.ask(*argv)

    assert answer.returncode == 2
    assert answer.stdout == ""
    assert said in answer.stderr
    assert answer.stderr.startswith("pscheduler: error: ")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "doctor", "migrate"])
def test_a_percent_sign_that_is_not_doubled_repeats_no_password(shop, command):
    answer = shop.ask(command, "shop.ini#percent")

    said = answer.stdout + answer.stderr
    assert answer.returncode == 2
    assert "[app:percent] scheduler.store: in an ini file, each '%' is doubled: write '%%'" in said
    assert "cr3t" not in said


def test_the_only_scheduler_behind_several_applications_is_found(shop):
    assert "shop.tidy" in shop.ask("check", "shop.ini#one").stdout


def test_check_of_a_wrong_application_is_exit_code_2(shop):
    answer = shop.ask("check", "shop.ini#wrong")
    assert answer.returncode == 2
    assert answer.stdout.startswith("problem: ")
    assert "did you mean 'scheduler.threads'?" in answer.stdout


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("wrongs", ["'scheduler.thread'", "scheduler.store: ", "scheduler.lease: 'long'"]),
        (
            "over",
            [
                "scheduler.schedule.shop.tidy.interval: 'abc'",
                "scheduler.schedule.shop.stay.grace: 'x'",
            ],
        ),
    ],
)
def test_check_names_every_wrong_setting_by_its_key(shop, section, said):
    answer = shop.ask("check", f"shop.ini#{section}")
    *problems, count = answer.stdout.splitlines()
    assert count == f"{len(said)} problems"
    assert all(key in problem for key, problem in zip(said, problems, strict=True))
    assert "shop.py" not in answer.stdout


def test_a_reader_that_leaves_is_no_trouble(shop):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        answer = subprocess.run(
            [*PSCHEDULER, "check", "shop.ini"],
            env=shop.environ,
            cwd=shop.folder,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_example_application_runs_its_tasks_when_it_is_served(tmp_path):
    place = Place(tmp_path)
    place.write(
        "demo.ini",
        f"""
        [app:main]
        use = config:{DEMO}
        scheduler.schedule.demo.job.interval = 1s

        [server:main]
        use = egg:waitress#main
        listen = localhost:0
        """,
    )
    with place.running(*PSERVE, "demo.ini") as server:
        read_until(server, "The scheduler runs as node")
        greeted = read_until(server, "Running scheduled task")
        asked = place.ask("run", "demo.ini", "demo.tasks.charge", "--args", "[7]", "--wait", "30")
        runs = place.ask("runs", "demo.ini", "--task", "demo.job", "--json").stdout.splitlines()

    assert asked.returncode == 0
    assert "demo.job" in greeted
    assert "raised" not in greeted
    assert {json.loads(line)["state"] for line in runs} <= {"succeeded", "running"}
    assert runs
