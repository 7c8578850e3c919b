"""A host as the report shows it: how predictable its initial sequence numbers are."""

import math

from handshake_inspect.isn.host import Host
from handshake_inspect.isn.sentences import does, false_alarm
from handshake_inspect.report.model import HostInfo, IsnInfo, NextIsn


def host_info(known: Host) -> HostInfo:
    """A host as one object of the report; what was measured is rounded to what it is worth."""
    return HostInfo(
        address=known.address,
        isn=IsnInfo(
            verdict=known.verdict.value,
            view=known.sight.name.lower().replace("_", "-"),  # type: ignore[arg-type]
            samples=len(known.rows),
            dropped=known.dropped,
            evidence_bits=round(known.evidence_bits, 1),
            false_alarm_once_in=false_alarm(known) if known.model else None,
            model=known.model,
            parameter=_rounded(known.parameter, 3),
            does=does(known) if known.model else None,
            share=_rounded(known.share, 3),
            guesses_p50=_rounded(known.guesses_p50, 1),
            guesses_p90=_rounded(known.guesses_p90, 1),
            guesses_log2=_rounded(known.cost and math.log2(known.cost), 1),
            effective_bits=_rounded(known.effective_bits, 1),
            gcd=known.gcd,
            isr=known.isr,
            sp=known.sp,
            next=known.next and NextIsn(*known.next),
            known_generators_asked=known.deep,
            tool=known.tool,
            reused=known.reused,
            time_wait_reused=known.time_wait,
            reuse_clock_hz=_rounded(known.clock_hz, 1),
        ),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
