"""Photos with colour profiles are read as sRGB; the reference is LittleCMS, through Pillow."""
import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from detailed3dmm_addon.photo import icc
from detailed3dmm_addon.photo.picture import read_picture

D50 = (0.9642, 1.0, 0.8249)
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))  # Apple's Display P3
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
PARA = b"para" + bytes(4) + struct.pack(">HH5i", 3, 0, *[round(65536 * value) for value in (
    2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)])
GAMMA = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256))
TABLE = b"curv" + bytes(4) + struct.pack(">I64H", 64, *[round(65535 * (at / 63) ** 1.8) for at in range(64)])


def profile(primaries, curve):
    """Bytes of a display profile."""
    def xyz(values):
        return b"XYZ " + bytes(4) + struct.pack(">3i", *[round(65536 * value) for value in values])
    contents = [(b"wtpt", xyz(D50)), *zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(xyz, primaries), strict=True),
                *[(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")],
                (b"desc", b"desc" + bytes(4) + struct.pack(">I", 2) + b"a\0" + bytes(78)),
                (b"cprt", b"text" + bytes(4) + b"none\0")]
    table, body, start = b"", b"", 132 + 12 * len(contents)
    for name, content in contents:
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    header = struct.pack(">I4sI4s4s4s12s4s", start + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ",
                         struct.pack(">6H", 2024, 1, 1, 0, 0, 0), b"acsp")
    header += bytes(68 - len(header)) + struct.pack(">3i", *[round(65536 * value) for value in D50])
    return header.ljust(128, b"\0") + struct.pack(">I", len(contents)) + table + body


@pytest.fixture
def colours():
    y, x = np.mgrid[:48, :64]
    return np.stack([x * 3 + 40, y * 3 + 60, 220 - x * 2 - y], -1).astype(np.uint8)


@pytest.mark.parametrize("content", [profile(P3, PARA), profile(ADOBE, GAMMA), profile(SRGB, TABLE)],
                         ids=["Display P3", "Adobe RGB", "a table"])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_colours_are_those_of_littlecms(tmp_path, colours, content, name):
    image = Image.fromarray(colours)
    image.save(tmp_path / name, icc_profile=content, quality=100, subsampling=0)
    stored = Image.open(tmp_path / name)
    meant = ImageCms.profileToProfile(stored, ImageCms.ImageCmsProfile(io.BytesIO(content)),
                                      ImageCms.createProfile("sRGB"), renderingIntent=1)
    found = read_picture(tmp_path / name).pixels
    np.testing.assert_allclose(found, np.asarray(meant) / 255, atol=2.5 / 255)
    assert np.abs(found - np.asarray(stored) / 255).max() > 8 / 255


def test_srgb_changes_nothing(colours):
    pixels = (colours / 255).astype(np.float32)
    assert icc.to_srgb(pixels, profile(SRGB, PARA)) is pixels
    assert icc.to_srgb(pixels, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()) is pixels


@pytest.mark.parametrize("content", [b"", b"no profile" * 50, profile(P3, PARA)[:300], profile(P3, b"other" * 5),
                                     profile(P3, PARA).replace(b"RGB XYZ ", b"CMYKLab ")])
def test_what_is_no_profile_of_a_camera_is_left_alone(colours, content):
    pixels = (colours / 255).astype(np.float32)
    assert icc.to_srgb(pixels, content) is pixels
