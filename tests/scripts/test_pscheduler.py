"""The border: arguments come in, an exit code goes out, and errors become one line."""

import io

import pytest

from pyramid_scheduler.scripts import application
from pyramid_scheduler.scripts.application import NOT_INCLUDED
from pyramid_scheduler.scripts.command import Command
from pyramid_scheduler.scripts.pscheduler import COMMANDS, PSchedulerCommand, main


def test_the_config_file_and_its_variables_reach_the_loader(outside):
    outside.ask("list", "app.ini#other", "http_port=80", "a=b=c")
    assert outside.loaded == [
        ("app.ini#other", {"http_port": "80", "a": "b=c", "__script__": "pscheduler"})
    ]


def test_variables_may_stand_behind_an_option(outside):
    outside.ask("runs", "app.ini", "--limit", "5", "a=b")
    assert outside.loaded[0][1]["a"] == "b"


def test_what_loading_began_is_ended(outside):
    outside.ask("list", "app.ini")
    assert outside.closed == 1


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["unheard-of"],
        ["list"],
        ["list", "app.ini", "--unheard-of"],
        ["list", "app.ini", "--json", "no-variable"],
        ["runs", "app.ini", "--state", "perhaps"],
        ["runs", "app.ini", "--limit", "0"],
        ["runs", "app.ini", "--limit", "1e9"],
        ["next", "app.ini", "-n", "-1"],
        ["run", "app.ini"],
        ["pause", "app.ini"],
    ],
)
def test_arguments_that_make_no_sense_are_exit_code_2(outside, argv, capsys):
    with pytest.raises(SystemExit) as refused:
        outside.ask(*argv)
    assert refused.value.code == 2
    assert outside.loaded == []
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["list"], "the following arguments are required: config_uri"),
        (["run", "app.ini"], "the following arguments are required: task"),
        (
            ["runs", "app.ini", "--limit", "0"],
            "argument --limit: 0 is not a whole number from 1 to 10,000",
        ),
        (["next", "app.ini", "-n", "x"], "argument -n: 'x' is not a whole number from 1 to 10,000"),
        (["run", "app.ini", "t", "--wait", "x"], "argument --wait: 'x' is not a duration: give"),
        (["list", "app.ini", "--unheard-of"], "unrecognized arguments: --unheard-of"),
        (["list", "app.ini", "--json", "c", "a=b"], "unrecognized arguments: c"),
    ],
)
def test_what_is_wrong_with_an_argument_is_said_by_its_command(outside, argv, said, capsys):
    with pytest.raises(SystemExit):
        outside.ask(*argv)
    told = capsys.readouterr().err
    assert told.startswith(f"usage: pscheduler {argv[0]} ")
    assert f"pscheduler {argv[0]}: error: {said}" in told


def test_a_variable_without_a_value_is_one_line(outside):
    answer = outside.ask("list", "app.ini", "port")
    assert answer.code == 2
    assert answer.err == "pscheduler: error: Variable assignment 'port' invalid (no \"=\")\n"


def break_with(outside, monkeypatch, error):
    def bootstrap(uri, options):
        raise error

    monkeypatch.setattr(Command, "bootstrap", staticmethod(bootstrap))


def test_an_error_is_one_line_without_traceback_and_without_password(outside, monkeypatch):
    error = RuntimeError("cannot connect to\npostgresql://me:s3cret@db/app\x1b[2J")
    break_with(outside, monkeypatch, error)

    answer = outside.ask("runs", "app.ini")

    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert answer.err.startswith(
        r"pscheduler: error: RuntimeError: cannot connect to postgresql://me:***@db/app\x1b[2J"
    )
    assert "test_pscheduler.py:" in answer.err


class Fatal(BaseException):
    pass


class Unsayable(Exception):
    def __str__(self):
        raise ValueError("no")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Fatal("no way on"), "Fatal: no way on ("),
        (Unsayable(), "Unsayable: its message cannot be shown (ValueError) ("),
        (SystemExit(3), "the application exits, with 3 ("),
        (SystemExit(), "the application exits, with None ("),
        (RuntimeError("x" * 5_000_000), "RuntimeError: xxx"),
    ],
    ids=["BaseException", "__str__ raises", "exit 3", "exit", "5 MB"],
)
def test_whatever_an_application_raises_is_one_short_line(outside, monkeypatch, error, said):
    break_with(outside, monkeypatch, error)

    answer = outside.ask("runs", "app.ini")

    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(f"pscheduler: error: {said}")
    assert "test_pscheduler.py:" in answer.err
    assert len(answer.err) < 1_100


