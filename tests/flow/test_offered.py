"""What the SYNs of a recording offer, looked up by frame and known of all of them at once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.decode.segments import Offers
from handshake_inspect.flow.offered import DENSE, Offered


def offers_of(frames: list[int], **columns: list[int]) -> Offers:
    """Offers of these frames which are as they should be but for the given columns."""
    offers = Offers.blank(len(frames))
    offers.frame[:] = frames
    offers.fast_open[:] = -1
    offers.mss_bytes[:] = 1460
    for name, values in columns.items():
        getattr(offers, name)[:] = values
    return offers


@given(st.sets(st.integers(1, 200), min_size=1), st.integers(1, 2 * DENSE))
def test_every_syn_finds_its_row(frames: set[int], apart: int) -> None:
    """Whether SYNs lie close together in a recording or far apart, each frame leads to its own offer."""
    rising = [frame * apart for frame in sorted(frames)]
    offers = offers_of(rising)
    asked = np.array(rising[::-1])
    assert offers.frame[Offered(offers).rows(asked)].tolist() == asked.tolist()


@given(st.lists(st.sampled_from((-1, 0, 536)), max_size=5))
def test_one_answer_for_all_only_where_all_agree(sizes: list[int]) -> None:
    """Whether an option is there is one answer when all SYNs agree, and else one for each."""
    known = Offered(offers_of(list(range(1, len(sizes) + 1)), mss_bytes=sizes)).has("mss_bytes")
    each = [size >= 0 for size in sizes]
    assert known == each[0] if isinstance(known, bool) else known.tolist() == each
    assert isinstance(known, bool) == (len(set(each)) == 1)


def test_what_may_be_wrong_by_itself() -> None:
    """An offer is looked at more closely when its size, shift, lengths or number of options are odd."""
    plain = offers_of([1, 2, 3], mss_bytes=[-1, 536, 65495], window_shift=[-1, 0, 14])
    assert Offered(plain).wrong.tolist() == []
    sizes = offers_of([1, 2, 3], mss_bytes=[0, 535, 65496])
    assert Offered(sizes).wrong.tolist() == [1, 2, 3]
    others = offers_of(
        [4, 5, 6],
        window_shift=[15, 0, 0],
        malformed=[0, 1, 0],
        repeated_kind=[0, 0, 2],
        mss_bytes=[1460] * 3,
    )
    assert Offered(others).wrong.tolist() == [4, 5, 6]
