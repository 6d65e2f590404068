"""Operators: each translates a click into one call and reports; one undo step each."""
import random
from pathlib import Path

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Operator
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..core import displacement_file, skin
from ..core.base_model import BaseModel
from ..core.character import Character
from ..core.errors import Detailed3DMMError
from ..core.semantic import SemanticSliders
from . import expressions, live, mesh, parameters, strings, studio
from .jobs import Stepped

LARGEST_SEED = 999_999


class FaceOperator:
    """Acts on the active face: greyed with a reason where there is none, errors reported in one sentence."""
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        reason = mesh.problem(context.object)
        if reason:
            cls.poll_message_set(strings.message(reason))
        return not reason

    def execute(self, context):
        return self.guarded(self._changed, context)

    def guarded(self, action, context):
        """What `action(context)` returns, its errors reported in one sentence."""
        try:
            return action(context)
        except Detailed3DMMError as error:
            self.report({"ERROR"}, str(error))
        except OSError as error:
            self.report({"ERROR"}, strings.message(
                strings.ERROR_WRITE, path=error.filename, reason=error.strerror))
        return {"CANCELLED"}

    def _changed(self, context):
        self.change(context, context.object)
        live.wake()
        return {"FINISHED"}


class Seeded:
    """A random choice: a new seed at each click, the seed itself in the panel of the last operation."""
    seed: IntProperty(name="Seed", description="The same seed gives the same result", min=0, max=LARGEST_SEED)

    def invoke(self, context, _event):
        self.seed = random.randint(0, LARGEST_SEED)
        return self.execute(context)


class DETAILED3DMM_OT_add_face(Operator):
    """Add a face that sliders shape and wrinkle"""
    bl_idname = "detailed3dmm.add_face"
    bl_label = "Add Face"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if context.mode != "OBJECT":
            cls.poll_message_set(strings.message(strings.ERROR_NOT_OBJECT_MODE))
            return False
        return True

    def execute(self, context):
        try:
            mesh.add_face(context)
        except Detailed3DMMError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        live.wake()
        return {"FINISHED"}


class DETAILED3DMM_OT_randomise(Seeded, FaceOperator, Operator):
    """Another shape by chance: of the whole face, or of one group of sliders alone"""
    bl_idname = "detailed3dmm.randomise"
    bl_label = "Randomise Shape"
    group: StringProperty(name="Group", description="Group of shape sliders; empty for the whole face")
    amount: FloatProperty(name="Amount", description="0 is the average face, 1 the variety of real faces",
                          default=1.0, min=0.0, soft_max=1.5, max=2.0)

    def change(self, _context, obj):
        settings = obj.detailed3dmm
        if self.group:
            identity = SemanticSliders.load().randomised(
                parameters.identity(settings), self.group, self.seed, self.amount)
        else:
            identity = Character.random(self.seed).identity * self.amount
        parameters.set_identity(settings, identity)
        mesh.update_identity(obj)


class DETAILED3DMM_OT_randomise_person(Seeded, FaceOperator, Operator):
    """Other creases by chance: where this person's skin folds"""
    bl_idname = "detailed3dmm.randomise_person"
    bl_label = "Randomise Creases"

    def change(self, _context, obj):
        obj.detailed3dmm.person = Character.random(self.seed).detail.tolist()


class DETAILED3DMM_OT_randomise_skin(Seeded, FaceOperator, Operator):
    """Another skin, hair and eye colour by chance, as they go together in people of this age"""
    bl_idname = "detailed3dmm.randomise_skin"
    bl_label = "Randomise Skin"

    def change(self, _context, obj):
        obj.detailed3dmm.skin.write(skin.random(self.seed, obj.detailed3dmm.age))


class DETAILED3DMM_OT_reset_skin(FaceOperator, Operator):
    """The usual skin, hair and eyes at this age"""
    bl_idname = "detailed3dmm.reset_skin"
    bl_label = "Usual for This Age"

    def change(self, _context, obj):
        obj.detailed3dmm.skin.write(skin.complete(age=obj.detailed3dmm.age))


class DETAILED3DMM_OT_symmetrise(FaceOperator, Operator):
    """Make the left and the right half of the face alike: the mean of both"""
    bl_idname = "detailed3dmm.symmetrise"
    bl_label = "Symmetrise"

    def change(self, _context, obj):
        identity = parameters.identity(obj.detailed3dmm)
        mirrored = BaseModel.load().mirror_identity(identity)
        parameters.set_identity(obj.detailed3dmm, (identity + mirrored) / 2)
        mesh.update_identity(obj)


class DETAILED3DMM_OT_reset_shape(FaceOperator, Operator):
    """Back to the average face: all of it, or one group of sliders"""
    bl_idname = "detailed3dmm.reset_shape"
    bl_label = "Reset Shape"
    group: StringProperty(name="Group", description="Group of shape sliders; empty for the whole face")

    def change(self, _context, obj):
        identity = parameters.identity(obj.detailed3dmm)
        if self.group:
            sliders = SemanticSliders.load()
            identity = sliders.solved(identity, {slider.name: 0.0 for slider in sliders.groups()[self.group]})
        else:
            identity[:] = 0
        parameters.set_identity(obj.detailed3dmm, identity)
        mesh.update_identity(obj)


