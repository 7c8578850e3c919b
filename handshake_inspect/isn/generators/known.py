"""All known generators: a new one is one declaration in a file of its own, and its name here."""

from handshake_inspect.isn.generators.bet import Generator, byte_swapped
from handshake_inspect.isn.generators.congruence import CONGRUENCE
from handshake_inspect.isn.generators.glibc import GLIBC
from handshake_inspect.isn.generators.linear import LINEAR
from handshake_inspect.isn.generators.maps import MAPS
from handshake_inspect.isn.generators.rand15 import RAND15
from handshake_inspect.isn.generators.rand48 import RAND48
from handshake_inspect.isn.generators.replay import REPLAY
from handshake_inspect.isn.generators.tick import TICKS
from handshake_inspect.isn.generators.twister import TWISTER
from handshake_inspect.isn.generators.xorshift128 import XORSHIFT128

PLAIN = (*MAPS, XORSHIFT128, CONGRUENCE, *TICKS)
"Simple enough to be found in stacks that forget the byte order, too."

KNOWN: tuple[Generator, ...] = (
    *PLAIN,
    *(byte_swapped(generator) for generator in PLAIN),
    *RAND15,
    RAND48,
    GLIBC,
    LINEAR,
    TWISTER,
    REPLAY,
)
"What a host is asked for when there is time: no test costs more than the bits of its weight."
