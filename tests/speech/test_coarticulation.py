"""Phones to curves: what opens, what rounds, who leads, and what the settings do."""
import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.speech.coarticulation import ArticulationSettings, articulate
from detailed3dmm_addon.speech.phones import INDEX, PHONES, VOWELS, TimedPhone

NAMES = BaseModel.load().expression_names
JAW, PUCKER, STRETCH = (NAMES.index(name) for name in ("jawOpen", "mouthPucker", "mouthStretch_L"))


def said(text, start=0.5, length=0.1, after=0.5):
    """TimedPhones of equal length between silences, and the number of frames."""
    phones = [TimedPhone("SIL", 0, start)]
    for name in text.split():
        phones.append(TimedPhone(name, phones[-1].end, phones[-1].end + length))
    phones.append(TimedPhone("SIL", phones[-1].end, phones[-1].end + after))
    return phones, round(phones[-1].end * 100)


def babble(seconds, seed=0):
    """Random phones of ordinary lengths."""
    generator = np.random.default_rng(seed)
    names, phones = [name for name in PHONES if name != "SIL"], [TimedPhone("SIL", 0, 0.4)]
    while phones[-1].end < seconds:
        vowel = phones[-1].phone not in VOWELS
        name = generator.choice([name for name in names if (name in VOWELS) == vowel])
        phones.append(TimedPhone(str(name), phones[-1].end, phones[-1].end + generator.gamma(9, 0.009) + 0.02))
    return phones, round(phones[-1].end * 100)


def test_silence_is_still():
    for phones in ([], [TimedPhone("SIL", 0, 30)]):
        assert articulate(phones, 3000).max() == 0


@pytest.mark.parametrize(("pause", "ajar"), [(0.25, True), (0.34, True), (0.65, False), (2.0, False)])
def test_lips_stay_apart_in_a_short_pause(pause, ajar):
    phones = [TimedPhone("SIL", 0, 0.3), TimedPhone("AA", 0.3, 0.5), TimedPhone("SIL", 0.5, 0.5 + pause),
              TimedPhone("AA", 0.5 + pause, 0.7 + pause), TimedPhone("SIL", 0.7 + pause, 1 + pause)]  # fmt: skip
    jaw = articulate(phones, round(100 * (1 + pause)))[:, JAW]
    assert (jaw[round(100 * (0.5 + 0.5 * pause))] > 0.03) == ajar
    assert jaw[0] < 0.01 and jaw[-1] < 0.02, "before and after all it rests"


def test_a_longer_pause_is_never_more_open():
    openings = []
    for pause in np.arange(0.3, 0.8, 0.05):
        phones = [TimedPhone("AA", 0, 0.2), TimedPhone("SIL", 0.2, 0.2 + pause), TimedPhone("AA", 0.2 + pause, 1)]
        openings.append(articulate(phones, 100)[round(100 * (0.2 + 0.5 * pause)), JAW])
    assert all(a >= b - 1e-4 for a, b in zip(openings, openings[1:], strict=False))


def test_vowels_open_by_their_height():
    heights = []
    for vowel in ("IY", "IH", "EH", "AE", "AA"):
        phones, count = said(f"T {vowel} T", length=0.15)
        heights.append(articulate(phones, count)[:, JAW].max())
    assert heights == sorted(heights) and heights[-1] > 2 * heights[0]
    assert 0.25 < heights[-1] < 0.5, "conversation, not a scream"


def test_rounding_leads_the_sound():
    phones, count = said("IY N T W IY", length=0.09)
    pucker, start = articulate(phones, count)[:, PUCKER], phones[4].start
    assert pucker.max() > 0.5
    begins = np.flatnonzero(pucker > 0.1 * pucker.max())[0] / 100
    assert 0.1 < start - begins < 0.22


def test_spread_and_rounded_vowels_differ_in_their_channels():
    phones, count = said("IY T UW", length=0.15)
    curves = articulate(phones, count)
    spread, rounded = round(100 * (phones[1].start + 0.07)), round(100 * (phones[3].start + 0.07))
    assert curves[spread, STRETCH] > 0.15 and curves[rounded, STRETCH] < 0.05
    assert curves[rounded, PUCKER] > 0.5 and curves[spread, PUCKER] < 0.1


