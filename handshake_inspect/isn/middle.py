"""The middle of many numbers. For it `numpy.median` would import `numpy.ma`, which takes 12 ms."""

import numpy as np

from handshake_inspect.columns import Array


def median(values: Array) -> Array:
    """The medians along the last axis, which is not empty; of an even number the mean of the middle two."""
    rising = np.sort(values, axis=-1)
    count = values.shape[-1]
    middle: Array = (rising[..., (count - 1) // 2] + rising[..., count // 2]) / 2
    return middle
