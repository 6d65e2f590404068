"""Displacement maps on disk: EXR with one float32 channel in millimetres, or 16 bit PNG with its range written in it.

Maps of other programs, EXR, TIFF or PNG, are read too, once it is said in which unit, or scale, they are.

Maps are (R, R) float32, millimetres along the normal, positive outwards, row 0 at the top (V = 1) of the face's UVs.
"""
import math
from pathlib import Path

import numpy as np

from .errors import Detailed3DMMError, FileFormatError, ParameterError

SMALLEST, LARGEST = 16, 8192
_PNG_ZERO = 32768
_RANGE_KEY = "range_mm"
# A face has no relief of 20 mm: such a file is in other units. Rounding may carry a map of ours a little beyond.
_DEEPEST = 20.5
_WIDEST_RANGE = 50.0
_SHALLOWEST, _SMALLEST_RELIEF = 0.005, 64  # mm, pixels: less shows no creases
UNITS = {"mm": 1.0, "cm": 10.0, "m": 1000.0}  # of float files
_SUFFIXES = {".exr": "EXR", ".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF"}


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


def read(path, unit="mm", scale=None, midlevel=0.5):
    """Read a map from EXR, TIFF or PNG: of one channel, or grey saved as colours.

    Parameters
    ----------
    path : str or Path
    unit : what floating-point values are in, one of `UNITS`
    scale : millimetres from black to white of 8 or 16 bit values; None takes the range that `write_png` wrote
    midlevel : the value, 0 black to 1 white, that stands for the undisplaced surface; counts together with `scale`

    Returns
    -------
    displacement : (R, R) float32, millimetres

    Raises
    ------
    FileFormatError
        If the file is not a scalar displacement map; the message says why, and what to do.
    ParameterError
        If there is no such unit, or scale or midlevel are out of range.
    """
    if unit not in UNITS:
        raise ParameterError(f"There is no unit {unit!r}: displacement is in {', '.join(UNITS)}.")
    if scale is not None and not 0 < scale <= 2 * _WIDEST_RANGE or not 0 <= midlevel <= 1:
        raise ParameterError(f"A displacement map's scale lies between 0 and {2 * _WIDEST_RANGE:g} mm, its midlevel "
                             "between 0 and 1.")
    path = Path(path)
    pixels, text, largest = _read(path)
    if not np.isfinite(pixels).all():
        raise FileFormatError(f"{path} holds values that are not finite numbers.")
    if np.ptp(pixels, axis=2).any():
        raise FileFormatError(f"{path} has colours: it is a vector or a normal map, and a displacement map with one "
                              "channel is needed. Bake the height alone.")
    values = pixels[..., 0].astype(np.float32)
    if largest is None:
        values *= np.float32(UNITS[unit])
    elif scale is not None:
        values = (values / np.float32(largest) - np.float32(midlevel)) * np.float32(scale)
    else:
        values = (values - _PNG_ZERO) / _PNG_ZERO * _range(text, largest, path)
    deepest = float(np.abs(values).max())
    if deepest > _DEEPEST:
        raise FileFormatError(f"{path} reaches {deepest:.4g} mm: a face's displacement in millimetres stays below 20. "
                              "Choose its unit or its scale.")
    return values


def check_relief(displacement):
    """Raise ParameterError where a map (R, R) in mm has no relief to take creases from, or not the size for it."""
    displacement = _checked(displacement)
    if len(displacement) < _SMALLEST_RELIEF:
        raise ParameterError(f"The displacement map must be at least {_SMALLEST_RELIEF} x {_SMALLEST_RELIEF} pixels, "
                             f"not {displacement.shape}.")
    depth = float(np.ptp(displacement))
    if depth < _SHALLOWEST:
        raise ParameterError(f"The displacement map is only {depth:.2g} mm deep: choose the unit or the scale that it "
                             "was made in.")


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
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise FileFormatError(f"{path} is neither an EXR, a TIFF nor a PNG file.")
    source = library.ImageInput.open(str(path))
    if source is None:
        library.geterror()  # cleared, or the library prints it later
        raise FileFormatError(f"{path} is not a readable {kind} file.")
    try:
        spec = source.spec()
        _check_size(spec, path)
        largest = _largest(spec, library, path)
        # Two channels are grey and alpha; what is not called alpha is colour.
        colours = spec.nchannels - (spec.alpha_channel > 0)
        pixels = source.read_image(0, 0, 0, colours, _PIXEL_TYPES[largest])
        if pixels is None:
            source.geterror()
            raise FileFormatError(f"{path} is truncated or damaged.")
        return pixels.reshape(spec.height, spec.width, -1), spec.getattribute(_RANGE_KEY), largest
    finally:
        source.close()


def _check_size(spec, path):
    if spec.width != spec.height or not SMALLEST <= spec.width <= LARGEST:
        raise FileFormatError(f"{path} is {spec.width} x {spec.height} pixels: a square of {SMALLEST} to {LARGEST} "
                              "is needed.")


_PIXEL_TYPES = {None: "float", 255: "uint8", 65535: "uint16"}


def _largest(spec, library, path):
    """The value that stands for white; None where values are floating-point numbers."""
    kind = spec.format.basetype
    if kind in {library.FLOAT, library.HALF}:
        return None
    if kind not in {library.UINT8, library.UINT16}:
        raise FileFormatError(f"{path} holds numbers of a kind that displacement is not kept in: save it with 16 bits "
                              "or floating point.")
    return 255 if kind == library.UINT8 else 65535


def _range(text, largest, path):
    """What `write_png` wrote as the range, millimetres."""
    if largest != 65535:
        raise FileFormatError(f"{path} has 8 bits a channel, so it does not say how deep it is: give its scale, the "
                              "millimetres from black to white.")
    try:
        range_mm = float(text)
    except (TypeError, ValueError) as error:
        raise FileFormatError(f"{path} does not say how deep it is: it has no {_RANGE_KEY} text. Give its scale, the "
                              "millimetres from black to white.") from error
    if not 0 < range_mm <= _WIDEST_RANGE:
        raise FileFormatError(f"{path} gives {range_mm:g} mm as its range: it must lie between 0 and "
                              f"{_WIDEST_RANGE:g}.")
    return range_mm
