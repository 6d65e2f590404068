"""What each pixel sees, against ray casting by the definition."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.photo import surface
from detailed3dmm_addon.photo.camera import FRONTAL, Camera
from detailed3dmm_addon.photo.rasteriser import NOTHING, rasterise

SIZE = 48, 36
FOCAL = 50.0


def in_picture(points):
    """Points (N, 3) in the camera's axes -> pixels and depth."""
    return np.concatenate([FOCAL * points[:, :2] / points[:, 2:] + [23.5, 17.5], points[:, 2:]], axis=1)


def soup(seed, count):
    """Random triangles in front of the camera, in its axes."""
    generator = np.random.default_rng(seed)
    centres = np.stack([generator.uniform(-1, 1, count), generator.uniform(-0.7, 0.7, count),
                        generator.uniform(1.5, 4, count)], 1)
    points = centres[:, None] + generator.normal(0, 0.35, (count, 3, 3))
    points[..., 2] = points[..., 2].clip(0.5)
    return points.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3)


def cast(points, triangles, x, y):
    """(distances along z, barycentric) of all triangles hit by the ray through a pixel, by Cramer's rule."""
    ray = np.array([(x - 23.5) / FOCAL, (y - 17.5) / FOCAL, 1.0])
    a, b, c = (points[triangles[:, k]] for k in range(3))
    matrix = np.stack([a, b, c], -1)
    with np.errstate(all="ignore"):
        mix = np.linalg.inv(matrix) @ ray  # mix @ corners = ray, up to its length
    weights = mix / mix.sum(1, keepdims=True)
    return 1 / mix.sum(1), weights


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_every_pixel_sees_the_nearest_triangle(seed, count):
    points, triangles = soup(seed, count)
    fragments = rasterise(in_picture(points), triangles, SIZE, both_sides=True)
    for y in range(0, SIZE[1], 5):
        for x in range(0, SIZE[0], 5):
            depth, weights = cast(points, triangles, x, y)
            clear = np.abs(weights).min(1) > 1e-4  # beyond doubt inside or outside
            hit = (weights > 0).all(1) & (depth > 0)
            found = fragments.triangle[y, x]
            if not hit.any():
                assert found == NOTHING or not clear[found]
                continue
            nearest = np.where(hit, depth, np.inf).argmin()
            if not clear.all() or found == NOTHING and not clear[nearest]:
                continue
            assert found == nearest or abs(depth[found] - depth[nearest]) < 1e-4
            assert fragments.depth[y, x] == pytest.approx(depth[nearest], rel=1e-4)
            np.testing.assert_allclose(fragments.barycentric[y, x], weights[found], atol=2e-3)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_what_is_interpolated_is_linear_in_space(seed):
    """Positions interpolated at a pixel lie on its ray, at its depth."""
    points, triangles = soup(seed, 20)
    fragments = rasterise(in_picture(points), triangles, SIZE, both_sides=True)
    at = fragments.interpolate(points, triangles)[fragments.mask]
    y, x = np.nonzero(fragments.mask)
    np.testing.assert_allclose(in_picture(at), np.stack([x, y, fragments.depth[fragments.mask]], 1), atol=5e-3)


def test_neighbours_leave_no_gap_and_no_pixel_is_drawn_outside():
    """A grid of triangles whose corners lie on pixel centres covers its square and nothing else."""
    x, y = np.meshgrid(np.arange(4, 25, 4.0), np.arange(8, 29, 4.0))
    points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], 1)
    corner = (np.arange(5)[:, None] * 6 + np.arange(5)).ravel()
    triangles = np.concatenate([np.stack([corner, corner + 6, corner + 1], 1),
                                np.stack([corner + 1, corner + 6, corner + 7], 1)])
    expected = np.zeros(SIZE[::-1], bool)
    expected[8:29, 4:25] = True
    np.testing.assert_array_equal(rasterise(points, triangles, SIZE).mask, expected)


def test_backs_are_left_out_unless_asked_for():
    points, triangle = np.array([[5.0, 5, 1], [5, 30, 1], [30, 5, 1]]), np.array([[0, 1, 2]])
    assert rasterise(points, triangle, SIZE).mask.any()
    assert not rasterise(points, triangle[:, ::-1], SIZE).mask.any()
    assert rasterise(points, triangle[:, ::-1], SIZE, both_sides=True).mask.any()


def test_what_is_behind_the_camera_or_outside_the_picture_is_not_drawn():
    triangle = np.array([[0, 1, 2]])
    behind = np.array([[5.0, 5, 1], [5, 30, -1], [30, 5, 1]])
    beside = np.array([[500.0, 5, 1], [500, 30, 1], [530, 5, 1]])
    for points in (behind, beside):
        assert not rasterise(points, triangle, SIZE, both_sides=True).mask.any()


def test_a_triangle_larger_than_the_picture_fills_it():
    points = np.array([[-4000.0, -4000, 2], [-4000, 9000, 2], [9000, -4000, 2]])
    fragments = rasterise(points, np.array([[0, 1, 2]]), SIZE)
    assert fragments.mask.all()
    np.testing.assert_allclose(fragments.depth, 2, rtol=1e-5)


def test_which_points_are_in_view():
    points = np.array([[5.0, 5, 1], [5, 30, 1], [30, 5, 1]])
    fragments = rasterise(points, np.array([[0, 1, 2]]), SIZE)
    asked = np.array([[8, 8, 0.9], [8, 8, 1.0], [8, 8, 1.2], [40, 30, 9.0], [-3, 8, 0.5]])
    np.testing.assert_array_equal(fragments.shows(asked, 0.05), [True, True, False, True, False])


def test_a_head_hides_its_teeth():
    model, triangles = BaseModel.load(), surface.triangles()
    camera = Camera(400.0, np.array([99.5, 99.5]), (200, 200), FRONTAL, np.array([0, 0.02, 0.6]))

    def teeth(expression):
        vertices = model.vertices(np.zeros(100), model.expression(expression))
        points = np.concatenate([camera.project(vertices), camera.in_view(vertices)[:, 2:]], axis=1)
        fragments = rasterise(points, triangles.vertices, camera.size)
        return np.count_nonzero(triangles.of("M_Teeth")[fragments.triangle[fragments.mask]])
    assert teeth({}) == 0
    assert teeth({"jawOpen": 0.5, "mouthUpperUp_L": 1, "mouthUpperUp_R": 1}) > 50


def test_normals_of_a_sphere():
    """Of a sphere cut into triangles, normals are its radii."""
    longitude, latitude = np.meshgrid(np.linspace(0, 2 * np.pi, 60, endpoint=False), np.linspace(-1.5, 1.5, 40))
    points = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude),
                       np.sin(latitude)], -1).reshape(-1, 3)
    index = np.arange(len(points)).reshape(40, 60)
    right = np.roll(index, -1, 1)
    triangles = np.concatenate([np.stack([index[:-1], right[:-1], index[1:]], -1).reshape(-1, 3),
                                np.stack([right[:-1], right[1:], index[1:]], -1).reshape(-1, 3)])
    inner = np.abs(points[:, 2]) < 0.9
    np.testing.assert_allclose(surface.normals(points, triangles)[inner], points[inner], atol=0.03)


def test_points_of_the_wrong_shape():
    with pytest.raises(ParameterError, match="depth"):
        rasterise(np.zeros((3, 2)), np.array([[0, 1, 2]]), SIZE)
