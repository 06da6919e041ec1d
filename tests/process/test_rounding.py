"""Rounding to 8 bits: clipped, a half to the even, alike for arrays and tensors."""

import numpy as np
import pytest
import torch

from aip.process.rounding import to_8_bits

VALUES = [-7.0, -0.4, 0.5, 0.51, 1.5, 2.5, 127.49, 254.5, 255.0003, 400.0]
EXPECTED = [0, 0, 0, 1, 2, 2, 127, 254, 255, 255]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_and_tensors_are_rounded_alike(dtype):
    values = np.array(VALUES, dtype)
    found, tensor = to_8_bits(values), to_8_bits(torch.from_numpy(values).requires_grad_())
    assert found.dtype == np.uint8
    assert tensor.dtype == torch.uint8
    assert found.tolist() == tensor.tolist() == EXPECTED
