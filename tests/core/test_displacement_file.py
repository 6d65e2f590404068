"""Displacement files: exact round trips, and a clear answer to every file that is not a displacement map."""
import numpy as np
import OpenImageIO
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.errors import FileFormatError, ParameterError

maps = hnp.arrays(np.float32, (16, 16), elements=st.floats(-20, 20, width=32))
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def wavy():
    rows = np.sin(np.arange(64) / 5.0)
    return (rows[:, None] * np.cos(np.arange(64) / 9.0)).astype(np.float32)


def save(path, pixels, kind, **attributes):
    """Write any image through the library, as another program would."""
    height, width, channels = pixels.shape
    spec = OpenImageIO.ImageSpec(width, height, channels, kind)
    for name, value in attributes.items():
        spec.attribute(name, value)
    output = OpenImageIO.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(np.ascontiguousarray(pixels))
    assert output.close()
    return path


@few
@given(maps)
def test_exr_round_trip_is_exact(tmp_path, displacement):
    displacement_file.write_exr(tmp_path / "d.exr", displacement)
    np.testing.assert_array_equal(displacement_file.read(tmp_path / "d.exr"), displacement)


@few
@given(maps)
def test_png_round_trip_is_within_half_a_step(tmp_path, displacement):
    range_mm = displacement_file.write_png(tmp_path / "d.png", displacement)
    error = np.abs(displacement_file.read(tmp_path / "d.png") - displacement).max()
    assert error <= 0.5 * range_mm / 32768 + 1e-6


def test_exr_contract(tmp_path, wavy):
    displacement_file.write_exr(tmp_path / "d.exr", wavy)
    source = OpenImageIO.ImageInput.open(str(tmp_path / "d.exr"))
    spec = source.spec()
    assert (spec.width, spec.height, spec.nchannels, str(spec.format)) == (64, 64, 1, "float")
    np.testing.assert_array_equal(source.read_image("float")[0, :, 0], wavy[0])  # row 0 is the top row
    source.close()


def test_png_contract(tmp_path, wavy):
    displacement_file.write_png(tmp_path / "d.png", wavy, range_mm=2.0)
    source = OpenImageIO.ImageInput.open(str(tmp_path / "d.png"))
    spec = source.spec()
    values = source.read_image("uint16")[..., 0].astype(float)
    assert (spec.nchannels, str(spec.format), float(spec.getattribute("range_mm"))) == (1, "uint16", 2.0)
    source.close()
    np.testing.assert_allclose((values - 32768) / 32768 * 2.0, wavy, atol=1.0 / 32768 + 1e-6)


def test_flat_map_is_exactly_zero(tmp_path):
    displacement_file.write_png(tmp_path / "d.png", np.zeros((32, 32), np.float32))
    assert not displacement_file.read(tmp_path / "d.png").any()


def test_png_range_too_small_is_refused(tmp_path, wavy):
    with pytest.raises(ParameterError, match="0.1 mm"):
        displacement_file.write_png(tmp_path / "d.png", wavy, range_mm=0.1)


@pytest.mark.parametrize("bad", [np.zeros((16, 17)), np.zeros((16, 16, 3)), np.full((16, 16), np.nan)])
def test_only_finite_square_maps_are_written(tmp_path, bad):
    with pytest.raises(ParameterError):
        displacement_file.write_exr(tmp_path / "d.exr", bad)
    with pytest.raises(ParameterError):
        displacement_file.write_png(tmp_path / "d.png", bad)


def test_grey_saved_as_colour_is_read(tmp_path, wavy):
    save(tmp_path / "d.exr", np.repeat(wavy[..., None], 3, axis=2), "float")
    np.testing.assert_array_equal(displacement_file.read(tmp_path / "d.exr"), wavy)
    save(tmp_path / "a.exr", np.dstack([wavy, wavy, wavy, np.ones_like(wavy)]), "float")
    np.testing.assert_array_equal(displacement_file.read(tmp_path / "a.exr"), wavy)


