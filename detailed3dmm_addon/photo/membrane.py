"""Smooth continuation of an image into where nothing is known of it."""
import numpy as np

_SMALLEST = 4  # texels a side of the coarsest level


def fill(values, weights):
    """Values everywhere: those that are known, and between and beyond them a smooth surface through them.

    Parameters
    ----------
    values : (R, R, C) float32, R a power of two; what stands where the weight is zero does not matter
    weights : (R, R) float32, 0 unknown .. 1 known

    Returns
    -------
    (R, R, C) float32; zero everywhere where nothing is known

    Pull and push over a pyramid, which comes near to the membrane (Laplace's equation) that Poisson blending solves, in
    linear time: S. J. Gortler et al., "The lumigraph", SIGGRAPH 1996.
    """
    import cv2

    known = np.where(weights[..., None] > 0, values, 0) * weights[..., None]
    levels = [(known, weights)]
    while len(levels[-1][1]) > _SMALLEST:
        known, weights = levels[-1]
        half = (len(weights) // 2,) * 2
        # Four texels known by a quarter make a fully known one: only what lacks support is taken from further away.
        known, weights = (4 * cv2.resize(level, half, interpolation=cv2.INTER_AREA) for level in (known, weights))
        excess = np.maximum(weights, 1)
        levels.append((known / excess[..., None], weights / excess))
    known, weights = levels.pop()
    total = weights.sum()
    surface = np.broadcast_to(known.sum((0, 1)) / total if total > 0 else np.zeros(known.shape[2], np.float32),
                              known.shape)
    surface = known + (1 - weights[..., None]) * surface
    for known, weights in reversed(levels):
        surface = cv2.resize(np.ascontiguousarray(surface), weights.shape[::-1], interpolation=cv2.INTER_LINEAR)
        surface = known + (1 - weights[..., None]) * surface
    return surface.astype(np.float32)
