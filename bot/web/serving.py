"""Running the pages inside our own event loop, on a port bound before anything else starts."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from announcements.mistakes import Mistake, reason
from announcements.phrases import phrase


class Server(uvicorn.Server):
    """Leaves signals alone: the command decides what they mean."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """The listening socket; port 0 takes any free one. Raises `Mistake` when it can't be had."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        raise Mistake(phrase("mistake.port_taken", port=port, host=host, reason=reason(error))) from error


def server(app: FastAPI, trusted_proxies: Sequence[str] = ()) -> Server:
    """A server for `app`; give it the socket with `serve(sockets=[…])` and end it by `should_exit`.

    Whom a request came from is believed of `trusted_proxies` (addresses, networks) and of nobody else.
    """
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5, lifespan="off",
        forwarded_allow_ips=list(trusted_proxies),
    )  # fmt: skip
    return Server(config)
