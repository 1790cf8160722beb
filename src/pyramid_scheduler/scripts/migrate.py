"""``pscheduler migrate``: bring the store of an application up to date."""

from pyramid_scheduler.scripts.command import FINE, Command


class MigrateCommand(Command):
    """Bring the tables up to date."""

    name = "migrate"
    description = """\
    Bring the tables of the store up to this version of the package, or make
    them. On SQLite that happens by itself; on a server it is done once, before
    the processes of the new version start.
    """

    def run(self) -> int:
        """Migrate, and say what was found."""
        with self.shared_scheduler() as scheduler:
            store = scheduler.store
            found = store.migrate()
        if self.screen.json:
            self.screen.record({"store": store.address, "found": found})
        elif found is None:
            self.screen.out(f"the store {store.address} was made")
        else:
            self.screen.out(f"the store {store.address} is up to date; it had version {found}")
        return FINE
