"""Connections made together: each is what it would be alone."""

import communityid
import pytest

from handshake_inspect import inspect
from handshake_inspect.report import person
from handshake_inspect.report.report import Report
from tests.render.pages import CAPTURES


@pytest.fixture(scope="module")
def all_samples() -> Report:
    """The report on all samples as one recording: many stories, IPv4 and IPv6."""
    return inspect(*CAPTURES)


def test_each_is_what_it_is_alone(all_samples: Report) -> None:
    """How many are made together decides nothing."""
    together = list(all_samples.connections())
    assert [c.number for c in together] == list(range(1, all_samples.connection_count + 1))
    assert together == [all_samples.connection(c.number) for c in together]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_any_cut_is_the_same(size: int, all_samples: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where the rows are cut."""
    together = list(all_samples.connections())
    monkeypatch.setattr(person, "TOGETHER", size)
    assert list(all_samples.connections()) == together


def test_any_order(all_samples: Report) -> None:
    """They come in the order in which they are asked for."""
    numbers = [3, 1, 2, 3]
    assert [c.number for c in all_samples.connections(numbers)] == numbers
    assert list(all_samples.connections([])) == []


def test_community_ids(all_samples: Report) -> None:
    """The Community ID is that of the reference implementation, whichever end is the client."""
    reference = communityid.CommunityID()
    versions = set()
    for c in all_samples.connections():
        ends = (c.client.address, c.server.address, c.client.port, c.server.port)
        assert c.community_id == reference.calc(communityid.FlowTuple.make_tcp(*ends))
        versions.add(":" in c.client.address)
    assert versions == {False, True}
