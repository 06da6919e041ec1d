"""Warps beside OpenCV and scikit-image, and their gradients beside finite differences."""

import cv2
import numpy as np
import pytest
import torch
from skimage.transform import AffineTransform
from skimage.transform import warp as warped

from aip.process.resize import resize
from aip.process.warp import warp

TURNED = np.array([[0.61, -0.22, 4.3], [0.22, 0.61, -7.9]])
ENLARGED = np.array([[1.4, 0.5, -11.2], [-0.5, 1.4, 20.7]])


def image(height=61, width=47, seed=0, dtype=torch.float64):
    pixels = np.random.default_rng(seed).uniform(0, 255, (height, width, 3))
    return pixels, torch.from_numpy(pixels).permute(2, 0, 1)[None].to(dtype)


@pytest.mark.parametrize("matrix", [TURNED, ENLARGED])
def test_it_is_scikit_images_warp(matrix):
    pixels, head = image()
    inverse = AffineTransform(np.vstack([matrix, (0, 0, 1)])).inverse
    expected = warped(
        pixels, inverse, output_shape=(40, 35), order=1, mode="edge", preserve_range=True
    )
    found = warp(head, matrix, 40, 35)[0].permute(1, 2, 0).numpy()
    assert np.abs(found - expected).max() < 1e-9


@pytest.mark.parametrize("matrix", [TURNED, ENLARGED])
def test_it_is_opencvs_to_within_the_32nd_of_a_pixel_that_opencv_rounds_to(matrix):
    smooth = np.hypot(*np.mgrid[-20:41, -9:38])[..., None].repeat(3, 2)
    head = torch.from_numpy(smooth).permute(2, 0, 1)[None]
    expected = cv2.warpAffine(smooth, matrix, (35, 40), borderMode=cv2.BORDER_REPLICATE)
    found = warp(head, matrix, 40, 35)[0].permute(1, 2, 0).numpy()
    assert np.abs(found - expected).max() < 2 / 32


def test_the_gradient_is_that_of_finite_differences():
    _, head = image(12, 9)
    assert torch.autograd.gradcheck(lambda x: warp(x, TURNED, 7, 8), head.requires_grad_())


def test_the_gradient_of_a_much_larger_head_goes_through_the_resize():
    _, head = image(12, 9)
    small = TURNED / 2
    assert torch.autograd.gradcheck(lambda x: warp(x, small, 5, 4), head.requires_grad_())


def test_a_much_larger_head_is_smoothed_so_that_no_pixel_is_passed_over():
    """A plain reduction is the resize itself, and stripes of a pixel become grey."""
    _, head = image(60, 48)
    matrix = np.array([[0.25, 0, 0.25 / 2 - 0.5], [0, 0.25, 0.25 / 2 - 0.5]])
    assert torch.allclose(warp(head, matrix, 15, 12), resize(head, 15, 12))
    stripes = torch.zeros(1, 3, 90, 90, dtype=torch.float64)
    stripes[..., ::2] = 200
    turned = 0.3 * TURNED / np.hypot(0.61, 0.22)
    inner = warp(stripes, np.add(turned, [[0, 0, 5], [0, 0, 5]]), 20, 20)[..., 8:16, 8:16]
    assert (inner - 100).abs().max() < 15


def test_what_it_makes_of_a_head_depends_on_no_other():
    _, head = image(dtype=torch.float32)
    again = warp(head.clone(), TURNED, 40, 35)
    assert torch.equal(warp(head, TURNED, 40, 35), again)
