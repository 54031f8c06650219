"""The network under the bot: what is known after a failure, and that the token stays where it is."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest
from telegram.error import NetworkError, TelegramError, TimedOut

from announcements.channels import ChannelError, TryLater, Unsure
from bot.channels.telegram.errors import NeverConnected, read_error
from bot.channels.telegram.request import TelegramRequest
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import Fault, cut_after, cut_before, silent
from tests.fakes.telegram_world import MediaKind

TOKEN = "424242:synthetic-token-for-tests"
SECRET = "synthetic-token-for-tests"


def requests(base_url: str, *, read_timeout: float = 5.0, connect_timeout: float = 5.0) -> TelegramRequest:
    return TelegramRequest(TOKEN, base_url, read_timeout=read_timeout, connect_timeout=connect_timeout)


async def failure(request: TelegramRequest, path: str = "/getMe") -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await request.post(path)
    return caught.value


def assert_keeps_the_token(exc: BaseException) -> None:
    told = [str(exc), repr(exc), *traceback.format_exception(exc)]
    assert not [text for text in told if SECRET in text]
    assert exc.__cause__ is None
    assert exc.__context__ is None


@contextmanager
def closed_port() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def port_that_never_accepts() -> Iterator[str]:
    """An address whose queue of waiting connections is full: a further one hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


@asynccontextmanager
async def server_that_says(*answer: bytes, pause: float = 0.0) -> AsyncIterator[str]:
    """A server that answers every request with the same pieces, and `pause` seconds after each."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            for piece in answer:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talk(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*talks)


async def test_a_refused_connection_is_surely_not_sent() -> None:
    with closed_port() as url:
        async with requests(url) as request:
            exc = await failure(request)
    assert isinstance(exc, NeverConnected)
    assert isinstance(read_error(exc), TryLater)
    assert_keeps_the_token(exc)


async def test_a_connection_that_takes_too_long_is_surely_not_sent() -> None:
    with port_that_never_accepts() as url:
        async with requests(url, connect_timeout=0.2) as request:
            exc = await failure(request)
    assert isinstance(exc, NeverConnected)
    assert "ConnectionTimeoutError" in str(exc)
    assert "<token>" in str(exc)
    assert_keeps_the_token(exc)


async def test_a_host_without_address_is_surely_not_sent() -> None:
    async with requests("http://telegram.invalid") as request:
        exc = await failure(request)
    assert isinstance(exc, NeverConnected)
    assert_keeps_the_token(exc)


@pytest.mark.parametrize("fault", [cut_before(), cut_after()])
async def test_a_connection_that_breaks_leaves_it_open(fault: Fault) -> None:
    async with FakeTelegram(TOKEN) as fake, requests(fake.base_url) as request:
        fake.fault(fault, method="getMe")
        exc = await failure(request)
    assert type(exc) is NetworkError
    assert isinstance(read_error(exc), Unsure)
    assert_keeps_the_token(exc)


async def test_silence_leaves_it_open() -> None:
    async with FakeTelegram(TOKEN) as fake, requests(fake.base_url, read_timeout=0.2) as request:
        fake.fault(silent(), method="getMe")
        exc = await failure(request)
    assert isinstance(exc, TimedOut)
    assert isinstance(read_error(exc), Unsure)
    assert_keeps_the_token(exc)


async def test_a_trickling_answer_ends_some_time() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    async with (
        server_that_says(head, *[b" "] * 20, pause=0.05) as url,
        requests(url, read_timeout=0.2, connect_timeout=0.2) as request,
    ):
        exc = await failure(request)
    assert isinstance(exc, TimedOut)


@pytest.mark.parametrize("answer", [b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b""])
async def test_an_answer_that_is_not_http_leaves_it_open_and_names_no_token(answer: bytes) -> None:
    async with server_that_says(answer) as url, requests(url) as request:
        exc = await failure(request)
    assert isinstance(read_error(exc), Unsure)
    assert_keeps_the_token(exc)


async def test_a_redirection_is_not_followed_with_the_token() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with server_that_says(answer) as url, requests(url) as request:
        exc = await failure(request)
    assert isinstance(read_error(exc), Unsure)


async def test_a_closed_account_sends_nothing_more() -> None:
    request = TelegramRequest(TOKEN, "http://127.0.0.1:1")
    await request.shutdown()
    assert isinstance(await failure(request), NeverConnected)


async def test_an_unreadable_answer_is_not_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = "Bà Lan".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with server_that_says(head + body) as url, requests(url) as request:
        exc = await failure(request)
    assert isinstance(read_error(exc), ChannelError)
    assert "Lan" not in caplog.text


def test_a_request_shown_in_a_debugger_does_not_name_its_token() -> None:
    assert SECRET not in repr(TelegramRequest(TOKEN, "http://127.0.0.1"))


async def test_a_shared_file_is_fetched_whole_or_not_at_all_and_the_token_stays() -> None:
    async with FakeTelegram(TOKEN) as fake:
        shared = fake.share(fake.user("Lan"), MediaKind.DOCUMENT, b"%PDF " + bytes(995), name="a.pdf")
        assert shared is not None
        path = f"documents/{shared['message']['document']['file_id']}"
        request = requests(fake.base_url)
        assert len(await request.fetch(path, 1_000)) == 1_000
        for missing, most in ((path, 999), ("documents/none", 1_000)):
            with pytest.raises(TelegramError) as caught:
                await request.fetch(missing, most)
            assert_keeps_the_token(caught.value)
        await request.shutdown()
