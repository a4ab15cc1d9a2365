"""Arithmetic on one thread: while inside, and no longer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from qa.speech.one_thread import one_thread, product


def test_one_thread_inside_and_as_many_as_before_outside() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread(), one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
        with pytest.raises(ValueError, match="odd"), one_thread():
            raise ValueError("odd")
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_a_product_is_rows_by_columns() -> None:
    one = np.array([[1.0, 2.0], [3.0, 4.0]])
    # 1*1 + 2*2 = 5 and so on
    assert product(one, one.T).tolist() == [[5.0, 11.0], [11.0, 25.0]]
    assert product(one, one).tolist() == [[7.0, 10.0], [15.0, 22.0]]
