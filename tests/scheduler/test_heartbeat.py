"""The heartbeat ends between its beats: none is torn off by the end of the service, and none keeps it for ever."""

import asyncio
import logging

import pytest

from scheduler.heartbeat import Heartbeat


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What a terminal would show."""
    caplog.set_level(logging.WARNING)
    return caplog


class Step:
    """A beat that takes its time."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.seconds = seconds
        self.begun, self.ended = asyncio.Event(), False

    async def __call__(self) -> None:
        self.begun.set()
        await asyncio.sleep(self.seconds)
        self.ended = True


def strike(beats: Heartbeat) -> None:
    """The hour has come for every beat: their tasks are made and none has run yet."""
    for job in beats.get_jobs():
        job.modify(next_run_time=job.next_run_time.replace(year=2020))
    beats._process_jobs()  # what the library's own timer calls


async def test_a_beat_struck_in_the_moment_of_stopping_is_let_finish(complaints: pytest.LogCaptureFixture) -> None:
    beats, step = Heartbeat(), Step()
    beats.every(3600, "long", step)
    beats.start()
    strike(beats)
    await beats.stop()
    await asyncio.sleep(0.01)  # the library ends in the loop's next turn
    assert step.ended
    assert complaints.text == ""


async def test_the_beat_under_way_is_let_finish(complaints: pytest.LogCaptureFixture) -> None:
    beats, step = Heartbeat(), Step()
    beats.every(3600, "long", step)
    beats.start()
    strike(beats)
    await step.begun.wait()
    await beats.stop()
    await asyncio.sleep(0.01)
    assert step.ended
    assert complaints.text == ""


async def test_a_beat_that_hangs_is_cut_short_with_a_word_and_no_traceback(
    complaints: pytest.LogCaptureFixture,
) -> None:
    beats, step = Heartbeat(), Step(seconds=600)
    beats.every(3600, "long", step)
    beats.start()
    strike(beats)
    await asyncio.wait_for(beats.stop(seconds=0.05), 5)
    await asyncio.sleep(0.01)
    assert not step.ended
    assert "long was cut short" in complaints.text
    assert "Traceback" not in complaints.text


async def test_nothing_beats_any_more_once_it_has_stopped() -> None:
    beats, step = Heartbeat(), Step(seconds=0)
    beats.every(0.02, "quick", step)
    beats.start()
    await step.begun.wait()
    await beats.stop()
    step.begun.clear()
    await asyncio.sleep(0.06)
    assert not step.begun.is_set()
