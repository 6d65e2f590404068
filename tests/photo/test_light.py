"""Light as nine harmonics: laws that it obeys, and that it is found again from what it shades."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.photo import light

SEEDS = st.integers(0, 10_000)


def directions(generator, count):
    points = generator.standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def somewhere(generator):
    """Light from everywhere and from three lamps."""
    total = light.ambient(generator.uniform(0.2, 0.6, 3))
    for direction in directions(generator, 3):
        total = total + light.lamp(direction, generator.uniform(0.1, 0.5, 3))
    return total


def test_the_harmonics_are_orthogonal():
    terms = light.basis(directions(np.random.default_rng(0), 400_000))
    np.testing.assert_allclose(terms.T @ terms / len(terms), np.eye(9), atol=0.02)


def test_ambient_light_is_the_same_everywhere():
    normals = directions(np.random.default_rng(1), 50)
    np.testing.assert_allclose(light.shading(light.ambient((0.5, 0.6, 0.7)), normals), [(0.5, 0.6, 0.7)] * 50)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_a_lamp_shades_by_the_cosine(seed):
    """Nine harmonics of a clamped cosine: the worst error known is below 0.1, Ramamoorthi and Hanrahan figure 2."""
    generator = np.random.default_rng(seed)
    direction, normals = directions(generator, 1)[0], directions(generator, 200)
    cosine = np.maximum(normals @ direction, 0)
    np.testing.assert_allclose(light.shading(light.lamp(direction), normals)[:, 0], cosine, atol=0.1)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_light_adds_up(seed):
    generator = np.random.default_rng(seed)
    one, two, normals = somewhere(generator), somewhere(generator), directions(generator, 30)
    np.testing.assert_allclose(light.shading(one + two, normals),
                               light.shading(one, normals) + light.shading(two, normals), atol=1e-9)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_light_is_found_again(seed):
    generator = np.random.default_rng(seed)
    truth, normals = somewhere(generator), directions(generator, 600)
    albedo = generator.uniform(0.2, 0.8, (600, 3))
    found = light.fit_light(albedo * (light.basis(normals) @ truth), albedo, normals, evenness=1e-6, whiteness=1e-6)
    np.testing.assert_allclose(found, truth, atol=0.03)


def test_shine_and_shadow_do_not_pull_it():
    generator = np.random.default_rng(5)
    truth, normals = somewhere(generator), directions(generator, 1000)
    colours = 0.5 * light.shading(truth, normals)
    colours[:120] += 0.8
    colours[120:200] *= 0.2
    found = light.fit_light(colours, 0.5, normals)
    plain = np.linalg.lstsq(0.5 * light.basis(normals), colours, rcond=None)[0]
    error = np.abs(light.shading(found, normals) - light.shading(truth, normals)).mean()
    assert error < 0.03 < np.abs(light.shading(plain, normals) - light.shading(truth, normals)).mean()


def test_one_side_seen_leaves_the_other_finite():
    generator = np.random.default_rng(6)
    truth, normals = somewhere(generator), directions(generator, 3000)
    seen = normals[normals @ (0.8, -0.6, 0.0) > 0.5]
    found = light.fit_light(0.5 * light.shading(truth, seen), 0.5, seen)
    np.testing.assert_allclose(light.shading(found, seen), light.shading(truth, seen), atol=0.15)
    assert np.abs(light.shading(found, seen) - light.shading(truth, seen)).mean() < 0.02
    assert np.abs(light.shading(found, normals)).max() < 3 * np.abs(light.shading(truth, normals)).max()


def test_where_it_comes_from():
    direction = np.array([0.6, -0.64, 0.48])
    np.testing.assert_allclose(light.brightest(light.ambient() + light.lamp(direction)), direction, atol=1e-6)
    np.testing.assert_allclose(light.brightest(light.ambient()), [0, -1, 0])


def test_shading_is_never_negative():
    normals = directions(np.random.default_rng(7), 500)
    assert (light.shading(3 * light.lamp([0, 0, 1.0]), normals) > 0).all()


def test_too_few_pixels():
    with pytest.raises(ParameterError, match="9"):
        light.fit_light(np.ones((20, 3)), 1.0, np.tile([0, 0, 1.0], (20, 1)), np.arange(20) < 5)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_a_few_lamps_make_the_same_light(seed):
    generator = np.random.default_rng(seed)
    truth, normals = somewhere(generator), directions(generator, 300)
    places, colours = light.as_lamps(truth)
    made = sum(light.lamp(place, colour) for place, colour in zip(places, colours, strict=True))
    assert len(places) <= 9 and (colours >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1)
    assert np.abs(light.shading(made, normals) - light.shading(truth, normals)).mean() < 0.03
