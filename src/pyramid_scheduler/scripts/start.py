"""``pscheduler start``: the engine alone, in a process of its own."""

import os
import signal
from queue import SimpleQueue

from pyramid_scheduler.client import Scheduler
from pyramid_scheduler.config.location import left_behind
from pyramid_scheduler.errors import StoreUnavailable
from pyramid_scheduler.scripts.command import FINE, Command


class Signals:
    """SIGTERM and SIGINT, one at a time; the second ends the process at once."""

    def __init__(self) -> None:
        """Catch both from now on."""
        # Its put() is reentrant, which Event.set() is not: a handler may interrupt anything.
        self._caught: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._catch)

    def _catch(self, number: int, frame: object) -> None:
        del frame
        for either in (signal.SIGTERM, signal.SIGINT):
            signal.signal(either, signal.SIG_DFL)
        self._caught.put(number)

    def wait(self) -> str:
        """Wait for one of them and return its name."""
        return signal.Signals(self._caught.get()).name


class StartCommand(Command):
    """Run the engine, and nothing that serves."""

    name = "start"
    description = """\
    Run the engine alone, in this process: for an application whose web processes
    have 'scheduler.autostart = false', or as one more node beside them. SIGTERM
    or SIGINT stop it: what runs is awaited for 'scheduler.shutdown_timeout'; a
    second one ends it at once.
    """
    answers_json = False

    signals = Signals  # testing

    def run(self) -> int:
        """Start it, wait for a signal, stop it."""
        with self.scheduler() as scheduler:
            pass  # what the application's code sees from here on is a task's request, not ours
        signals = self.signals()
        self._open(scheduler)
        scheduler.start()
        self.screen.note(f"the engine runs in process {os.getpid()}; Ctrl-C or SIGTERM stops it")
        self.screen.note(f"{signals.wait()}: stopping; once more ends it at once")
        scheduler.engine.stop(exiting=True)
        return FINE

    def _open(self, scheduler: Scheduler) -> None:
        """Make the store. What a person has to correct ends the command; an outage does not."""
        if left := left_behind(scheduler.store.address):
            self.screen.note(f"warning: {left}")
        try:
            scheduler.store.open()
        except StoreUnavailable as error:
            self.screen.note(f"{error}: the engine goes on trying")
