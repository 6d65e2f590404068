"""Operators of the wrinkles' mask, of expression detail swapped between faces, and of detail taken from an image."""
import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty
from bpy.types import Operator
from bpy_extras.io_utils import ImportHelper

from ..core import displacement_file
from ..core.detail_controls import DetailControls, to_dict
from . import bake, detail, mesh, strings
from .jobs import Stepped
from .operators import FaceOperator

MASK_SIZE = 1024


class DETAILED3DMM_OT_new_wrinkle_mask(FaceOperator, Operator):
    """Make a white image on the face's UVs, to paint where wrinkles show, and choose it for Texture Paint mode"""
    bl_idname = "detailed3dmm.new_wrinkle_mask"
    bl_label = "New Wrinkle Mask"

    def change(self, context, obj):
        image = bpy.data.images.new(f"{obj.name}_wrinkle_mask", MASK_SIZE, MASK_SIZE, alpha=False, is_data=True)
        image.generated_color = (1.0, 1.0, 1.0, 1.0)
        image.pack()  # or it would go with the session
        obj.detailed3dmm.detail.mask = image
        paint = context.scene.tool_settings.image_paint
        paint.mode, paint.canvas = "IMAGE", image
        self.report({"INFO"}, strings.message(strings.REPORT_MASK, name=image.name))


class DETAILED3DMM_OT_swap_expression_detail(FaceOperator, Operator):
    """Exchange what two faces' wrinkles show of an expression: each keeps its own creases, as deep as in the other"""
    bl_idname = "detailed3dmm.swap_expression_detail"
    bl_label = "Swap Expression Detail"

    @classmethod
    def poll(cls, context):
        if len(_selected_faces(context)) == 2:
            return True
        cls.poll_message_set(strings.message(strings.ERROR_TWO_FACES))
        return False

    def change(self, context, _obj):
        first, second = _selected_faces(context)
        sources = _shown(first), _shown(second)
        for obj, source in zip((second, first), sources, strict=True):
            kept = {key: value for key, value in detail.more(obj.detailed3dmm.detail).items() if key != "expression_of"}
            if source != _own(obj):
                kept["expression_of"] = source
            detail.set_more(obj.detailed3dmm.detail, kept)


class DETAILED3DMM_OT_clear_detail_source(FaceOperator, Operator):
    """Let this face's wrinkles be its own again"""
    bl_idname = "detailed3dmm.clear_detail_source"
    bl_label = "Use Own Detail"
    source: EnumProperty(name="Source", description="What to give up", items=strings.SOURCES)

    def change(self, _context, obj):
        kept = detail.more(obj.detailed3dmm.detail)
        if kept.pop(self.source, None) is None:
            self.report({"INFO"}, strings.message(strings.ERROR_NOTHING_TO_CLEAR))
        detail.set_more(obj.detailed3dmm.detail, kept)


class DETAILED3DMM_OT_detail_from_image(Stepped, FaceOperator, ImportHelper, Operator):
    """Give this face the creases of a displacement image on its UVs, a scan's or a bake's. Set the expression first \
that the image shows"""
    bl_idname = "detailed3dmm.detail_from_image"
    bl_label = "Detail from Displacement Image"
    filename_ext = ".exr"
    filter_glob: StringProperty(default="*.exr;*.png;*.tif;*.tiff", options={"HIDDEN"})
    unit: EnumProperty(name="Unit", description="What the values of an OpenEXR or floating-point TIFF file are in",
                       items=strings.UNITS)
    scale: FloatProperty(
        name="Scale", description="Millimetres from black to white of 8 or 16 bit values; 0 reads the range from a "
        "file that this add-on wrote", default=0.0, min=0.0, soft_max=10.0, max=100.0, precision=3)
    midlevel: FloatProperty(name="Midlevel", description="Value of the undisplaced surface, where a scale is given",
                            default=0.5, min=0.0, max=1.0)

    def invoke(self, context, event):
        self.from_panel = True
        return ImportHelper.invoke(self, context, event)

    def steps(self, _context, obj):
        displacement = displacement_file.read(self.filepath, self.unit, self.scale or None, self.midlevel)
        displacement_file.check_relief(displacement)
        yield 0.0
        model = bake.detail_model()
        from ..core.detail_from_map import wear
        worn = yield from wear(model, displacement, mesh.character_of(obj))
        settings = obj.detailed3dmm
        settings.person = worn.character.detail.tolist()
        detail.write(settings.detail, worn.character.detail_controls)
        self.report({"INFO"}, strings.message(strings.REPORT_WORN, share=round(100 * worn.explained)))


def _selected_faces(context):
    return [obj for obj in context.selected_objects if not mesh.problem(obj)]


def _own(obj):
    """What a face's own sliders say of its expression detail."""
    character = mesh.character_of(obj)
    expression = mesh.expression_of(obj)
    return to_dict(DetailControls(expression_of=(character.identity, expression)))["expression_of"]


def _shown(obj):
    return detail.more(obj.detailed3dmm.detail).get("expression_of") or _own(obj)


CLASSES = (
    DETAILED3DMM_OT_new_wrinkle_mask,
    DETAILED3DMM_OT_swap_expression_detail,
    DETAILED3DMM_OT_clear_detail_source,
    DETAILED3DMM_OT_detail_from_image,
)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
