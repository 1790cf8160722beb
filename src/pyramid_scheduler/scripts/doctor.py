"""``pscheduler doctor``: what is wrong with a live store, and what to do about it."""

from pyramid_scheduler.model import Finding
from pyramid_scheduler.scripts.command import Command
from pyramid_scheduler.scripts.printing import plain


class DoctorCommand(Command):
    """Look at the store by the contract."""

    name = "doctor"
    description = """\
    Look at the store and say what is wrong and what to do: runs without an
    owner, nodes that are silent, fire times that nobody deals with, clocks that
    differ, tasks that nobody declares, tables that lack something. Nothing is
    changed. The exit code is 2 if anything is wrong; a warning may be well so.
    """

    def run(self) -> int:
        """Say what is found."""
        with self.shared_scheduler() as scheduler:
            found = scheduler.doctor()
        wrong = [_said(one) for one in found if one.wrong]
        return self.judge(wrong, [_said(one) for one in found if not one.wrong])


def _said(finding: Finding) -> str:
    return plain(f"{finding.what}: {finding.advice}")
