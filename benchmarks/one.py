"""One measurement, in a process of its own: ``python -m benchmarks.one MEASURE CONTENDER SIZE``.

Its last line is JSON: what was measured, and what the contender says about itself.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import contenders, measures


def main(measure: str, contender: str, size: str) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as folder:
        make = contenders.find(contender)
        measured, figures = measures.find(measure)(make, Path(folder), json.loads(size))
        answer = {"figures": figures, **measured.about()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    os._exit(0)  # a scheduler that ends in order would only take time: all is said


if __name__ == "__main__":
    main(*sys.argv[1:])
