"""The configuration: `settings` reads it, `accounts` and `posting` are sections of it, `values` kinds of values."""

from bot.config.settings import (
    App,
    Approval,
    Commune,
    ConfigMistake,
    DatabaseSection,
    Settings,
    Web,
    fault_words,
    load,
    locate,
)

__all__ = [
    "App", "Approval", "Commune", "ConfigMistake", "DatabaseSection", "Settings", "Web", "fault_words", "load",
    "locate",
]  # fmt: skip
