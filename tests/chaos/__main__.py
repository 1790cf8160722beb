"""Faults against real processes: ``python -m tests.chaos --store sqlite --seed 3``.

Exit code 1 if anything is wrong, 2 if a store that was asked for is not there. The logs are kept
in the folder that is printed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.driver import Driver
from tests.chaos.mutants import MUTANTS
from tests.chaos.report import Report, report
from tests.chaos.stores import STORES, why_not


def play(
    store: str,
    folder: Path,
    seed: int,
    seconds: float,
    processes: int = 6,
    *,
    mutant: str = "",
    kinds: tuple[str, ...] = (),
) -> Report:
    """Play one seed in an empty ``folder``; return what is to be said of it."""
    under_test = STORES[store](folder)
    driver = Driver(under_test, folder, seed, processes, mutant=mutant, kinds=kinds)
    return report(driver.run(seconds), under_test)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--store", choices=STORES, action="append")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--mutant", choices=MUTANTS, default="")
    parser.add_argument("--kinds", default="", help="only these faults, with commas between")
    asked = parser.parse_args()
    table: list[tuple[str, int, Report]] = []
    for store in asked.store or STORES:
        if reason := why_not(store):
            say(f"{store} is left out: {reason}")
            if asked.store:
                return 2
            continue
        for seed in asked.seed or [1]:
            folder = Path(tempfile.mkdtemp(prefix=f"chaos-{store}-{seed}-"))
            say(f"{store}, seed {seed}, {asked.seconds:g} s of faults; logs in {folder}")
            kinds = tuple(filter(None, asked.kinds.split(",")))
            one = play(store, folder, seed, asked.seconds, asked.processes,
                       mutant=asked.mutant, kinds=kinds)  # fmt: skip
            for line in one.lines():
                say(line)
            table.append((store, seed, one))
    if len(table) > 1:
        for store, seed, one in table:
            found = sorted({broken.verdict for broken in one.broken})
            good = " ".join(found) or "good"
            say(f"{store:12} seed {seed:<4} {one.counts['runs']:6} runs  {good}")
    return int(any(one.broken for _, _, one in table))


if __name__ == "__main__":
    sys.exit(main())