class DETAILED3DMM_OT_reset_expression(FaceOperator, Operator):
    """Relax the face: all of it, or one group of expressions"""
    bl_idname = "detailed3dmm.reset_expression"
    bl_label = "Reset Expression"
    group: StringProperty(name="Group", description="Group of expressions", default="all")

    def change(self, context, obj):
        parameters.set_expression(obj, dict.fromkeys(expressions.group_keys(self.group), 0.0))
        parameters.key_if_recording(context, obj, expressions.group_keys(self.group))


class DETAILED3DMM_OT_mirror_expression(FaceOperator, Operator):
    """Exchange what the left and the right side of the face do"""
    bl_idname = "detailed3dmm.mirror_expression"
    bl_label = "Mirror Expression"

    def change(self, context, obj):
        model = BaseModel.load()
        mirrored = model.mirror_expression(mesh.expression_of(obj))
        parameters.set_expression(obj, dict(zip(model.expression_names, mirrored.tolist(), strict=True)))
        parameters.key_if_recording(context, obj, model.expression_names)


class DETAILED3DMM_OT_key_expression(FaceOperator, Operator):
    """Set a keyframe on every expression key at this frame"""
    bl_idname = "detailed3dmm.key_expression"
    bl_label = "Keyframe Expression"

    def change(self, context, obj):
        names = BaseModel.load().expression_names
        parameters.key_expression(obj, names)
        self.report({"INFO"}, strings.message(
            strings.REPORT_KEYED, count=len(names), frame=context.scene.frame_current))


class DETAILED3DMM_OT_load_character(FaceOperator, ImportHelper, Operator):
    """Make this face a character from a file"""
    bl_idname = "detailed3dmm.load_character"
    bl_label = "Load Character"
    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def change(self, _context, obj):
        mesh.apply_character(obj, Character.load(self.filepath))


class DETAILED3DMM_OT_save_character(FaceOperator, ExportHelper, Operator):
    """Write shape, person, age, skin and expression of this face to a file"""
    bl_idname = "detailed3dmm.save_character"
    bl_label = "Save Character"
    bl_options = {"REGISTER"}
    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def change(self, _context, obj):
        mesh.character_of(obj).save(self.filepath)
        self.report({"INFO"}, strings.message(strings.REPORT_SAVED, path=self.filepath))


class DETAILED3DMM_OT_bake_displacement(Stepped, FaceOperator, Operator):
    """Compute the wrinkles at the final resolution and keep them: packed into the blend file, or as a file too"""
    bl_idname = "detailed3dmm.bake_displacement"
    bl_label = "Bake Displacement"
    target: EnumProperty(name="To", description="Where the displacement is kept", items=strings.BAKE_TARGETS)
    filepath: StringProperty(name="File", description="File to write, // is the blend file's folder",
                             subtype="FILE_PATH", default="//displacement")
    resolution: IntProperty(name="Resolution", description="Pixels a side; 0 is the face's final resolution",
                            default=0, min=0, max=4096)

    def invoke(self, context, _event):
        if self.target == "PACKED":
            return self.start(context)
        self.from_panel = True
        self.filepath = bpy.path.ensure_ext(
            bpy.path.abspath(f"//{bpy.path.clean_name(context.object.name)}_displacement"), self._extension())
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, _context):
        self.layout.prop(self, "resolution")

    def steps(self, _context, obj):
        path = None if self.target == "PACKED" else self._path()
        heights = yield from live.drawing(obj, self.resolution)
        yield 0.7
        obj.detailed3dmm.image.pack()
        yield 0.9
        report = {"size": heights.shape[0], "low": float(heights.min()), "high": float(heights.max())}
        if path is None:
            self.report({"INFO"}, strings.message(strings.REPORT_BAKED, **report))
            return
        write = displacement_file.write_exr if self.target == "EXR" else displacement_file.write_png
        write(path, heights)
        self.report({"INFO"}, strings.message(strings.REPORT_BAKED_TO, path=path, **report))

    def _extension(self):
        return ".exr" if self.target == "EXR" else ".png"

    def _path(self):
        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), self._extension()))
        if not path.is_absolute() or not path.parent.is_dir():
            raise Detailed3DMMError(strings.message(strings.ERROR_FOLDER, path=path))
        return path


class DETAILED3DMM_OT_set_up_studio(FaceOperator, Operator):
    """Add a camera and soft lights that suit this face, in a collection of their own"""
    bl_idname = "detailed3dmm.set_up_studio"
    bl_label = "Set Up Studio"

    def change(self, context, obj):
        studio.set_up(context.scene, obj)


CLASSES = (
    DETAILED3DMM_OT_add_face,
    DETAILED3DMM_OT_randomise,
    DETAILED3DMM_OT_randomise_person,
    DETAILED3DMM_OT_randomise_skin,
    DETAILED3DMM_OT_reset_skin,
    DETAILED3DMM_OT_symmetrise,
    DETAILED3DMM_OT_reset_shape,
    DETAILED3DMM_OT_reset_expression,
    DETAILED3DMM_OT_mirror_expression,
    DETAILED3DMM_OT_key_expression,
    DETAILED3DMM_OT_load_character,
    DETAILED3DMM_OT_save_character,
    DETAILED3DMM_OT_bake_displacement,
    DETAILED3DMM_OT_set_up_studio,
)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
