"""Array aliases used in every signature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
DateArray = NDArray[np.datetime64]
"""Days, dtype ``datetime64[D]``."""

Table = Any
"""An array, or a pandas Series or DataFrame; answers carry labels when the input did."""


def frozen(values: Any, dtype: Any = np.float64) -> NDArray[Any]:
    """A read-only copy, for the fields of frozen value objects."""
    copy = np.array(values, dtype=dtype)
    copy.setflags(write=False)
    return copy
