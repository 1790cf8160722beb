"""Any value and any text as a message can show it: never long, and never another error."""

LONGEST_VALUE = 300


def shortened(text: str, most: int) -> str:
    """Return ``text``; of a longer one than ``most`` its beginning and its end, ``...`` between."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end - 3]}...{text[-end:]}"


def shown(value: object) -> str:
    """Return ``repr(value)`` for a message: never long, and for any value whatever."""
    try:
        return shortened(repr(value), LONGEST_VALUE)
    except Exception:  # noqa: BLE001 - anybody's __repr__, or an int of too many digits
        return f"<{type(value).__name__} that cannot be shown>"