def test_an_exit_of_the_application_is_told_with_traceback_too(outside, monkeypatch):
    break_with(outside, monkeypatch, SystemExit(0))
    answer = outside.ask("runs", "app.ini", "--traceback")
    assert answer.code == 2
    assert "the application exits, with 0" in answer.err


@pytest.mark.parametrize("command", ["runs", "list", "check"])
def test_closed_streams_are_written_by_nobody(outside, monkeypatch, command):
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    outside.schedule(outside.task(lambda: None, "tidy"), interval=10)
    assert main(["pscheduler", command, "app.ini"]) == 0


def test_traceback_shows_where_an_error_comes_from(outside, monkeypatch):
    break_with(outside, monkeypatch, RuntimeError("here"))
    with pytest.raises(RuntimeError, match="here"):
        outside.ask("runs", "app.ini", "--traceback")


def test_an_interrupt_ends_a_command_without_a_word(outside, monkeypatch):
    break_with(outside, monkeypatch, KeyboardInterrupt())
    assert outside.ask("runs", "app.ini") == (130, "", "")


def test_without_the_include_it_says_what_to_do(outside, monkeypatch):
    monkeypatch.setattr(application, "global_registries", [])
    outside.app = object()
    assert outside.ask("list", "app.ini") == (2, "", f"pscheduler: error: {NOT_INCLUDED}\n")


@pytest.mark.parametrize(
    "argv",
    [["list"], ["next"], ["runs"], ["run", "tidy"], ["pause", "tidy"], ["resume", "tidy"]],
)
def test_a_store_that_only_the_serving_process_sees_is_no_use_from_here(outside, argv):
    outside.store.shared, outside.store.address = False, "memory://"

    answer = outside.ask(argv[0], "app.ini", *argv[1:])

    assert answer.code == 2
    assert "the store is memory://, which is seen by nobody but the process" in answer.err


def test_a_pipe_that_nobody_reads_ends_a_command_quietly(outside, capsys):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

        def fileno(self):
            raise OSError

    command = PSchedulerCommand(["pscheduler", "check", "app.ini"])
    command.stdout = Closed()

    assert command.run() == 0
    assert capsys.readouterr().err == ""


def test_a_pipe_of_the_applications_own_that_broke_is_an_error(outside, monkeypatch):
    break_with(outside, monkeypatch, BrokenPipeError(32, "Broken pipe"))

    answer = outside.ask("runs", "app.ini")

    assert (answer.code, answer.out) == (2, "")
    assert "BrokenPipeError: [Errno 32] Broken pipe (" in answer.err


def test_an_error_that_nobody_reads_is_one_all_the_same(outside):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    command = PSchedulerCommand(["pscheduler", "run", "app.ini", "nobody"])
    command.stdout, command.stderr = io.StringIO(), Closed()

    assert command.run() == 2


def test_quiet_prints_nothing(outside):
    assert outside.ask("check", "app.ini", quiet=True).out == ""


def test_what_the_application_prints_while_it_is_made_stays_out_of_json(
    outside, monkeypatch, capsys
):
    def bootstrap(uri, options):
        print("Hello from main()")  # noqa: T201 - what the test is about
        return outside.bootstrap(uri, options)

    monkeypatch.setattr(Command, "bootstrap", staticmethod(bootstrap))
    assert main(["pscheduler", "list", "app.ini", "--json"]) == 0

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "Hello from main()\n"


@pytest.mark.parametrize("command", [None, *(command.name for command in COMMANDS)])
def test_help_is_there_for_each_command(command, capsys):
    with pytest.raises(SystemExit) as helped:
        main(["pscheduler", *([command] if command else []), "--help"])
    assert helped.value.code == 0
    assert "usage: pscheduler" in capsys.readouterr().out
