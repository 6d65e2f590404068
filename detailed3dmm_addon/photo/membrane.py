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
    known = np.where(weights[..., None] > 0, values, 0) * weights[..., None]
    levels = [(known, weights)]
    while len(levels[-1][1]) > _SMALLEST:
        # Four texels known by a quarter make a fully known one: only what lacks support is taken from further away.
        known, weights = (4 * _resized(level, len(level) // 2, "INTER_AREA") for level in levels[-1])
        excess = np.maximum(weights, 1)
        levels.append((known / excess[..., None], weights / excess))
    known, weights = levels[-1]
    surface = np.broadcast_to(known.sum((0, 1)) / max(weights.sum(), 1e-9), known.shape)
    for known, weights in reversed(levels):
        surface = known + (1 - weights[..., None]) * _resized(surface, len(weights), "INTER_LINEAR")
    return surface.astype(np.float32)


def _resized(image, size, interpolation):
    """An image (R, R, ...) at `size` texels a side."""
    import cv2

    resized = cv2.resize(np.ascontiguousarray(image), (size, size), interpolation=getattr(cv2, interpolation))
    return resized.reshape(size, size, *image.shape[2:])  # OpenCV drops a single channel
