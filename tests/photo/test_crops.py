"""Square pieces of a picture: where their pixels come from, however turned and scaled."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.photo.crops import Region, cut, reduced, to_picture

pytest.importorskip("cv2")
WIDTH, HEIGHT = 300, 200
Y, X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
RAMP = np.stack([X / WIDTH, Y / HEIGHT, np.zeros_like(X)], -1)  # each pixel tells where it lies


@settings(max_examples=40, deadline=None)
@given(st.floats(120, 180), st.floats(80, 120), st.floats(20, 90), st.floats(-3, 3), st.integers(16, 64))
def test_pixels_come_from_where_the_matrix_says(x, y, side, angle, size):
    region = Region(np.array([x, y]), side, angle)
    piece = cut(RAMP, region, size)
    rows, columns = np.mgrid[2:size - 2, 2:size - 2]
    places = to_picture(np.stack([columns, rows], -1), region.matrix(size))
    seen = piece[rows, columns, :2] * (WIDTH, HEIGHT)
    np.testing.assert_allclose(seen, places, atol=0.6 if side > size else 0.1)  # averaging blurs, but shifts nothing
    assert np.abs((seen - places).mean((0, 1))).max() < 0.06


def test_the_middle_of_a_piece_is_its_centre():
    region = Region(np.array([70.0, 40.0]), 50.0, 0.7)
    np.testing.assert_allclose(to_picture(np.array([16.0, 16.0]), region.matrix(32)), (70, 40))


def test_large_pieces_are_averaged_not_picked():
    fine = np.zeros((256, 256, 3), np.float32)
    fine[::2, ::2] = 1  # a quarter of the pixels
    piece = cut(fine, Region(np.array([128.0, 128.0]), 256.0), 32)
    np.testing.assert_allclose(piece[2:-2, 2:-2], 0.25, atol=0.03)


@pytest.mark.parametrize("replicate, outside", [(False, 0.0), (True, 0.5)])
def test_what_lies_beyond_the_picture(replicate, outside):
    piece = cut(np.full((20, 20, 3), 0.5, np.float32), Region(np.array([0.0, 10.0]), 40.0), 40, replicate)
    np.testing.assert_allclose(piece[15:25, :15], outside)
    np.testing.assert_allclose(piece[15:25, 25:], 0.5)


def test_reducing_keeps_the_mean_and_the_picture_itself_at_one():
    assert reduced(RAMP, 1) is RAMP
    small = reduced(RAMP, 4)
    assert small.shape == (50, 75, 3)
    np.testing.assert_allclose(small.mean((0, 1)), RAMP.mean((0, 1)), atol=1e-4)