def test_the_mouth_opens_shortly_before_speech_and_rests_after():
    phones, count = said("AA T AA", start=1.0, after=1.0)
    jaw = articulate(phones, count)[:, JAW]
    assert jaw[80] < 0.02 and 0.02 < jaw[96] < jaw.max()
    assert jaw[-60:].max() < 0.02


def test_a_take_does_not_depend_on_what_lies_far_away():
    """Curves are worked out in blocks: a shift by silence shifts them, whatever block they fall into."""
    phones, count = babble(4)
    curves = articulate(phones, count)
    late = [TimedPhone("SIL", 0, 17.5), *(TimedPhone(p.phone, p.start + 17.5, p.end + 17.5) for p in phones)]
    np.testing.assert_allclose(articulate(late, count + 1750)[1850:], curves[100:], atol=1e-3)


def test_movement_is_smooth():
    phones, count = babble(30)
    velocity = np.diff(articulate(phones, count)[:, JAW])
    power = np.abs(np.fft.rfft(velocity * np.hanning(len(velocity)))) ** 2
    assert power[np.fft.rfftfreq(len(velocity), 0.01) > 12].sum() < 0.06 * power.sum()


def test_style_goes_from_mumbled_to_over_articulated():
    phones, count = babble(10)
    styles = [ArticulationSettings(style=style) for style in (-1, -0.5, 0, 0.5, 1)]
    reach = [articulate(phones, count, settings)[:, JAW].std() for settings in styles]
    assert reach == sorted(reach) and reach[-1] > 2 * reach[0] > 0


def test_settings_scale_their_share():
    phones, count = babble(5)
    curves = articulate(phones, count)
    np.testing.assert_allclose(articulate(phones, count, ArticulationSettings(jaw=0.5))[:, JAW], curves[:, JAW] / 2,
                               atol=1e-6)
    lips = articulate(phones, count, ArticulationSettings(lips=0))
    assert lips[:, PUCKER].max() == 0 and np.array_equal(lips[:, JAW], curves[:, JAW])
    assert articulate(phones, count, ArticulationSettings(intensity=0)).max() == 0


def test_a_viseme_of_no_strength_keeps_its_shape_back():
    phones, count = said("T UW T", length=0.15)
    weak = articulate(phones, count, ArticulationSettings(visemes={"W UW": 0}))
    assert weak[:, PUCKER].max() < 0.05 < articulate(phones, count)[:, PUCKER].max()


def test_louder_speech_opens_further():
    phones, count = said("AA T AA T AA T AA", length=0.3)
    loudness = np.linspace(-30, -10, count)
    jaw = articulate(phones, count, loudness=loudness)[:, JAW]
    assert jaw[round(100 * phones[7].start) + 15] > 1.15 * jaw[round(100 * phones[1].start) + 15]
    np.testing.assert_allclose(articulate(phones, count, loudness=loudness + 40)[:, JAW], jaw, atol=1e-6)


def test_a_vowel_in_doubt_takes_a_shape_between():
    phones, count = said("T AA T", length=0.2)
    likeness = np.zeros((len(phones), len(PHONES)), np.float32)
    likeness[:, INDEX["IY"]] = 1
    peak = articulate(phones, count, likeness=likeness)[:, JAW].max()
    closed, opened = (articulate(said(f"T {vowel} T", length=0.2)[0], count)[:, JAW].max() for vowel in ("IY", "AA"))
    assert closed + 0.05 < peak < opened - 0.05


@pytest.mark.parametrize("settings", [{"intensity": -1}, {"jaw": float("nan")}, {"style": 2}, {"visemes": {"Q": 1}}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ParameterError):
        ArticulationSettings(**settings)


def test_sizes_must_agree():
    phones, count = said("AA")
    with pytest.raises(ParameterError, match="loudness"):
        articulate(phones, count, loudness=np.zeros(count + 1))
