"""Arithmetic on this thread alone, for work beside a recogniser that has all cores busy.

On a busy machine, sums shared among threads wait for each other, and spin while they do: telling
the voices of nine calls apart took four times the processor time with two threads. What numpy's
products may use can only be set for the whole process; torch keeps it by thread.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread where this thread asks it for something."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def product(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Return the matrix product of two arrays of one kind, by torch."""
    import torch

    return np.asarray((torch.from_numpy(one) @ torch.from_numpy(other)).numpy())
