"""Pictures from disk: every format to the same upright colours, lenses, and what is said of files that are none."""
import io
import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from detailed3dmm_addon.core.errors import PhotoError
from detailed3dmm_addon.photo.picture import read_picture, upright

ROTATED = {1: 0, 3: 180, 6: 270, 8: 90}  # EXIF's Orientation: by how much an anticlockwise turn sets it upright


@pytest.fixture(scope="module")
def colours():
    """(48, 64, 3) uint8: smooth, no side like another."""
    y, x = np.mgrid[:48, :64]
    return np.stack([x * 3 + 20, y * 4 + 10, 255 - x * 2 - y], -1).astype(np.uint8)


@pytest.mark.parametrize("name, mode, tolerance", [
    ("a.png", "RGB", 0), ("a.tif", "RGB", 0), ("a.bmp", "RGB", 0), ("a.jpg", "RGB", 0.03), ("a.webp", "RGB", 0.06),
    ("cmyk.jpg", "CMYK", 0.03),
])
def test_formats_give_the_same_colours(tmp_path, colours, name, mode, tolerance):
    options = {"quality": 100, "subsampling": 0} if name.endswith("jpg") else {"quality": 100}
    Image.fromarray(colours).convert(mode).save(tmp_path / name, **options)
    picture = read_picture(tmp_path / name)
    assert (picture.pixels.dtype, picture.size, picture.alpha, picture.focal) == (np.float32, (64, 48), None, None)
    np.testing.assert_allclose(picture.pixels, colours / 255, atol=tolerance + 1e-6)


def test_sixteen_bits_keep_their_steps(tmp_path):
    cv2 = pytest.importorskip("cv2")
    deep = np.arange(48 * 64 * 3, dtype=np.uint16).reshape(48, 64, 3) * 7
    for name in ("deep.png", "deep.tif"):
        cv2.imwrite(str(tmp_path / name), deep[..., ::-1])
        np.testing.assert_allclose(read_picture(tmp_path / name).pixels, deep / 65535, atol=1e-6)


def test_grey_becomes_three_equal_channels(tmp_path, colours):
    Image.fromarray(colours[..., 0]).save(tmp_path / "grey.png")
    pixels = read_picture(tmp_path / "grey.png").pixels
    assert pixels.shape == (48, 64, 3)
    np.testing.assert_allclose(pixels, np.repeat(colours[..., :1], 3, 2) / 255, atol=1e-6)


def test_transparent_parts_lie_on_grey_and_alpha_is_kept(tmp_path, colours):
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    Image.fromarray(np.dstack([colours, alpha])).save(tmp_path / "cut_out.png")
    picture = read_picture(tmp_path / "cut_out.png")
    np.testing.assert_allclose(picture.pixels[:, :32], 0.5, atol=1e-6)
    np.testing.assert_allclose(picture.pixels[:, 32:], colours[:, 32:] / 255, atol=1e-6)
    np.testing.assert_array_equal(picture.alpha, alpha / 255)


def test_alpha_that_hides_nothing_is_none(tmp_path, colours):
    Image.fromarray(np.dstack([colours, np.full((48, 64), 255, np.uint8)])).save(tmp_path / "opaque.png")
    assert read_picture(tmp_path / "opaque.png").alpha is None


@pytest.mark.parametrize("orientation", ROTATED)
def test_exif_orientation_is_applied(tmp_path, colours, orientation):
    lying = np.rot90(colours, -ROTATED[orientation] // 90)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(lying)).save(tmp_path / "turned.jpg", exif=exif, quality=100, subsampling=0)
    np.testing.assert_allclose(read_picture(tmp_path / "turned.jpg").pixels, colours / 255, atol=0.03)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(1, 5), st.integers(1, 5))
def test_orientations_undo_each_other(orientation, height, width):
    pixels = np.arange(height * width).reshape(height, width)
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    np.testing.assert_array_equal(upright(upright(pixels, orientation), inverse), pixels)


def with_lens(path, size, **tags):
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({{"film": 0xA405, "focal": 0x920A, "resolution": 0xA20E, "unit": 0xA210,
                                  "width": 0xA002, "height": 0xA003}[name]: value for name, value in tags.items()})
    Image.new("RGB", size, (90, 80, 70)).save(path, exif=exif)
    return read_picture(path)


def test_focal_length_from_the_35_mm_equivalent(tmp_path):
    picture = with_lens(tmp_path / "phone.jpg", (360, 240), film=50)
    assert picture.focal == pytest.approx(50 / 36 * 360, rel=1e-3)  # a 3:2 picture is full frame itself


