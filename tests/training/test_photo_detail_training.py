"""What the reader of photos learns from: reliefs laid over photos, and where it starts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.dnpm import FAINT
from detailed3dmm_addon.core.person import PERSON_CODE_SIZE, mirror_person
from detailed3dmm_addon.photo.detail_cue import Cue, bare_skin
from detailed3dmm_addon.photo.detail_reader import AGE, NUMBERS, SIZE
from training import train_photo_detail
from training.photo_detail import lessons, photos, sightings
from training.train_photo_detail import loss_of, started

RANDOM = np.random.default_rng(3)
NAMES = ("shading", "pigment", "weight", "response")


def a_cue():
    field = 0.02 * RANDOM.standard_normal((2, SIZE, SIZE)).astype(np.float32)
    return Cue(*field, bare_skin(), np.tile(np.float32([0.4, 0.3]), (SIZE, SIZE, 1)))


def waves():
    x, y = np.meshgrid(*[np.arange(SIZE, dtype=np.float32)] * 2)
    return 0.02 * np.sin((2 * x + y) / 3)


def test_a_relief_laid_over_a_photo_adds_its_shading():
    cue = a_cue()
    flat, rough = (lessons.laid(cue, factor * waves(), 0.0, 0.0) for factor in (0, 1))
    np.testing.assert_allclose(flat.shading, cue.shading, atol=1e-6)
    added, known = rough.shading - cue.shading, cue.weight > 0.9
    assert np.corrcoef(added[known], cue.shaded(waves())[known])[0, 1] > 0.99


def test_a_blurred_photo_shows_less_of_it():
    calm = replace(a_cue(), shading=np.zeros((SIZE, SIZE), np.float32))
    sharp, blurred = (lessons.laid(calm, waves(), blur, 0.0).shading for blur in (0.0, 4.0))
    assert blurred.std() < 0.5 * sharp.std()


def test_laying_over_and_mirroring_may_change_places():
    cue = a_cue()
    first = lessons.laid(cue, waves(), 1.0, 0.5).mirrored()
    after = lessons.laid(cue.mirrored(), np.ascontiguousarray(waves()[:, ::-1]), 1.0, 0.5)
    for name in NAMES:
        np.testing.assert_allclose(getattr(first, name), getattr(after, name), atol=2e-3)


def test_clutter_is_what_varies_beside_relief():
    cue = a_cue()
    low, high = (lessons.state(replace(cue, shading=factor * cue.shading), 2.0) for factor in (1, 4))
    assert high[1] - low[1] == pytest.approx(np.log(4), abs=0.05)
    assert np.exp(low[0]) == pytest.approx(2.0)


def test_numbers_of_a_mirrored_person_are_the_mirrored_numbers():
    person, nobody = RANDOM.standard_normal(PERSON_CODE_SIZE).astype(np.float32), np.zeros(100, np.float32)
    own, mirrored = (sightings.numbers_of(p, nobody, 60.0) for p in (person, mirror_person(person).astype(np.float32)))
    np.testing.assert_allclose(mirror_person(own[:AGE]), mirrored[:AGE], atol=1e-6)
    assert own[AGE] == mirrored[AGE] == pytest.approx(0.5)


def test_the_reader_starts_as_the_encoder_of_maps():
    model = Detailed3DMM.load()
    height = model.displacement(np.zeros(100), np.zeros(53), RANDOM.standard_normal(24), 75, SIZE)
    channels = np.zeros((1, 6, SIZE, SIZE), np.float32)
    channels[0, 0] = np.arcsinh(height / FAINT) / 4
    with torch.inference_mode():
        read = model.network.encoder(torch.from_numpy(height)[None, None])
        mean, _variance = started().eval()(torch.from_numpy(channels), torch.zeros(1, 53))
    known = torch.cat([read[name] for name in ("variant", "warp", "skin", "age")], 1)[0]
    assert np.corrcoef(mean[0, : AGE + 1], known)[0, 1] > 0.99


def test_two_readings_of_a_person_are_drawn_together():
    mean, numbers = torch.zeros(2, NUMBERS), torch.zeros(2, NUMBERS)
    mean[0, :AGE], mean[1, :AGE] = 0.5, -0.5
    apart, likelihood = loss_of(mean, torch.zeros(2, NUMBERS), numbers)
    together, same = loss_of(mean.abs(), torch.zeros(2, NUMBERS), numbers)
    assert likelihood == pytest.approx(same) and apart > together


class Lesson:
    """Stands in for `lessons.Lessons`: counts what is asked for."""

    asked = 0

    def batch(self, persons):
        self.asked += 1
        return torch.ones(2 * persons, 1), torch.zeros(2 * persons, 53), torch.zeros(2 * persons, NUMBERS)


class Scale(torch.nn.Module):
    """Stands in for the reader: one number for all means."""

    def __init__(self):
        super().__init__()
        self.mean = torch.nn.Parameter(torch.ones(NUMBERS))

    def forward(self, channels, _expression):
        return channels * self.mean, 0 * channels * self.mean


def test_training_goes_on_after_its_first_report(tmp_path, monkeypatch):
    monkeypatch.setattr(train_photo_detail, "REPORT", 1)
    source, reader = Lesson(), Scale()
    train_photo_detail.train(reader, source, 0.02, tmp_path, rate=0.1)
    assert source.asked > 3 and reader.mean.abs().max() < 0.9
    assert (tmp_path / train_photo_detail.CHECKPOINT).exists()


def test_degradations_stay_within_a_picture():
    picture = RANDOM.random((64, 64, 3)).astype(np.float32)
    for seed in range(20):
        bad, blur = photos.degraded(picture, np.random.default_rng(seed))
        assert bad.shape == picture.shape and bad.min() >= 0 and bad.max() <= 1 and blur >= 0.2


def test_a_photo_of_a_person_is_the_same_every_time_and_kept(tmp_path):
    first = sightings._person(7, False)
    assert len(first) == sightings.EXPRESSIONS * sightings.PHOTOS
    again = sightings._person(7, False)
    np.testing.assert_array_equal(first.cue, again.cue)
    cue = first.cue_of(0)
    assert cue.weight.shape == (SIZE, SIZE) and cue.weight.min() >= 0 and cue.weight.max() <= 1
