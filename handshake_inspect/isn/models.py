"""Every model there is, by name: the ways of our own, and the known generators.

It knows their order, not how anything is foretold. It stands apart from `model`, for most captures have too
few numbers to ask a generator, and need not import any.
"""

from handshake_inspect.isn.generators.known import KNOWN
from handshake_inspect.isn.model import Model

MODELS: tuple[str, ...] = (*Model, *(generator.name for generator in KNOWN))
"Every model, the simplest first; known generators, which need no explanation, come last."
