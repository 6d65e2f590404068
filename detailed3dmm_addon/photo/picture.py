"""Photographs from disk: any common format as upright colours, with what the camera noted about its lens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import Detailed3DMMError, PhotoError
from .icc import to_srgb

FORMATS = ("jpg", "jpeg", "png", "tif", "tiff", "webp", "bmp")  # suffixes that file choosers offer
MOST_PIXELS = 64e6
LONGEST = 20000  # pixels on a side

_DECODERS = {"jpeg", "png", "tiff", "webp", "bmp", "pnm", "targa"}  # by OpenImageIO's names
_UNDER_TRANSPARENCY = 0.5  # grey, that no edge of it can be taken for a face
_FILM_DIAGONAL = 43.27  # mm, of 36 x 24: what "35 mm equivalent" compares with (CIPA DCG-001)
_FOCAL_RANGE = (0.3, 40.0)  # times the longer side; what lies outside is a slip in the file
_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}  # EXIF's FocalPlaneResolutionUnit in mm
_SIGNS_OF_A_CUT = ("Premature end", "hit end of file", "Read error")  # in what the library tells after reading
_JPEG, _JPEG_END, _TRAILER = b"\xff\xd8\xff", b"\xff\xd9", 4096  # bytes that some cameras append
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}


@dataclass(frozen=True)
class Picture:
    """A photograph as it is looked at.

    pixels : (H, W, 3) float32, sRGB-encoded 0..1, upright; what is transparent lies on grey
    alpha : (H, W) float32 0..1, or None where everything is opaque
    focal : focal length in pixels of this picture as its EXIF data tell it, or None
    path : Path of the file, or None
    """
    pixels: np.ndarray
    alpha: np.ndarray | None = None
    focal: float | None = None
    path: Path | None = None

    @property
    def size(self):
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def name(self):
        """What to call it in a message."""
        return self.path.name if self.path else "the picture"


def read_picture(path):
    """Read a photograph.

    Parameters
    ----------
    path : str or Path; JPEG (CMYK too), PNG, TIFF, WebP or BMP, 8 or 16 bits, grey or colour, with or without alpha

    Returns
    -------
    Picture, in sRGB whatever profile of a camera or screen the file has

    Raises
    ------
    PhotoError
        If it is missing, empty, cut off, damaged, larger than 64 megapixels, or in a format that is not read here.
    """
    path = Path(path)
    _check_file(path)
    library = _library()
    if library is None:
        return _without_library(path)
    config = library.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    file = library.ImageInput.open(str(path), config)
    if file is None:
        reason = library.geterror()  # also empties the library's store of errors
        raise _unreadable(path, reason)
    try:
        spec = file.spec()
        if file.format_name() not in _DECODERS or spec.format.basetype not in (library.UINT8, library.UINT16):
            raise _unsupported(path)
        _check_size(path, spec.width, spec.height)
        stored = file.read_image(0, 0, 0, spec.nchannels, spec.format)
        _check_whole(path, stored, file.geterror())
    finally:
        file.close()
    pixels, alpha = _colours(stored, spec.alpha_channel)
    profile = spec.getattribute("ICCProfile")
    if profile is not None:
        pixels = to_srgb(pixels, np.asarray(profile, np.uint8).tobytes())
    turn = spec.get_int_attribute("Orientation", 1)
    return Picture(upright(pixels, turn), None if alpha is None else upright(alpha, turn), _focal(spec), path)


def upright(pixels, orientation):
    """Pixels (H, W, ...) turned as EXIF's Orientation, 1 to 8, says; other numbers change nothing."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _check_file(path):
    if not path.exists():
        raise PhotoError(f"There is no picture {path}: it was moved, renamed or removed.")
    if path.is_dir():
        raise PhotoError(f"{path} is a folder: choose a picture in it.")
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error.strerror}.") from error
    if not head:
        raise PhotoError(f"{path.name} is empty: copy it again from where it came.")
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise PhotoError(f"{path.name} is a HEIC or AVIF picture, which is not read here: save it as JPEG or PNG.")
    if head.startswith(b"\x89PNG\r\n\x1a\n") and _png_is_cut(path):  # its decoder would print on the console
        raise _cut_off(path)


def _png_is_cut(path):
    """Whether the file ends before its last chunk does."""
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 8
        while at + 12 <= size:
            file.seek(at)
            length, kind = int.from_bytes(file.read(4), "big"), file.read(4)
            at += 12 + length
            if kind == b"IEND":
                return at > size
    return True