@pytest.mark.parametrize(("name", "pixels", "kind", "text", "message"), [
    ("vector.exr", np.random.default_rng(0).normal(size=(32, 32, 3)).astype(np.float32), "float", {}, "vector"),
    ("normal.png", np.random.default_rng(0).integers(0, 65535, (32, 32, 3)).astype(np.uint16), "uint16", {}, "Bake"),
    ("deep.exr", np.full((32, 32, 1), 30, np.float32), "float", {}, "below 20"),
    ("wide.tif", np.zeros((32, 64, 1), np.uint16), "uint16", {}, "64 x 32"),
    ("wide.exr", np.zeros((32, 64, 1), np.float32), "float", {}, "64 x 32"),
    ("tiny.exr", np.zeros((8, 8, 1), np.float32), "float", {}, "8 x 8"),
    ("nan.exr", np.full((32, 32, 1), np.nan, np.float32), "float", {}, "not finite"),
    ("metres.exr", np.full((32, 32, 1), 2000, np.float32), "float", {}, "millimetres"),
    ("bytes.png", np.zeros((32, 32, 1), np.uint8), "uint8", {"range_mm": "1.0"}, "8 bits"),
    ("norange.png", np.zeros((32, 32, 1), np.uint16), "uint16", {}, "range_mm"),
    ("badrange.png", np.zeros((32, 32, 1), np.uint16), "uint16", {"range_mm": "deep"}, "range_mm"),
    ("zerorange.png", np.zeros((32, 32, 1), np.uint16), "uint16", {"range_mm": "0"}, "range"),
    ("nanrange.png", np.zeros((32, 32, 1), np.uint16), "uint16", {"range_mm": "nan"}, "range"),
])
def test_other_images_are_refused_with_the_reason(tmp_path, name, pixels, kind, text, message):
    save(tmp_path / name, pixels, kind, **text)
    with pytest.raises(FileFormatError, match=message):
        displacement_file.read(tmp_path / name)


def test_missing_file_folder_and_other_suffix(tmp_path):
    (tmp_path / "d.jpg").write_bytes(b"x")
    for path in (tmp_path / "none.exr", tmp_path, tmp_path / "d.jpg"):
        with pytest.raises(FileFormatError):
            displacement_file.read(path)


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1), ("cm", 10), ("m", 1000)])
@pytest.mark.parametrize("suffix", ["exr", "tif"])
def test_units_of_floating_point_files(tmp_path, wavy, unit, factor, suffix):
    path = save(tmp_path / f"d.{suffix}", (wavy / factor)[..., None], "float")
    np.testing.assert_allclose(displacement_file.read(path, unit), wavy, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("kind", "largest"), [("uint8", 255), ("uint16", 65535)])
@pytest.mark.parametrize(("midlevel", "scale"), [(0.5, 4.0), (0.25, 6.0)])
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_scale_and_midlevel_of_whole_numbers(tmp_path, wavy, kind, largest, midlevel, scale, suffix):
    values = np.round((wavy / scale + midlevel) * largest)[..., None].astype(kind)
    path = save(tmp_path / f"d.{suffix}", np.repeat(values, 3, axis=2), kind)
    np.testing.assert_allclose(displacement_file.read(path, scale=scale, midlevel=midlevel), wavy,
                               atol=0.51 * scale / largest)


@pytest.mark.parametrize("options", [{"unit": "inch"}, {"scale": 0}, {"scale": -1}, {"scale": float("nan")},
                                     {"scale": 1e6}, {"midlevel": 2}, {"midlevel": float("nan")}])
def test_impossible_options(tmp_path, wavy, options):
    displacement_file.write_exr(tmp_path / "d.exr", wavy)
    with pytest.raises(ParameterError, match="unit|scale"):
        displacement_file.read(tmp_path / "d.exr", **options)


@pytest.mark.parametrize(("bad", "word"), [(np.zeros((64, 64)), "deep"), (np.eye(64) * 1e-3, "unit"),
                                           (np.eye(32), "64"), (np.ones((64, 32)), "square")])
def test_what_has_no_relief(bad, word):
    with pytest.raises(ParameterError, match=word):
        displacement_file.check_relief(bad)
    displacement_file.check_relief(np.eye(64))


@pytest.mark.parametrize("suffix", ["exr", "png"])
def test_truncated_anywhere_is_refused(tmp_path, wavy, suffix):
    whole = tmp_path / f"whole.{suffix}"
    getattr(displacement_file, f"write_{suffix}")(whole, wavy)
    data = whole.read_bytes()
    part = tmp_path / f"part.{suffix}"
    for length in range(0, len(data) - 16, max(1, len(data) // 25)):
        part.write_bytes(data[:length])
        with pytest.raises(FileFormatError):
            displacement_file.read(part)


@few
@given(st.data(), st.sampled_from(["exr", "png", "tif", "8 bit png"]))
def test_damaged_bytes_load_or_are_refused(tmp_path, data, kind):
    path = tmp_path / f"d.{kind[-3:]}"
    if kind in ("exr", "png"):
        getattr(displacement_file, f"write_{kind}")(path, np.ones((16, 16), np.float32))
    else:
        save(path, np.ones((16, 16, 1), np.uint8 if "8" in kind else np.float32), "uint8" if "8" in kind else "float")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        displacement = displacement_file.read(path, scale=2.0 if "8" in kind else None)
    except FileFormatError:
        return
    assert np.isfinite(displacement).all()
    assert displacement.shape[0] == displacement.shape[1]
