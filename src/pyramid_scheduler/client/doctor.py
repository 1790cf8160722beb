"""A store looked at by the contract: what is wrong with it, and what to do."""

from collections.abc import Collection

from pyramid_scheduler.errors import SchemaMismatch, StoreUnavailable
from pyramid_scheduler.interfaces import Store
from pyramid_scheduler.model import Finding
from pyramid_scheduler.rules.diagnosing import diagnose


def examine(store: Store, tasks: Collection[str], lease: int) -> list[Finding]:
    """Return what is found; a store that does not answer is a finding, too. Nothing is changed."""
    try:
        if not store.open(create=False):
            what = f"nothing is recorded yet at {store.address}"
            return [Finding(False, what, "start the application, or 'pscheduler start'")]
        return diagnose(store.checkup(), tasks, lease)
    except SchemaMismatch as error:
        return [Finding(True, str(error), "until then no engine of this version runs on it")]
    except StoreUnavailable as error:
        return [
            Finding(True, f"the store does not answer: {error}",
                    "engines try again by themselves, and make up what was missed by its policy")
        ]  # fmt: skip
