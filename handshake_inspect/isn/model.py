"""The names of the ways an ISN can be foretold, the simplest first.

It knows names and their order, not how anything is foretold. The order decides which name is shown when
several explain a host about equally well. Known generators have names of their own (`models`).
"""

from enum import StrEnum

import numpy as np

from handshake_inspect.columns import Array


class Model(StrEnum):
    """What foretells the next ISN."""

    CONSTANT = "constant"
    "The last one again."
    CONSTANT_INCREMENT = "constant-increment"
    "The last increment again; its parameter is the step."
    LATTICE_INCREMENT = "lattice-increment"
    "The last one and a multiple of a step, which is its parameter."
    RANDOM_INCREMENT = "random-increment"
    "The last one and an increment of a law that is learned; bounded by 2**parameter where that is given."
    CLOCK = "clock"
    "The last one and the time since; its parameter is the rate in Hz."
    LOW_BITS = "low-bits-constant"
    "Its parameter is the number of low bits that stay."
    HIGH_BITS = "high-bits-constant"
    "Its parameter is the number of high bits that stay."
    REPEATING = "repeating"
    "Any one that was there before."
    FEW_INCREMENTS = "few-increments"
    "Any increment that was there before."
    LINEAR = "linear-extrapolation"
    "The last increment and a little more, as of a growing step."
    PEER_ADDRESS = "peer-address"
    "The address of the other end, in either byte order, and an offset."
    PEER_ISN = "peer-isn"
    "The ISN that is answered, in either byte order, and an offset."
    SWAPPED_LATTICE = "byte-swapped lattice-increment"
    SWAPPED_INCREMENT = "byte-swapped random-increment"
    WORD_SWAPPED_INCREMENT = "word-swapped random-increment"
    SWAPPED_CLOCK = "byte-swapped clock"
    STUCK_BITS = "stuck-bits"
    "Some bits are nearly always the same; its parameter is the number of fair ones."
    OFFSET_FROM_ADDRESS = "offset from address"
    "The last one, moved as far as the address of the other end moved."
    OFFSET_FROM_PEER_ISN = "offset from peer-isn"
    "The last one, moved as far as the ISN that is answered moved."
    OFFSET_FROM_PORTS = "offset from ports"
    "The last one, moved as far as a port moved, or both."
    SEVERAL_COUNTERS = "several-counters"
    "One of the last sixteen and an increment of a law that is learned."


OF_THE_PEER_ISN = (Model.PEER_ISN, Model.OFFSET_FROM_PEER_ISN)
"What a SYN cookie looks like to somebody who does not know its key, when it is a weak one."


def places(*models: Model) -> Array:
    """Where these stand in the order, from 0; in `models.MODELS`, too, for generators come after them."""
    order = tuple(Model)
    return np.array([order.index(model) for model in models])