def test_focal_length_from_the_sensor_follows_a_smaller_copy(tmp_path):
    # 25 mm with 100 pixels a millimetre are 2500 pixels; this copy has a tenth of them.
    picture = with_lens(tmp_path / "camera.jpg", (360, 240), focal=IFDRational(25), resolution=IFDRational(1000),
                        unit=3, width=3600, height=2400)
    assert picture.focal == pytest.approx(250, rel=1e-3)


@pytest.mark.parametrize("tags", [
    {"film": 50, "width": 3600, "height": 3600},  # cut to another shape since: from where in the picture?
    {"film": 1}, {"film": 0}, {"focal": IFDRational(5)},
])
def test_no_focal_length_where_the_file_does_not_tell(tmp_path, tags):
    assert with_lens(tmp_path / "unknown.jpg", (360, 240), **tags).focal is None


@pytest.mark.parametrize("name", ["cut.jpg", "cut.png", "cut.tif", "cut.webp", "cut.bmp"])
def test_cut_off_files_are_refused(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(noise).save(whole, {"jpg": "jpeg", "tif": "tiff"}.get(name[4:], name[4:]))
    (tmp_path / name).write_bytes(whole.getvalue()[:int(len(whole.getvalue()) * 0.6)])
    with pytest.raises(PhotoError, match=r"cut\.\w+ .*(cut off|damaged)") as caught:
        read_picture(tmp_path / name)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("name, content, said", [
    ("empty.jpg", b"", "empty"),
    ("notes.txt", b"hello", "save it as JPEG"),
    ("renamed.jpg", b"This was never a picture.", "another kind than its name says"),
    ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC.*save it as JPEG"),
    ("phone.jpg", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC.*save it as JPEG"),
])
def test_what_is_no_picture_is_refused_with_what_to_do(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PhotoError, match=said) as caught:
        read_picture(tmp_path / name)
    assert_one_sentence(caught.value)


def test_missing_files_and_folders_are_named(tmp_path):
    for path, said in ((tmp_path / "gone.jpg", "no picture .*gone"), (tmp_path, "is a folder")):
        with pytest.raises(PhotoError, match=said):
            read_picture(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everybody may read it")
def test_unreadable_files_say_why(tmp_path):
    (tmp_path / "locked.jpg").write_bytes(b"x")
    (tmp_path / "locked.jpg").chmod(0)
    with pytest.raises(PhotoError, match="Permission"):
        read_picture(tmp_path / "locked.jpg")


def test_hundred_megapixels_are_refused_unread(tmp_path):
    Image.new("1", (10000, 10000)).save(tmp_path / "poster.png")
    with pytest.raises(PhotoError, match="100 megapixels: save it") as caught:
        read_picture(tmp_path / "poster.png")
    assert_one_sentence(caught.value)


def test_pictures_of_numbers_without_a_ceiling_are_refused(tmp_path):
    Image.fromarray(np.ones((8, 8), np.float32)).save(tmp_path / "depth.tif")
    with pytest.raises(PhotoError, match="8 or 16 bits"):
        read_picture(tmp_path / "depth.tif")


def assert_one_sentence(error):
    assert "\n" not in str(error)
    assert str(error).endswith(".")


@pytest.fixture
def no_library(monkeypatch):
    pytest.importorskip("cv2")
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.jpg", "a.webp"])
def test_opencv_reads_where_the_library_is_missing(tmp_path, colours, no_library, name):
    exif = Image.Exif()
    if name == "a.jpg":
        exif[0x0112] = 6
    Image.fromarray(colours).save(tmp_path / name, exif=exif, quality=100)
    picture = read_picture(tmp_path / name)
    meant = np.rot90(colours, -1) if name == "a.jpg" else colours
    np.testing.assert_allclose(picture.pixels, meant / 255, atol=0.08)
    assert np.abs(picture.pixels - meant / 255).mean() < 0.015 and picture.pixels.dtype == np.float32


@pytest.mark.parametrize(("content", "words"), [(b"no picture" * 50, "cannot be read as a picture"), (b"", "is empty")])
def test_opencv_says_what_is_no_picture(tmp_path, no_library, content, words):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(PhotoError, match=words):
        read_picture(tmp_path / "a.jpg")


def test_opencv_takes_no_photo_that_is_cut_off(tmp_path, colours, no_library):
    Image.fromarray(colours).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:-200])
    with pytest.raises(PhotoError, match="cut off"):
        read_picture(tmp_path / "a.jpg")
