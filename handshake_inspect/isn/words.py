"""What a model says of a host, in words that follow "the host".

It knows models and the stacks that are known for them; it does not know evidence or cost. A likeness is a
hint: who else does so may be there, too.
"""

from collections.abc import Callable
from math import isnan

from handshake_inspect.isn.model import Model
from handshake_inspect.units import number

LIKE_STEP = {
    64_000: "as 4.4BSD, slirp and VxWorks do",
    65_527: "as uC/TCP-IP does",
}
LIKE_CONSTANT = {1_000_000: "as Nut/Net does"}
LIKE_RATE = (
    (18.0, 22.0, "as uIP does"),
    (245e3, 255e3, "as RFC 793 had it"),
)
"From, to, in Hz."
FNET_BITS = 8
"FNET adds up to 255."


def words(model: str, parameter: float) -> str:
    """What the host does, such as 'adds 64 000 per connection, as 4.4BSD, slirp and VxWorks do'.

    `parameter` is that of `Examined`, or nan. A name that is not a `Model` is that of a known generator.
    """
    said = SAID.get(model)
    return said(parameter) if said else f"takes its ISNs from a generator that can be run ahead: {model}"


def hertz(rate: float) -> str:
    """A rate with a fitting unit: '15.625 MHz', '250 kHz', '20 Hz'."""
    for unit, size in (("MHz", 1e6), ("kHz", 1e3)):
        if abs(rate) >= size:
            return f"{rate / size:.6g} {unit}"
    return f"{rate:.4g} Hz"


def _like(said: str, hint: str | None) -> str:
    return f"{said}, {hint}" if hint else said


def _constant(isn: float) -> str:
    # An ISN is an identifier, as in Wireshark, and is written without blanks.
    return _like(
        f"repeats one ISN, {isn:.0f}",
        LIKE_CONSTANT.get(int(isn), "as raw-socket tools and captures made by hand do"),
    )


def _step(step: float) -> str:
    verb = "adds" if step >= 0 else "subtracts"
    return _like(f"{verb} {number(abs(step))} per connection", LIKE_STEP.get(int(step)))


def _multiples(step: float) -> str:
    return _like(f"adds multiples of {number(step)}", LIKE_STEP.get(int(step)))


def _bounded(bits: float) -> str:
    if isnan(bits):
        return "adds about as much per connection as before"
    said = f"adds less than {number(2.0**bits)} per connection"
    return _like(said, "as FNET does" if bits == FNET_BITS else None)


def _clock(rate: float) -> str:
    hint = next((like for low, high, like in LIKE_RATE if low <= rate <= high), None)
    return _like(f"reads a clock of {hertz(rate)}", hint)


def _same_bits(which: str, bits: float) -> str:
    some = f"{which}est bit" if bits == 1 else f"{bits:.0f} {which}est bits"
    return f"keeps the {some}"


def _just(said: str) -> Callable[[float], str]:
    return lambda parameter: said


SAID: dict[str, Callable[[float], str]] = {
    Model.CONSTANT: _constant,
    Model.PEER_ADDRESS: _just("derives the ISN from the peer's address, as Mirai does"),
    Model.PEER_ISN: _just("derives the ISN from the peer's"),
    Model.CONSTANT_INCREMENT: _step,
    Model.LATTICE_INCREMENT: _multiples,
    Model.RANDOM_INCREMENT: _bounded,
    Model.CLOCK: _clock,
    Model.LOW_BITS: lambda bits: _same_bits("low", bits),
    Model.HIGH_BITS: lambda bits: _same_bits("high", bits),
    Model.REPEATING: _just("comes back to earlier ISNs"),
    Model.FEW_INCREMENTS: _just("adds one of a few amounts per connection"),
    Model.LINEAR: _just("adds more and more per connection, as lwIP does"),
    Model.SWAPPED_LATTICE: lambda step: f"{_multiples(step)}, in the other byte order",
    Model.SWAPPED_INCREMENT: _just("counts up in the other byte order"),
    Model.WORD_SWAPPED_INCREMENT: _just("counts up with the halves of the ISN exchanged"),
    Model.SWAPPED_CLOCK: lambda rate: f"{_clock(rate)}, in the other byte order",
    Model.STUCK_BITS: lambda bits: f"leaves about {bits:.0f} of 32 bits to chance",
    Model.OFFSET_FROM_ADDRESS: _just("moves the ISN as far as the peer's address moves"),
    Model.OFFSET_FROM_PEER_ISN: _just("moves the ISN as far as the peer's moves"),
    Model.OFFSET_FROM_PORTS: _just("moves the ISN as far as the ports move"),
    Model.SEVERAL_COUNTERS: _just("counts up from several numbers, as several hosts behind one address do"),
}
