"""How long to wait before the next attempt: a literal list is easier to reason about than a formula."""

DELAYS = (10.0, 30.0, 60.0, 300.0, 900.0)  # seconds after the first, second, … attempt
MOST_ATTEMPTS = len(DELAYS) + 1
ACCOUNT_REST = 60.0  # seconds an account that was refused as a whole is left alone before the next try


def delay_after(attempts: int) -> float | None:
    """Seconds to wait after `attempts` tries, or None when they are used up."""
    if attempts < 1:
        return 0.0
    return DELAYS[attempts - 1] if attempts <= len(DELAYS) else None
