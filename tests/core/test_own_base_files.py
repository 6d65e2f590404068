"""Reading other people's models: what the files hold, and what damaged and hostile ones do not get done."""
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import FileFormatError
from detailed3dmm_addon.core.own_base import pickles, read_model
from detailed3dmm_addon.core.own_base.facescape import EXPRESSION_NAMES
from tests import own_base_files as files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def flame(folder):
    (folder / "flame").mkdir()
    return files.write_flame(folder / "flame")


@pytest.fixture(scope="module")
def facescape(folder):
    (folder / "facescape").mkdir()
    return files.write_facescape(folder / "facescape")


@pytest.fixture(scope="module")
def gnm(folder):
    (folder / "gnm").mkdir()
    return files.write_gnm(folder / "gnm")


def test_flame(flame):
    path, truth = flame
    model = read_model(path)
    assert (model.name, model.mean.shape, model.identity.shape, model.expression.shape) == (
        "FLAME", (5023, 3), (300, 5023, 3), (100, 5023, 3))
    np.testing.assert_allclose(model.mean[:len(truth)], files.person()[0][truth], atol=1e-6)
    assert model.faces.shape == model.faces_uv.shape
    marks = files.person()[0][BaseModel.load().landmarks]
    assert np.isnan(model.landmarks[:17]).all()
    assert np.median(np.linalg.norm(model.landmarks[17:] - marks[17:], axis=1)) < 0.002  # the mesh there is coarse


def test_flame_as_npz_and_of_later_pythons(flame, tmp_path):
    model = read_model(flame[0])
    for name, protocol in (("flame2023.npz", None), ("flame2023.pkl", 4)):
        path, _ = files.write_flame(tmp_path, name, protocol or 2, with_uv=False, with_landmarks=False)
        other = read_model(path)
        np.testing.assert_array_equal(other.mean, model.mean)
        assert other.uv is None
        assert other.landmarks is None


def test_flame_of_another_meshs_uvs_is_refused(flame, facescape, tmp_path):
    np.savez(tmp_path / "uv.npz", vt=np.zeros((4, 2)), ft=np.zeros((7, 3), int))
    with pytest.raises(FileFormatError, match="another mesh's: it has 7 faces"):
        read_model(flame[0], uv=tmp_path / "uv.npz")


def test_uvs_of_an_obj(flame, tmp_path):
    model = read_model(flame[0])
    lines = [f"vt {u:.6f} {v:.6f}" for u, v in model.uv.tolist()]
    lines += ["f " + " ".join(f"{v + 1}/{t + 1}" for v, t in zip(face, corners, strict=True) if v >= 0)
              for face, corners in zip(model.faces.tolist(), model.faces_uv.tolist(), strict=True)]
    (tmp_path / "head_template.obj").write_text("\n".join(lines))
    other = read_model(flame[0], uv=tmp_path / "head_template.obj")
    np.testing.assert_array_equal(other.faces_uv, model.faces_uv)
    np.testing.assert_allclose(other.uv, model.uv, atol=1e-6)


def test_facescape(facescape):
    path, truth = facescape
    model = read_model(path)
    np.testing.assert_allclose(model.mean, files.person()[0][truth], atol=2e-6)
    assert model.expression_names == EXPRESSION_NAMES
    opened = model.expression[EXPRESSION_NAMES.index("jawOpen")]
    assert 0.03 < np.linalg.norm(opened, axis=1).max() < 0.06
    assert model.landmarks.shape == (68, 3)
    assert model.uv.min() >= 0
    assert model.uv.max() <= 1


def test_facescape_before_version_1_6(facescape, tmp_path):
    with np.load(facescape[0], allow_pickle=True) as file:
        core, mean = file["shape_bm_core"], file["id_mean"]
        corners, corners_uv, uv = file["fv_indices"], file["ft_indices"], file["texcoords"]
    np.save(tmp_path / "core_847_50_52.npy", core.transpose(2, 1, 0))
    spread = np.random.default_rng(0).standard_normal((847, len(mean)))
    np.save(tmp_path / "factors_id_847_50_52.npy", mean + (spread - spread.mean(0)) / 29)
    faces = [(v, [1, 1, 1], t, "skin") for v, t in zip(corners.tolist(), corners_uv.tolist(), strict=True)]
    (tmp_path / "predef_faces.pkl").write_bytes(pickle.dumps(faces))
    (tmp_path / "predef_texcoords.pkl").write_bytes(pickle.dumps(uv.tolist()))
    model, later = read_model(tmp_path / "core_847_50_52.npy"), read_model(facescape[0])
    np.testing.assert_allclose(model.mean, later.mean, atol=1e-5)
    np.testing.assert_array_equal(model.faces_uv, later.faces_uv)
    (tmp_path / "factors_id_847_50_52.npy").unlink()
    with pytest.raises(FileFormatError, match="needs factors_id_847_50_52.npy beside it"):
        read_model(tmp_path / "core_847_50_52.npy")


def test_facescape_with_expressions_as_components_is_refused(facescape, tmp_path):
    with np.load(facescape[0], allow_pickle=True) as file:
        data = dict(file)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((52, 52)))[0]
    np.savez(tmp_path / "exp.npz", **{**data, "shape_bm_core": np.einsum("ven,ef->vfn", data["shape_bm_core"], turn)})
    with pytest.raises(FileFormatError, match="principal components|m across"):
        read_model(tmp_path / "exp.npz")


