"""Steps taken ahead give what they give otherwise, in their order, and never more than one too many."""

import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from handshake_inspect.engine.ahead import ahead
from tests.capture.builders import pcap_header, record

pytestmark = pytest.mark.usefixtures("two_processors")

SOON = 30.0
"Seconds after which something that must happen never will."


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever there are here."""
    monkeypatch.setattr("handshake_inspect.engine.ahead.processors", lambda: 2)


def counted(count: int, taken: list[int]) -> Iterator[int]:
    """So many steps, each of which is written down when it is taken."""
    for step in range(count):
        taken.append(step)
        yield step


def until(happened: threading.Event) -> None:
    """Wait for it; the other thread has to do it."""
    assert happened.wait(SOON)


def workers() -> list[threading.Thread]:
    """The threads that take steps."""
    return [thread for thread in threading.enumerate() if "_take" in thread.name]


def test_order() -> None:
    """All steps come, in their order, and their thread ends with them."""
    for count in range(6):
        assert list(ahead(counted(count, []))) == list(range(count))
        assert workers() == []


class Step:
    """Something that shows when nobody holds it any more."""


def test_steps_are_let_go() -> None:
    """Of the steps that have been passed on, none is kept: each may be a batch of frames."""
    given: list[weakref.ref[Step]] = []

    def steps() -> Iterator[Step]:
        for _ in range(6):
            step = [Step()]
            given.append(weakref.ref(step[0]))
            yield step.pop()

    passed = 0
    for step in ahead(steps()):
        assert given[passed]() is step
        del step
        passed += 1
        assert [held() for held in given[:passed]] == [None] * passed
    assert passed == 6


def test_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one processor, a step is taken when it is asked for."""
    monkeypatch.setattr("handshake_inspect.engine.ahead.processors", lambda: 1)
    taken: list[int] = []
    coming = ahead(counted(5, taken))
    assert [next(coming), next(coming), next(coming)] == [0, 1, 2]
    assert taken == [0, 1, 2]
    assert workers() == []
    assert list(coming) == [3, 4]


def test_one_ahead_and_no_more() -> None:
    """While a step is worked on the next one is taken, and not the one after it."""
    third, fourth = threading.Event(), threading.Event()
    taken: list[int] = []

    def steps() -> Iterator[int]:
        for step in counted(6, taken):
            if step == 3:
                third.set()
            if step == 4:
                fourth.set()
            yield step

    coming = ahead(steps())
    assert [next(coming), next(coming), next(coming)] == [0, 1, 2]
    until(third)
    time.sleep(0.05)
    assert taken == [0, 1, 2, 3]
    assert next(coming) == 3
    until(fourth)
    assert list(coming) == [4, 5]


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_what_a_step_raises(at: int, error: BaseException) -> None:
    """An error of a step comes in its place, behind what the steps before it gave."""

    def steps() -> Iterator[int]:
        yield from range(at)
        raise error

    given: list[int] = []
    with pytest.raises(type(error)):
        given.extend(ahead(steps()))
    # Of a short capture nothing is given before the first two steps are taken.
    assert given == (list(range(at)) if at >= 2 else [])


def test_giving_up() -> None:
    """Who takes no more steps leaves no thread behind."""
    coming = ahead(counted(100, []))
    assert [next(coming) for _ in range(3)] == [0, 1, 2]
    (worker,) = workers()
    coming.close()
    worker.join(SOON)
    assert not worker.is_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_interrupt_while_a_pipe_is_silent() -> None:
    """Ctrl-C ends the command at once, though its thread waits for a pipe in which nothing comes."""
    large = pcap_header() + b"".join(record(bytes(60_000), second) for second in range(600))
    # A runner that ignores Ctrl-C hands that on to its children.
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "handshake_inspect", "check", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGINT, old)
    assert process.stdin
    with process:
        process.stdin.write(large)
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(SOON) == 130
