"""Which web addresses can be opened from elsewhere. Asked of the settings, and before a platform is told to fetch."""

from ipaddress import ip_address
from urllib.parse import urlsplit

AT_HOME = (".localhost", ".local", ".internal", ".lan", ".home")


def leads_outside(url: str) -> bool:
    """Can a machine elsewhere on the internet open `url`? By its looks: not this machine, not a network at home."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(AT_HOME)