def test_gnm(gnm):
    path, truth = gnm
    model = read_model(path)
    np.testing.assert_allclose(model.mean, files.person()[0][truth], atol=1e-6)
    assert (model.faces[:, 3] < 0).sum() > 0  # quads with a corner twice are triangles
    assert ((model.faces < 0) == (model.faces_uv < 0)).all()
    assert model.uv[:, 0].max() > 2  # tiles beyond the first are kept
    assert np.isfinite(model.landmarks).all()
    assert model.expression_names[0] == "lower_face_region_0"


def hostile(tmp_path, kind):
    """A file that would make a folder if it were unpickled carelessly; gives (path, that folder)."""
    mark = tmp_path / "ran"

    class Runs:
        def __reduce__(self):
            return (os.mkdir, (str(mark),)) if kind != "eval" else (eval, (f"__import__('os').mkdir({str(mark)!r})",))

    data = {"v_template": Runs(), "shapedirs": np.zeros((5, 3, 2)), "f": np.zeros((1, 3), int)}
    if kind == "npy":
        path = tmp_path / "core_847_50_52.npy"
        np.save(path, np.array(data, dtype=object), allow_pickle=True)
    elif kind == "npz":
        path = tmp_path / "model.npz"
        np.savez(path, v_template=np.array([Runs()], dtype=object), shapedirs=np.zeros((5, 3, 2)), f=np.zeros((1, 3)))
    else:
        path = tmp_path / "model.pkl"
        path.write_bytes(pickle.dumps(data, 2))
    return path, mark


@pytest.mark.parametrize("kind", ["mkdir", "eval", "npy", "npz"])
def test_hostile_files_do_not_run(tmp_path, kind):
    path, mark = hostile(tmp_path, kind)
    with pytest.raises(FileFormatError) as caught:
        read_model(path)
    assert str(path) in str(caught.value)
    assert not mark.exists()


def test_the_hostile_file_is_hostile(tmp_path):
    path, mark = hostile(tmp_path, "mkdir")
    with path.open("rb") as file:
        pickle.load(file)
    assert mark.exists()


@pytest.mark.parametrize("name", ["numpy.load", "numpy.core.multiarray.fromfile", "builtins.getattr", "os.system",
                                  "numpy.f2py.compile", "functools.partial", "operator.attrgetter"])
def test_nothing_else_can_be_named(tmp_path, name):
    module, _, attribute = name.rpartition(".")
    (tmp_path / "model.pkl").write_bytes(b"\x80\x02c" + f"{module}\n{attribute}\n".encode() + b".")
    with pytest.raises(FileFormatError, match=name):
        pickles.load(tmp_path / "model.pkl")


def test_libraries_that_are_named_are_not_imported(tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x02ctorch.storage\n_load_from_bytes\nX\x01\x00\x00\x00a\x85R.")
    assert isinstance(pickles.load(tmp_path / "model.pkl"), pickles.Kept)


@pytest.mark.parametrize("make", ["flame", "facescape", "gnm"])
def test_truncated_and_damaged_files(make, tmp_path, request):
    path, _ = request.getfixturevalue(make)
    content = path.read_bytes()
    random = np.random.default_rng(0)
    damaged = [content[:int(len(content) * share)] for share in (0.0, 1e-4, 0.1, 0.5, 0.9, 0.999)]
    for _ in range(4):
        bad = bytearray(content)
        for place in random.integers(0, min(len(bad), 4000), 4):
            bad[place] = random.integers(0, 256)
        damaged.append(bytes(bad))
    target = tmp_path / path.name
    for content in damaged:
        target.write_bytes(content)
        try:
            read_model(target)  # a byte of a comment or a coordinate may go unnoticed
        except FileFormatError as error:
            assert "\n" not in str(error)


def changed(path, folder, **arrays):
    with np.load(path, allow_pickle=True) as file:
        data = {key: file[key] for key in file.files}
    np.savez(folder / "changed.npz", **{key: change(data[key]) if key in data else change(None)
                                        for key, change in {**{key: lambda a: a for key in data}, **arrays}.items()})
    return folder / "changed.npz"


@pytest.mark.parametrize(("key", "change", "words"), [
    ("template_vertex_positions", lambda a: a[:-1], "expected|not there|shape"),
    ("template_vertex_positions", lambda a: a * np.nan, "not finite"),
    ("template_vertex_positions", lambda a: a * 100, "m across"),
    ("vertex_identity_basis", lambda a: a[..., :2], "do not fit"),
    ("expression_basis", lambda a: a[:3], "expression basis"),
    ("quads", lambda a: a + 10**6, "not there"),
    ("quads", lambda a: a[:, :2], "quads"),
    ("quad_uvs", lambda a: a[:-1], "do not fit"),
    ("quad_uvs", lambda a: a * np.inf, "not finite"),
])
def test_wrong_shapes_and_values(gnm, tmp_path, key, change, words):
    with pytest.raises(FileFormatError, match=words):
        read_model(changed(gnm[0], tmp_path, **{key: change}))


def test_other_files_are_told_apart(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    np.savez(tmp_path / "b.npz", vertices=np.zeros((3, 3)))
    for name, words in (("a.txt", "neither a pickle nor a numpy file"), ("b.npz", "not a model of FLAME"),
                        ("missing.pkl", "cannot be read")):
        with pytest.raises(FileFormatError, match=words):
            read_model(tmp_path / name)


def test_the_name_does_not_matter(gnm, tmp_path):
    shutil.copy(gnm[0], tmp_path / "anything.dat")
    assert read_model(Path(tmp_path / "anything.dat")).name == "GNM Head"
