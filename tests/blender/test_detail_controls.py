"""Wrinkles by band and region, the painted mask, swapped expression detail, detail from an image: as properties."""
import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import bake, detail, live, mesh, parameters
from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.detail_controls import REGIONS, STRENGTHS, Style
from detailed3dmm_addon.core.person import USUAL_PERSON


def step(name):
    bpy.ops.ed.undo_push(message=name)


def controls(face):
    return mesh.character_of(face).controls(detail.mask(face.detailed3dmm.detail))


def select(*faces):
    for obj in bpy.context.scene.objects:
        obj.select_set(obj in faces)
    bpy.context.view_layer.objects.active = faces[0]


@pytest.fixture
def two(face):
    """A face that raises its brows and another that opens its jaw."""
    bpy.ops.detailed3dmm.add_face()
    other = bpy.context.object
    parameters.set_expression(face, {"browInnerUp_L": 0.75})
    parameters.set_expression(other, {"jawOpen": 1.0})
    other.detailed3dmm.identity_0[0] = 0.7
    select(face, other)
    return face, other


def test_a_new_face_has_plain_controls(face):
    assert detail.read(face.detailed3dmm.detail) == {} and mesh.character_of(face).detail_controls == {}
    assert len(detail.numbers(face.detailed3dmm.detail)) == len(STRENGTHS) + len(REGIONS) + 4


def test_sliders_reach_the_map(face, wrinkles, level):
    face.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    live.update_now(bpy.context.scene)
    face.detailed3dmm.detail.wrinkles = 0.25
    live.update_now(bpy.context.scene)
    assert level(face)[0] == pytest.approx(0.25)


def test_linked_sides_are_one_slider(face):
    settings = face.detailed3dmm.detail
    settings.both_cheeks = 0.5
    assert settings.region_cheeks_L == settings.region_cheeks_R == 0.5
    settings.region_cheeks_L = 1.5
    assert settings.both_cheeks == 1.0
    assert controls(face).regions == {"cheeks_L": 1.5, "cheeks_R": 0.5}
    linked, single = detail.rows(True), detail.rows(False)
    assert len(single) == len(REGIONS) and len(set(linked)) == len(linked) == len(REGIONS) - 4
    assert all(hasattr(settings, name) for name in linked + single)


def test_strengths_can_be_animated(face, wrinkles, level):
    face.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    for frame, value in ((1, 1.0), (11, 0.5)):
        face.detailed3dmm.detail.wrinkles = value
        assert face.keyframe_insert("detailed3dmm.detail.wrinkles", frame=frame)
    seen = []
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        seen.append(level(face)[0])
    assert seen == pytest.approx([1, 0.5])


def test_undo_and_redo(face):
    step("Add Face")
    name = face.name
    face.detailed3dmm.detail.folds = 2.0
    face.detailed3dmm.detail.both_crows_feet = 0.5
    step("Detail")
    bpy.ops.ed.undo()
    assert detail.read(bpy.data.objects[name].detailed3dmm.detail) == {}
    bpy.ops.ed.redo()
    assert detail.read(bpy.data.objects[name].detailed3dmm.detail) == {
        "folds": 2.0, "regions": {"crows_feet_R": 0.5, "crows_feet_L": 0.5}}


def test_characters_carry_them(face, tmp_path):
    table = {"folds": 1.25, "memory": 0.0, "regions": {"neck": 0.5}, "newer": [1, 2]}
    mesh.apply_character(face, Character(detail_controls=table))
    assert mesh.character_of(face).detail_controls == table
    bpy.ops.detailed3dmm.save_character(filepath=str(tmp_path / "me.json"))
    mesh.apply_character(face, Character())
    assert mesh.character_of(face).detail_controls == {}
    bpy.ops.detailed3dmm.load_character(filepath=str(tmp_path / "me.json"))
    assert mesh.character_of(face).detail_controls == table