def _check_size(path, width, height):
    if width * height > MOST_PIXELS or max(width, height) > LONGEST:
        raise PhotoError(f"{path.name} has {width} x {height} pixels, {width * height / 1e6:.0f} megapixels: save it "
                         f"with at most {MOST_PIXELS / 1e6:.0f}; 4000 on the longer side show all that a face needs.")


def _check_whole(path, stored, message):
    if any(sign in message for sign in _SIGNS_OF_A_CUT):
        raise _cut_off(path)
    if stored is None:  # other messages are warnings
        raise _unreadable(path, message)


def _cut_off(path):
    return PhotoError(f"{path.name} is cut off, part of the picture is missing: copy it again from where it came.")


def _unsupported(path):
    return PhotoError(f"{path.name} is not a photograph that can be read here: save it as JPEG, PNG, TIFF, WebP or "
                      "BMP, with 8 or 16 bits a channel.")


def _unreadable(path, reason):
    """What to say of a file that the library does not open."""
    if path.suffix[1:].lower() not in FORMATS:
        return _unsupported(path)
    reason = " ".join(reason.split()).rstrip(".")
    return PhotoError(f"{path.name} cannot be read as a picture, it is damaged or of another kind than its name says "
                      f"({reason or 'unknown reason'}): save it again as JPEG or PNG.")


def _colours(stored, alpha_channel):
    """(H, W, 3) float32 over grey, and alpha (H, W) or None, from stored integers (H, W, C)."""
    full = np.iinfo(stored.dtype).max
    channels = [channel for channel in range(stored.shape[2]) if channel != alpha_channel]
    colour = channels[:3] if len(channels) >= 3 else channels[:1] * 3
    pixels = np.multiply(stored[..., colour], np.float32(1 / full), dtype=np.float32)
    if alpha_channel < 0 or stored[..., alpha_channel].min() == full:
        return pixels, None
    alpha = stored[..., alpha_channel].astype(np.float32) / full
    pixels -= _UNDER_TRANSPARENCY
    pixels *= alpha[..., None]
    pixels += _UNDER_TRANSPARENCY
    return pixels, alpha


def _focal(spec):
    """Focal length in pixels, from EXIF: the 35 mm equivalent, or focal length and resolution of the sensor.

    None where the file does not tell, or where the picture was cut to another shape since.
    """
    exif = {name: spec.get_float_attribute(f"Exif:{name}", 0.0) for name in (
        "FocalLengthIn35mmFilm", "FocalLength", "FocalPlaneXResolution", "PixelXDimension", "PixelYDimension")}
    taken = exif["PixelXDimension"] or spec.width, exif["PixelYDimension"] or spec.height
    if abs(math.log(taken[0] / taken[1] * spec.height / spec.width)) > 0.02:
        return None
    if exif["FocalLengthIn35mmFilm"] > 0:
        focal = exif["FocalLengthIn35mmFilm"] / _FILM_DIAGONAL * math.hypot(spec.width, spec.height)
    else:
        unit = _UNIT.get(spec.get_int_attribute("Exif:FocalPlaneResolutionUnit", 2), 25.4)
        focal = exif["FocalLength"] * exif["FocalPlaneXResolution"] / unit * spec.width / taken[0]
    low, high = (limit * max(spec.width, spec.height) for limit in _FOCAL_RANGE)
    return focal if low <= focal <= high else None


def _library():
    """OpenImageIO, which comes with Blender; None where it does not, as in some Linux distributions' own builds."""
    try:
        import OpenImageIO
    except ImportError:
        return None
    return OpenImageIO


def _without_library(path):
    """A Picture as OpenCV alone reads it: upright, without alpha, focal length and colour profile."""
    try:
        import cv2
    except ImportError as error:
        raise Detailed3DMMError("OpenImageIO or OpenCV, which read pictures, are missing: install the Python package "
                                "opencv-python-headless.") from error
    content = path.read_bytes()
    if content.startswith(_JPEG) and _JPEG_END not in content[-_TRAILER:]:  # OpenCV would make grey of what is missing
        raise _cut_off(path)
    stored = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if stored is None or stored.dtype not in (np.uint8, np.uint16):
        raise _unreadable(path, "OpenCV does not know it")
    _check_size(path, *stored.shape[1::-1])
    return Picture(np.multiply(stored[..., ::-1], np.float32(1 / np.iinfo(stored.dtype).max), dtype=np.float32),
                   path=path)
