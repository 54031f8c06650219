"""Telegram: one bot token as a `Channel`, its updates, and the conversations held through it.

`sender` posts, `receiver` polls, `updates` decodes; `errors` turns every failure into what to do next.
"""

import os

# The library's own opt-in to durations in `RetryAfter`: without it every 429 raises a deprecation warning as well.
os.environ.setdefault("PTB_TIMEDELTA", "true")
