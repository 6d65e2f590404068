"""Which moments of a take are worth a picture."""

from types import SimpleNamespace

import numpy as np

from detailed3dmm_addon.core.curves_file import Curves
from detailed3dmm_addon.speech.phones import BILABIALS, TimedPhone
from tools.talking import APART, FPS, frame_of, moments


def take(phones):
    jaw = np.zeros((10 * FPS, 1), np.float32)
    for phone in phones:
        jaw[frame_of(phone)] = {"AA": 0.9, "IY": 0.2}.get(phone.phone, 0.0)
    return SimpleNamespace(curves=Curves(FPS, ("jawOpen",), jaw), phones=phones)


def test_closures_and_the_most_open_vowels_in_order():
    phones = [TimedPhone(name, 0.3 * k, 0.3 * (k + 1)) for k, name in enumerate(["M", "AA", "T", "IY", "P", "IY"] * 4)]
    chosen = moments(take(phones), count=8, seconds=10)
    assert [phone.start for phone in chosen] == sorted(phone.start for phone in chosen)
    assert sum(phone.phone in BILABIALS for phone in chosen) == 4
    assert sum(phone.phone == "AA" for phone in chosen) == 4
    assert min(np.diff([phone.start for phone in chosen])) >= APART


def test_what_is_heard_later_is_left_out():
    phones = [TimedPhone("M", 1.0, 1.2), TimedPhone("AA", 5.0, 5.3)]
    assert [phone.phone for phone in moments(take(phones), count=4, seconds=3)] == ["M"]
