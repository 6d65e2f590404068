"""The physics of the teacher, on flat skin where the answers are known."""

import math
import shutil

import numpy as np
import pytest
import torch

from training.teacher import buckling

SIZE, LENGTH = 64, 80.0  # texels, mm a side
WAVELENGTH, CRITICAL = 10.0, 0.05


def flat_skin(lateral_strain, rest=None):
    metric = np.broadcast_to(np.eye(2) * LENGTH**2, (SIZE, SIZE, 2, 2)).astype(np.float32)
    strain = np.zeros_like(metric)
    strain[..., 0, 0] = lateral_strain * LENGTH**2
    everywhere = np.ones((SIZE, SIZE), np.float32)
    return buckling.Skin(
        strain, metric, WAVELENGTH * everywhere, CRITICAL * everywhere,
        np.zeros((SIZE, SIZE), np.float32) if rest is None else rest, everywhere > 0,
    )  # fmt: skip


def waves(depth, wavelength):
    x = (np.arange(SIZE) + 0.5) / SIZE * LENGTH
    return torch.from_numpy(np.tile(depth * np.cos(2 * math.pi * x / wavelength), (SIZE, 1)).astype(np.float32))


def energy(height, strain):
    return float(buckling.energy(height, buckling.coefficients(flat_skin(strain))))


def test_skin_at_rest_has_no_energy_and_any_height_costs_some():
    assert energy(waves(0, WAVELENGTH), 0) == 0
    assert energy(waves(0.1, WAVELENGTH), 0) > 0


def test_waves_pay_beyond_the_critical_strain_only():
    for strain, pays in ((-0.5 * CRITICAL, False), (-2 * CRITICAL, True)):
        assert (energy(waves(0.2, WAVELENGTH), strain) < energy(waves(0, WAVELENGTH), strain)) == pays


def test_the_skins_own_wavelength_is_the_cheapest():
    costs = {w: energy(waves(0.02, w), -1.2 * CRITICAL) for w in (5.0, 10.0, 20.0)}
    assert min(costs, key=costs.get) == WAVELENGTH


@pytest.mark.skipif(shutil.which("g++") is None, reason="the solver is compiled: g++ is not installed")
def test_compressed_skin_folds_across_the_compression_and_slack_skin_does_not():
    torch.manual_seed(0)
    start = 0.05 * torch.randn(SIZE, SIZE)
    maps = [buckling.coefficients(flat_skin(s)) for s in (-3 * CRITICAL, 0.0)]
    folded, slack = (buckling.relax(start, m, steps=300, rate=0.03).numpy() for m in maps)
    assert folded.std() > 20 * slack.std()
    spectrum = np.abs(np.fft.rfft(folded - folded.mean(), axis=1)).mean(0)
    assert abs(LENGTH / spectrum.argmax() - WAVELENGTH) < 3
    along_u, along_t = np.abs(np.diff(folded, axis=1)).mean(), np.abs(np.diff(folded, axis=0)).mean()
    assert along_u > 1.5 * along_t


@pytest.mark.skipif(shutil.which("g++") is None, reason="the solver is compiled: g++ is not installed")
def test_a_face_without_strain_keeps_the_creases_that_it_has_at_rest():
    rest = waves(0.3, WAVELENGTH).numpy()
    settled = buckling.relax_from_half(flat_skin(0.0, rest), rest, coarse_steps=30, fine_steps=10, rate=0.03)
    np.testing.assert_allclose(settled, rest, atol=0.02)
