"""What is printed cannot drive a terminal, tell a password, or break a line."""

import io

import pytest

from pyramid_scheduler.scripts.printing import Screen, one_line, plain, without_passwords


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("수 tasks.ok", "수 tasks.ok"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\u202ereversed", r"\u202ereversed"),
        ("\x9b2J", r"\x9b2J"),
        ("lone \udc80", r"lone \udc80"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_does_not_print_is_escaped(text, printed):
    assert plain(text) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("postgresql://me:secret@db/app", "postgresql://me:***@db/app"),
        ("mysql+pymysql://me:se:cr@et@db/app", "mysql+pymysql://me:***@db/app"),
        ("redis://:secret@host", "redis://:***@host"),
        ("sqlite:////var/lib/a.sqlite", "sqlite:////var/lib/a.sqlite"),
        ("db?user=me&password=secret&x=1", "db?user=me&password=***&x=1"),
        ("'passwd': secret,", "'passwd': ***,"),
        ("host=db password = secret", "host=db password = ***"),
        ("http://localhost:6543/ is taken", "http://localhost:6543/ is taken"),
    ],
)
def test_what_looks_like_a_password_is_hidden(text, printed):
    assert without_passwords(text) == printed


def test_a_message_of_many_lines_is_one_line():
    assert one_line("a\n  b\tc\n") == "a b c"


def test_a_cell_is_never_read_as_markup():
    stdout = io.StringIO()
    Screen(stdout, io.StringIO()).table(("a",), [("[bold]x[/bold] :smile: 7",)])
    assert "[bold]x[/bold] :smile: 7" in stdout.getvalue()


def test_a_row_stays_on_one_line_where_there_is_no_terminal():
    stdout = io.StringIO()
    Screen(stdout, io.StringIO()).table(("a", "b"), [("x" * 500, "y" * 500)])
    assert len(stdout.getvalue().splitlines()) == 3
    assert "\x1b" not in stdout.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_has_colours_unless_it_is_told_otherwise(monkeypatch):
    def printed():
        stdout = Terminal()
        Screen(stdout, io.StringIO()).table(("state",), [("failed",)])
        return stdout.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[1;31mfailed" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in printed()


def test_a_long_message_is_cut_and_what_was_a_password_stays_hidden():
    said = one_line("x" * 700 + " postgresql://me:" + "s3cret" * 100 + "@db/app " + "y" * 5_000_000)
    assert len(said) == 1_000
    assert "..." in said
    assert "s3cret" not in said
