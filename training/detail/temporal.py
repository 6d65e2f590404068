"""Whether the relief stays still while a face moves: slider steps, a clip of speech, the way back to neutral."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from detailed3dmm_addon.core.dnpm import PREVIEW
from detailed3dmm_addon.core.presets import expression_presets
from training.teacher.sampling import both

from .behaviour import AGE, POSES
from .measures import FAINT, band_pass, correlation, rms

STEP = 0.05
FPS, SECONDS = 60, 10.0  # 12 Hz and more of the relief can only be seen at a high frame rate
FLICKER_HZ = 12.0
SILENCE = 0.5  # seconds at both ends of the clip
PHONES_A_SECOND = 11.0
DOMINANCE_WIDTH = 0.055  # seconds
BLINK_EVERY, BLINK_CLOSING, BLINK_OPENING = 3.1, 0.10, 0.20  # seconds


def tables(model, faces):
    """All figures; faces : list of (identity, person)."""
    return {
        f"neighbouring slider steps of {STEP}, correlation": slider_steps(model, faces),
        "ten seconds of speech": speech(model, faces[0]),
    }


def slider_steps(model, faces):
    """Correlation of maps, and of what they add to rest, between neighbouring steps from 0 to 1: the worst and the
    median over all steps and faces, for each pose. Steps where nothing is to be seen yet are left out
    (1 where that is all of them)."""
    figures = {}
    for pose, (expression, _) in tqdm(POSES.items(), desc="slider steps"):
        whole, added = [], []
        for identity, person in faces:
            values = [{k: v * s for k, v in expression.items()} for s in np.arange(0, 1 + STEP / 2, STEP)]
            maps = np.stack([
                model.displacement(identity, model.base.expression(v), person, AGE, PREVIEW) for v in values
            ])  # fmt: skip
            whole += _neighbours(band_pass(maps))
            added += _neighbours(band_pass(maps - maps[0])[1:])
        figures[pose] = {
            "map, worst": min(whole), "map, median": float(np.median(whole)),
            "change, worst": min(added, default=1.0), "change, median": float(np.median(added or [1.0])),
        }  # fmt: skip
    return figures


def _neighbours(maps):
    clear = rms(maps) > FAINT
    return correlation(maps[1:], maps[:-1])[clear[1:] & clear[:-1]].tolist()


def speech(model, face):
    """How much of the relief's motion over a clip flickers, beside the same share of the sliders that drive it, and
    whether the face returns to exactly the relief that it had."""
    identity, person = face
    curves = speech_clip(model.base)
    maps = np.stack([model.displacement(identity, e, person, AGE, PREVIEW) for e in tqdm(curves, desc="speech")])
    return {
        "relief above 12 Hz, share of its motion": flicker(maps),
        "sliders above 12 Hz, share of their motion": flicker(curves),
        "largest difference of the neutral face before and after, mm": float(np.abs(maps[-1] - maps[0]).max()),
    }


def flicker(series, fps=FPS, above=FLICKER_HZ):
    """Share of the energy of (T, ...) about its mean in time that lies above a frequency in Hz.

    The series should begin and end alike: it is taken as periodic.
    """
    series = series.reshape(len(series), -1)
    spectrum = np.zeros(len(series) // 2 + 1)
    for part in np.array_split(series, max(series.shape[1] // 4096, 1), axis=1):
        spectrum += (np.abs(np.fft.rfft(part, axis=0)) ** 2).sum(1)
    hertz = np.fft.rfftfreq(len(series), 1 / fps)
    return float(spectrum[hertz > above].sum() / max(spectrum[1:].sum(), 1e-12))


def speech_clip(base, seed=4, fps=FPS, seconds=SECONDS):
    """Expression curves (T, 53) of somebody who talks: visemes in random order, blinks, brows; neutral at both ends.

    Visemes blend by dominance functions (Cohen & Massaro 1993), here Gaussians, so that curves are smooth.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(int(fps * seconds)) / fps
    visemes = [p.expression for p in expression_presets() if p.name.startswith("visemes_")]
    centres = np.cumsum(rng.uniform(0.7, 1.3, int(seconds * PHONES_A_SECOND)) / PHONES_A_SECOND)
    targets = np.stack([
        rng.uniform(0.6, 1.0) * base.expression(visemes[i]) for i in rng.integers(len(visemes), size=len(centres))
    ])  # fmt: skip
    dominance = np.exp(-0.5 * ((time[:, None] - centres) / DOMINANCE_WIDTH) ** 2)
    curves = (dominance / (dominance.sum(1, keepdims=True) + 0.05)) @ targets
    brows = base.expression({**both("browInnerUp"), **both("browOuterUp")})
    curves += 0.35 * (1 - np.cos(2 * np.pi * time / 2.5))[:, None] * brows
    curves *= _ramp((time - SILENCE) / 0.3)[:, None] * _ramp((time[-1] - SILENCE - time) / 0.3)[:, None]
    for start in np.arange(1.0, seconds - 1.0, BLINK_EVERY):
        closing = _ramp((time - start) / BLINK_CLOSING)
        opening = _ramp((start + BLINK_CLOSING + BLINK_OPENING - time) / BLINK_OPENING)
        curves = np.maximum(curves, (closing * opening)[:, None] * base.expression(both("eyeBlink")))
    return np.clip(curves, 0, 1).astype(np.float32)


def _ramp(x):
    """From 0 to 1 as x goes from 0 to 1, smooth at both ends."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0, 1))
