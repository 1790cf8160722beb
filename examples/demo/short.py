"""An error as the terminal of the example shows it: its message, without the traceback."""

import logging


class ShortFormatter(logging.Formatter):
    """Says of an exception what it says of itself, on the line of its record."""

    def formatMessage(self, record):  # noqa: N802 - logging names it
        line = super().formatMessage(record)
        return f"{line}: {record.exc_info[1]!r}" if record.exc_info else line

    def formatException(self, exc_info):  # noqa: N802 - logging names it
        return ""
