"""Events are put in order by flow and by frame, however many there are of both."""

import numpy as np
import pytest

from handshake_inspect.flow.events import Events
from handshake_inspect.flow.recording import _by_flow_and_frame


@pytest.mark.parametrize("most", [1 << 10, 1 << 40, 1 << 60])
def test_order(most: int) -> None:
    """Neither a flow's number nor a frame's is too large to be put in order together."""
    events = Events.blank(4)
    events.flow[:] = [1 << 30, 1 << 30, 0, (1 << 30) - 1]
    events.frame[:] = [most, most - 1, 1, most + 1]
    by = _by_flow_and_frame(events)
    assert by is not None
    assert by.tolist() == [2, 3, 1, 0]


def test_in_order() -> None:
    """What came in order is left as it stands."""
    events = Events.blank(3)
    events.flow[:], events.frame[:] = np.arange(3), [1, 5, 9]
    assert _by_flow_and_frame(events) is None
