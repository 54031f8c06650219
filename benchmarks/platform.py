"""The leanest sendMessage server that a client takes for Telegram: one process, one answer, optional latency.

Strictness is the tests' fake's business; this one only has to be quicker than whatever is measured against it.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_MESSAGE = b'{"ok":true,"result":{"message_id":7,"date":1795000000,"chat":{"id":-1,"type":"supergroup","title":"T"}}}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + str(len(_MESSAGE)).encode() + b"\r\n\r\n"
) + _MESSAGE


class _Answering(asyncio.Protocol):
    """Answers each request once its body is whole."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            _, found, rest = head.partition(b"content-length:")
            length = int(rest.partition(b"\r\n")[0]) if found else 0
            if len(self._buffer) < end + 4 + length:
                return
            del self._buffer[: end + 4 + length]
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, _ANSWER)
            else:
                self._transport.write(_ANSWER)


def _serve(latency: float, pipe: Connection) -> None:
    async def go() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Answering(latency), "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname()[1])
        await loop.run_in_executor(None, pipe.recv)  # until the other end is closed or speaks
        server.close()

    asyncio.run(go())


@contextmanager
def platform(latency: float = 0.0) -> Iterator[str]:
    """A server in a process of its own; its base address. `latency` in seconds for each answer."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(latency, there), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        here.send(None)
        process.join(5)
        process.kill()
