"""What a photo shows of the relief: the law of shading that it rests on, and what pigment does not do to it."""

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import light as lighting
from detailed3dmm_addon.photo.detail_cue import Cue, at_texels, bare_skin, relief_cue
from detailed3dmm_addon.photo.surface import normals, triangles

SIZE = 256
LIGHT = lighting.ambient((0.3, 0.3, 0.3)) + lighting.lamp(np.array([0.8, -0.4, 0.45]), (0.8, 0.8, 0.8))
SKIN = np.array([0.5, 0.33, 0.26])


def bumps(wavelength=7.0):
    """(256, 256) mm: waves over the whole tile, texels long."""
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return (0.15 * np.sin(2 * np.pi * x / wavelength) * np.sin(2 * np.pi * y / wavelength)).astype(np.float32)


def lit(height, albedo=SKIN):
    """(256, 256, 3): the tile of the average face with a relief, in `LIGHT`: the truth, not the first order."""
    vertices = BaseModel.load().mean
    values = at_texels(np.concatenate([vertices * 1000, normals(vertices, triangles().vertices)], 1), SIZE)
    normal = values[..., 3:] / np.maximum(np.linalg.norm(values[..., 3:], axis=-1, keepdims=True), 1e-3)
    place = values[..., :3] + height[..., None] * normal
    cross = np.cross(*np.gradient(place, axis=(0, 1)))
    normal = cross / np.maximum(np.linalg.norm(cross, axis=-1, keepdims=True), 1e-6)
    return albedo * lighting.shading(LIGHT, normal)


def cue_of(colour):
    return relief_cue(colour, bare_skin(), BaseModel.load().mean, LIGHT)


def agreement(cue, a, b):
    sure = cue.weight > 0.9
    return np.corrcoef(a[sure], b[sure])[0, 1]


def test_the_shading_that_a_relief_adds_is_foretold():
    flat, rough = cue_of(lit(np.zeros((SIZE, SIZE)))), cue_of(lit(bumps()))
    added = rough.shading - flat.shading
    assert agreement(rough, added, rough.shaded(bumps())) > 0.95


def test_the_first_height_is_like_the_relief():
    flat, rough = cue_of(lit(np.zeros((SIZE, SIZE)))), cue_of(lit(bumps()))
    # One lamp shows waves across its light, and hardly those along it.
    assert agreement(rough, rough.first_height() - flat.first_height(), bumps()) > 0.45


def test_pigment_is_told_from_shading():
    spots = (bumps(9.0) / 0.15)[..., None]
    plain, spotted = (
        cue_of(lit(np.zeros((SIZE, SIZE)), SKIN * np.exp(amount * spots)))
        for amount in (0, 0.1 * np.array([-0.35, -0.75, -1.1]))
    )
    sure = plain.weight > 0.9
    as_pigment, as_shading = (
        np.std((getattr(spotted, name) - getattr(plain, name))[sure]) for name in ("pigment", "shading")
    )
    assert as_pigment > 2 * as_shading


def test_the_adjoint_is_one():
    random = np.random.default_rng(1)
    a, b = random.standard_normal((2, 64, 64)).astype(np.float32)
    cue = Cue(a, a, np.ones((64, 64), np.float32), random.standard_normal((64, 64, 2)).astype(np.float32))
    np.testing.assert_allclose((cue.shaded(a) * b).sum(), (a * cue.adjoint(b)).sum(), rtol=1e-3)


def test_fewer_texels_foretell_the_same_shading():
    cue = cue_of(lit(bumps()))
    small = cue.reduced(128)
    x = np.linspace(0, 6 * np.pi, SIZE, dtype=np.float32)
    slow = np.broadcast_to(np.sin(x), (SIZE, SIZE))
    np.testing.assert_allclose(
        small.shaded(slow.reshape(128, 2, 128, 2).mean((1, 3)))[20:-20, 20:-20],
        cue.shaded(slow).reshape(128, 2, 128, 2).mean((1, 3))[20:-20, 20:-20],
        atol=0.02,
    )


def test_dark_and_burnt_out_pixels_tell_nothing():
    colour = lit(bumps())
    colour[100:120], colour[130:150] = 0.001, 1.0
    weight = cue_of(colour).weight
    assert not weight[100:120].any() and not weight[130:150].any() and weight.max() > 0.9