def test_mask_is_ready_to_paint_and_is_followed(face, wrinkles, level):
    face.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    bpy.ops.detailed3dmm.new_wrinkle_mask()
    image = face.detailed3dmm.detail.mask
    paint = bpy.context.scene.tool_settings.image_paint
    assert (paint.mode, paint.canvas) == ("IMAGE", image)
    live.update_now(bpy.context.scene)
    assert level(face)[0] == pytest.approx(1.0)
    pixels = np.ones((*image.size, 4), np.float32)
    pixels[:image.size[1] // 4, :, :3] = 0  # the lowest quarter: Blender's first row is the bottom
    image.pixels.foreach_set(pixels.ravel())
    live.update_now(bpy.context.scene)
    assert level(face)[0] == pytest.approx(0.75)
    mask = detail.mask(face.detailed3dmm.detail)
    assert mask[0].min() == 1 and mask[-1].max() == 0  # row 0 is V = 1
    face.detailed3dmm.detail.mask = None
    live.update_now(bpy.context.scene)
    assert level(face)[0] == pytest.approx(1.0)


def test_a_painted_mask_and_all_controls_survive_the_file(face, wrinkles, level, tmp_path):
    bpy.ops.detailed3dmm.new_wrinkle_mask()
    image = face.detailed3dmm.detail.mask
    image.pixels.foreach_set(np.repeat(np.linspace(0, 1, image.size[0] * image.size[1], dtype=np.float32), 4))
    face.detailed3dmm.detail.memory = 1.5
    face.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    live.update_now(bpy.context.scene)
    painted, shown, said = detail.mask(face.detailed3dmm.detail), level(face), mesh.character_of(face)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Face"]
    assert mesh.character_of(face) == said and level(face) == shown
    np.testing.assert_allclose(detail.mask(face.detailed3dmm.detail), painted, atol=1 / 255)
    asked = len(wrinkles.asked)
    live.update_now(bpy.context.scene)
    assert len(wrinkles.asked) == asked


def test_swap_shows_the_other_expression_and_twice_is_back(two):
    first, second = two
    own = [mesh.character_of(obj) for obj in two]
    assert bpy.ops.detailed3dmm.swap_expression_detail() == {"FINISHED"}
    for obj, other in ((first, own[1]), (second, own[0])):
        identity, expression = controls(obj).expression_of
        assert identity == pytest.approx(other.identity)
        assert {n: v for n, v in zip(mesh.expression_names(), expression, strict=True) if v} == other.expression
    assert [mesh.character_of(obj).expression for obj in two] == [character.expression for character in own]
    bpy.ops.detailed3dmm.swap_expression_detail()
    assert [mesh.character_of(obj) for obj in two] == own


def test_swap_undo_save_and_clear(two, tmp_path):
    step("Two Faces")
    names = [obj.name for obj in two]
    bpy.ops.detailed3dmm.swap_expression_detail()
    step("Swap")
    swapped = [mesh.character_of(bpy.data.objects[name]) for name in names]
    bpy.ops.ed.undo()
    assert all(controls(bpy.data.objects[name]).expression_of is None for name in names)
    bpy.ops.ed.redo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "faces.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "faces.blend"))
    faces = [bpy.data.objects[name] for name in names]
    assert [mesh.character_of(obj) for obj in faces] == swapped
    select(*faces)
    bpy.ops.detailed3dmm.clear_detail_source(source="expression_of")
    assert controls(faces[0]).expression_of is None and controls(faces[1]).expression_of is not None


def test_swap_needs_two_faces(two):
    select(two[0])
    with pytest.raises(RuntimeError, match="Select two faces"):
        bpy.ops.detailed3dmm.swap_expression_detail()


def test_randomised_creases_repeat_with_their_seed_and_undo(face):
    step("Add Face")
    name = face.name
    bpy.ops.detailed3dmm.randomise_person(seed=5)
    first = parameters.person(face.detailed3dmm)
    step("Randomise")
    bpy.ops.detailed3dmm.randomise_person(seed=6)
    assert np.abs(parameters.person(face.detailed3dmm) - first).max() > 0.5
    bpy.ops.detailed3dmm.randomise_person(seed=5)
    np.testing.assert_array_equal(parameters.person(face.detailed3dmm), first)
    bpy.ops.ed.undo()
    np.testing.assert_array_equal(parameters.person(bpy.data.objects[name].detailed3dmm), USUAL_PERSON)


@pytest.fixture
def creases(tmp_path):
    """A displacement image with something like three lines on a forehead."""
    rows = np.linspace(0, 1, 128)[:, None]
    height = 0.3 * np.exp(-((rows - 0.2) / 0.1) ** 2) * np.sin(rows * 200) * np.hanning(128)
    displacement_file.write_exr(tmp_path / "scan.exr", height)
    return tmp_path / "scan.exr"


def test_detail_from_image(face, creases):
    step("Add Face")
    name = face.name
    before = mesh.character_of(face)
    face.detailed3dmm.detail.folds = 1.5
    assert bpy.ops.detailed3dmm.detail_from_image(filepath=str(creases)) == {"FINISHED"}
    after = mesh.character_of(face)
    assert np.abs(after.detail[:18]).max() > 0.05 and after.detail_controls["folds"] == 1.5
    style = controls(face).style
    assert style.numbers.ndim == 1 and np.abs(style.numbers).max() > 0.01
    assert after.identity.tolist() == before.identity.tolist() and after.expression == before.expression
    step("Detail from Image")
    bpy.ops.ed.undo()
    assert mesh.character_of(bpy.data.objects[name]) == before
    bpy.ops.ed.redo()
    face = bpy.data.objects[name]
    assert mesh.character_of(face) == after
    bpy.context.view_layer.objects.active = face
    bpy.ops.detailed3dmm.clear_detail_source(source="style")
    assert controls(face).style is None


@pytest.mark.parametrize(("content", "options", "word"), [
    (b"no image", {}, "not a readable"), (None, {}, "no file"), ("map", {"unit": "m"}, "unit or its scale")])
def test_images_that_are_none(face, creases, content, options, word):
    before = mesh.character_of(face)
    if content is None:
        creases.unlink()
    elif content != "map":
        creases.write_bytes(content)
    with pytest.raises(RuntimeError, match=word):
        bpy.ops.detailed3dmm.detail_from_image(filepath=str(creases), **options)
    assert mesh.character_of(face) == before


def test_a_face_that_wears_a_style_of_other_weights_still_draws(face):
    table = {"style": {"numbers": Style(np.ones((8, 24)), 1).numbers.ravel().tolist(), "model": 1}}
    mesh.apply_character(face, Character(detail_controls=table))
    with pytest.warns(UserWarning, match="other weights"):
        assert np.isfinite(bake.displacement(face, 128)).all()


def test_without_opencv_pores_stay_in_the_material(face, wrinkles, monkeypatch):
    from detailed3dmm_addon.blender import compat
    monkeypatch.setattr(compat, "has_module", lambda name: name != "cv2")
    live.draw(face, 2048)
    assert wrinkles.controls.pores == 0
    nodes = next(m for m in face.data.materials if m.get("detailed3dmm_part") == "face").node_tree.nodes
    assert nodes["pores in displacement"].outputs[0].default_value == 0
    assert nodes["pores"].outputs[0].default_value == pytest.approx(face.detailed3dmm.skin.pores)


@pytest.mark.parametrize(("resolution", "mode", "carried"), [
    (1024, "BUMP", 0.0), (2048, "BUMP", 1.0), (2048, "ADAPTIVE", 1.0), (2048, "MODIFIER", 0.0)])
def test_pores_are_in_the_material_or_in_the_map_never_twice(face, wrinkles, resolution, mode, carried):
    face.detailed3dmm.detail_mode = mode
    face.detailed3dmm.detail.pores = 0.5
    live.draw(face, resolution)
    materials = {m["detailed3dmm_part"]: m.node_tree.nodes for m in face.data.materials if "detailed3dmm_part" in m}
    assert materials["face"]["pores in displacement"].outputs[0].default_value == carried
    assert materials["head"]["pores in displacement"].outputs[0].default_value == 0
    pores = 0.5 * face.detailed3dmm.skin.pores
    assert materials["face"]["pores"].outputs[0].default_value == pytest.approx(pores)
    live.draw(face, 256)
    assert materials["face"]["pores in displacement"].outputs[0].default_value == 0
