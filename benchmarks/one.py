"""One measurement, in a process: ``python -m benchmarks.one MEASURE CONTENDER SIZE [BESIDE]``.

SIZE and BESIDE, what is in the store before (``laden``), are JSON. Its last line is JSON too: what
was measured, and what the contender says about itself.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import contenders, measures


def main(measure: str, contender: str, size: str, beside: str = "{}") -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as folder:
        make = contenders.find(contender)
        if before := json.loads(beside):
            from benchmarks.laden import laden  # noqa: PLC0415 - of what only ours has

            make = laden(make, **before)
        measured, figures = measures.find(measure)(make, Path(folder), json.loads(size))
        answer = {"figures": figures, **measured.about()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    os._exit(0)  # a scheduler that ends in order would only take time: all is said


if __name__ == "__main__":
    main(*sys.argv[1:])
