"""Displacement maps on disk: EXR with one float32 channel in millimetres, or 16 bit PNG with its range written in it.

Maps are (R, R) float32, millimetres along the normal, positive outwards, row 0 at the top (V = 1) of the face's UVs.
"""
import math
from pathlib import Path

import numpy as np

from .errors import Detailed3DMMError, FileFormatError, ParameterError

SMALLEST, LARGEST = 16, 8192
_PNG_ZERO = 32768
_RANGE_KEY = "range_mm"
# A face has no relief deeper than this: such a file is in other units.
_DEEPEST = 50.0


def write_exr(path, displacement):
    """Write a map as EXR: channel Y, float32, millimetres.

    Parameters
    ----------
    path : str or Path
    displacement : (R, R) array, millimetres
    """
    _write(path, _checked(displacement).astype(np.float32), "float", {"unit": "mm", "compression": "zip"})


def write_png(path, displacement, range_mm=None):
    """Write a map as 16 bit PNG: ``mm = (value - 32768) / 32768 * range_mm``.

    Parameters
    ----------
    path : str or Path
    displacement : (R, R) array, millimetres
    range_mm : float or None, the depth that the values -1 and 1 stand for; None takes what the map needs

    Returns
    -------
    range_mm : float, also written into the file's text
    """
    displacement = _checked(displacement)
    if range_mm is None:
        # Rounded up to a readable number; the highest value, 65535, lies one step below the range.
        range_mm = math.ceil(float(np.abs(displacement).max()) * (1 + 1 / _PNG_ZERO) * 100 + 1e-6) / 100
    values = np.round(displacement / range_mm * _PNG_ZERO) + _PNG_ZERO
    if values.min() < 0 or values.max() > 65535:
        raise ParameterError(f"The map is deeper than {range_mm} mm, the range of its PNG file.")
    _write(path, values.astype(np.uint16), "uint16", {_RANGE_KEY: repr(range_mm)})
    return range_mm


def read(path):
    """Read a map from EXR (millimetres) or 16 bit PNG (range in its text).

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    displacement : (R, R) float32, millimetres

    Raises
    ------
    FileFormatError
        If the file is not a scalar displacement map in one of the two formats; the message says why.
    """
    path = Path(path)
    pixels, text, is_float = _read(path)
    if not np.isfinite(pixels).all():
        raise FileFormatError(f"{path} holds values that are not finite numbers.")
    if np.ptp(pixels, axis=2).any():
        raise FileFormatError(f"{path} has colours: it is a vector or a normal map, and a displacement map with one "
                              "channel is needed.")
    values = pixels[..., 0].astype(np.float32)
    if not is_float:
        values = (values - _PNG_ZERO) / _PNG_ZERO * _range(text, path)
    deepest = float(np.abs(values).max())
    if deepest > _DEEPEST:
        raise FileFormatError(f"{path} reaches {deepest:.4g}: a displacement map in millimetres stays below "
                              f"{_DEEPEST:g}.")
    return values


def _checked(displacement):
    displacement = np.asarray(displacement)
    if displacement.ndim != 2 or displacement.shape[0] != displacement.shape[1]:
        raise ParameterError(f"A displacement map is square with one channel, this one is {displacement.shape}.")
    if not np.isfinite(displacement).all():
        raise ParameterError("The displacement map holds values that are not finite numbers.")
    return displacement


def _library():
    try:
        import OpenImageIO
    except ImportError as error:
        raise Detailed3DMMError("OpenImageIO, which reads and writes displacement files, is missing: "
                                "install the Python package OpenImageIO.") from error
    return OpenImageIO


def _write(path, pixels, pixel_type, attributes):
    library = _library()
    path = Path(path)
    # Checked first: the library would only say that opening failed.
    path.open("ab").close()
    size = pixels.shape[0]
    spec = library.ImageSpec(size, size, 1, pixel_type)
    spec.channelnames = ("Y",)
    for name, value in attributes.items():
        spec.attribute(name, value)
    output = library.ImageOutput.create(str(path))
    if output is None or not output.open(str(path), spec):
        reason = library.geterror() if output is None else output.geterror()
        raise Detailed3DMMError(f"{path} cannot be written: {reason}")
    # Two dimensions would be taken for (pixels, channels).
    written = output.write_image(np.ascontiguousarray(pixels[..., None]))
    if not (output.close() and written):
        raise Detailed3DMMError(f"{path} could not be written completely: is the disk full?")


def _read(path):
    library = _library()
    if not path.is_file():
        raise FileFormatError(f"There is no file {path}.")
    if path.suffix.lower() not in {".exr", ".png"}:
        raise FileFormatError(f"{path} is neither an EXR nor a PNG file.")
    source = library.ImageInput.open(str(path))
    if source is None:
        library.geterror()  # cleared, or the library prints it later
        raise FileFormatError(f"{path} is not a readable {path.suffix[1:].upper()} file.")
    try:
        spec = source.spec()
        _check_size(spec, path)
        is_float = _is_float(spec, library, path)
        colours = spec.nchannels - (spec.alpha_channel > 0)
        pixels = source.read_image(0, 0, 0, colours, "float" if is_float else "uint16")
        if pixels is None:
            source.geterror()
            raise FileFormatError(f"{path} is truncated or damaged.")
        return pixels.reshape(spec.height, spec.width, -1), spec.getattribute(_RANGE_KEY), is_float
    finally:
        source.close()


def _check_size(spec, path):
    if spec.width != spec.height or not SMALLEST <= spec.width <= LARGEST:
        raise FileFormatError(f"{path} is {spec.width} x {spec.height} pixels: a square of {SMALLEST} to {LARGEST} "
                              "is needed.")


def _is_float(spec, library, path):
    kind = spec.format.basetype
    if kind in {library.FLOAT, library.HALF}:
        return True
    if kind != library.UINT16:
        raise FileFormatError(f"{path} has {spec.format.size() * 8} bits a channel: a displacement PNG needs 16.")
    return False


def _range(text, path):
    try:
        range_mm = float(text)
    except (TypeError, ValueError) as error:
        raise FileFormatError(f"{path} does not say how deep it is: a displacement PNG needs its {_RANGE_KEY} text; "
                              "use EXR where a program drops it.") from error
    if not 0 < range_mm <= _DEEPEST:
        raise FileFormatError(f"{path} gives {range_mm:g} mm as its range: it must lie between 0 and {_DEEPEST:g}.")
    return range_mm
