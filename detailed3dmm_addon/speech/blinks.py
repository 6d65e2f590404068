"""When the eyes blink, and how the lids move.

Speakers blink 12-26 times a minute (Bentivoglio et al. 1997: 17 at rest, 26 in conversation), rarely at random: at
pauses and the ends of phrases (Nakano & Kitazawa 2010), on stressed syllables, and with large shifts of gaze.
"""

from __future__ import annotations

import numpy as np

INTERVAL = 2.9  # seconds, the median time between blinks
SPREAD = 0.38  # of its logarithm
SHORTEST, LONGEST = 1.0, 5.5  # seconds between blinks
REACH = 0.6  # seconds that a blink moves to fall on an occasion
_ACCENT_WORTH = 0.6  # of an accent at full strength, against 1 of a pause
_SHIFT_WORTH = 0.8  # of a large shift of gaze
_LARGE_SHIFT = np.radians(7)

# The lids of a spontaneous blink: fast down, at once up again, slowing down (VanderWerf et al. 2003). Full width at
# half maximum 100 ms; sampled at 24 to 60 frames a second the lids are past half way for 100 to 150 ms.
CLOSING, CLOSED, OPENING = 0.060, 0.018, 0.150  # seconds
_OPENING_WARP = 0.66  # below 1: the opening starts faster than it ends


def blink_times(prosody, gaze, amount, random):
    """When the lids are closed.

    Parameters
    ----------
    prosody : prosody.Prosody; gaze : Moves of the eyes, (yaw, pitch) radians
    amount : 1 is usual, 0 never; random : numpy Generator

    Returns
    -------
    (N,) seconds, ascending
    """
    if amount <= 0:
        return np.zeros(0)
    times, worth = _occasions(prosody, gaze)
    found, due = [], random.uniform(0.5, INTERVAL) / amount
    while due < prosody.duration - OPENING:
        earliest = found[-1] + SHORTEST / amount if found else CLOSING
        found.append(_on_occasion(due, earliest, times, worth, REACH / amount))
        interval = np.clip(INTERVAL * random.lognormal(0, SPREAD), SHORTEST, LONGEST)
        due += interval / amount
    return np.array([time for time in found if time < prosody.duration - OPENING])


def lids(times, count, fps):
    """The eyelids' curve and the frames at which they are closed.

    Each blink is moved to the nearest frame, so that at any rate a frame shows the lids wholly closed.

    Parameters
    ----------
    times : (N,) seconds; count : frames; fps : frames a second

    Returns
    -------
    (T,) 0..1; (B,) int frames, strictly ascending
    """
    frames = np.unique(np.clip(np.rint(np.asarray(times) * fps).astype(int), 0, count - 1))
    curve = np.zeros(count)
    reach = np.arange(-int(0.1 * fps) - 1, int(0.2 * fps) + 2)
    shape = _shape(reach / fps)
    for frame in frames:
        inside = (frame + reach >= 0) & (frame + reach < count)
        span = frame + reach[inside]
        curve[span] = np.maximum(curve[span], shape[inside])
    return curve, frames


def _shape(times):
    """Closedness 0..1 at times from the middle of the closed moment."""
    closing = np.clip((-CLOSED / 2 - times) / CLOSING, 0, 1)
    opening = np.clip((times - CLOSED / 2) / OPENING, 0, 1) ** _OPENING_WARP
    return (0.5 + 0.5 * np.cos(np.pi * closing)) * (0.5 + 0.5 * np.cos(np.pi * opening))


def _occasions(prosody, gaze):
    """Times that invite a blink, ascending, and how much."""
    occasions = [(phrase.end + 0.06, 1.0) for phrase in prosody.phrases]
    occasions += [(phrase.start - 0.10, 0.7) for phrase in prosody.phrases]
    occasions += [(accent.time + 0.10, _ACCENT_WORTH * accent.strength) for accent in prosody.accents]
    occasions += [(after.time, _SHIFT_WORTH) for before, after in zip(gaze, gaze[1:], strict=False)
                  if np.hypot(*np.subtract(after.value, before.value)) > _LARGE_SHIFT]
    times, worth = np.array(sorted(occasions) or np.zeros((0, 2))).T
    return times, worth


def _on_occasion(due, earliest, times, worth, reach):
    """The time of the best occasion near `due`: worth much and not far; `due` itself where there is none."""
    first, last = np.searchsorted(times, [max(due - reach, earliest), due + reach])
    if first >= last:
        return max(due, earliest)
    near = slice(first, last)
    return float(times[near][np.argmax(worth[near] - 0.5 * np.abs(times[near] - due) / reach)])
