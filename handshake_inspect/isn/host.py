"""What is known of one host's initial sequence numbers: an object for people."""

from msgspec import Struct

from handshake_inspect.columns import Array
from handshake_inspect.isn.sight import Sight
from handshake_inspect.isn.verdict import Verdict


class Host(Struct, frozen=True):
    """One address. What follows from a model is None where there is no alarm."""

    address: str
    verdict: Verdict
    sight: Sight
    "which of its segments the rest speaks of: with an alarm those that raised it, else the most there are"
    rows: Array
    "positions of their samples, in the order of time; not empty"
    dropped: dict[str, int]
    "segments of this host that do not count, by reason"
    evidence_bits: float
    "log2 of the e-value, over all its views"
    model: str | None
    "one of MODELS"
    parameter: float | None
    "of the model: a step, Hz, or bits"
    share: float | None
    "of the connections that the model foretells, of 1"
    guesses_p50: float | None
    guesses_p90: float | None
    cost: float | None
    "guesses an ISN costs in the long run"
    effective_bits: float | None
    gcd: int | None
    isr: int | None
    sp: int | None
    next: tuple[int, int] | None
    "from where to where the next ISN lies, modulo 2**32"
    reused: int
    "connections on a 4-tuple used before"
    time_wait: int
    "of them opened as Linux opens out of TIME-WAIT"
    clock_hz: float | None
    "of the clock behind the numbers of reused 4-tuples, where one is seen"
    deep: bool
    "the known generators were asked"
    tool: bool
    "its SYNs hardly ever complete: a scanner, or a capture made by hand"
    stacks: int
    "told apart behind the address; 0 for one"
