"""The panel of photos: choose one, make a face of it, compare them."""
import bpy
from bpy.props import PointerProperty
from bpy.types import Panel, Scene

from . import material, reconstruct, reconstruct_faces, reconstruct_pins, reconstruct_skin, skin_shader, strings
from .panels import paragraph
from .reconstruct_camera import backgrounds
from .reconstruct_operators import missing_module
from .reconstruct_properties import DETAILED3DMM_PG_reconstruction


class DETAILED3DMM_PT_photo(Panel):
    """A face from a photo."""
    bl_label = strings.PANEL_PHOTO
    bl_parent_id = "DETAILED3DMM_PT_face"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = strings.TAB

    def draw(self, context):
        layout, wanted = self.layout, context.scene.detailed3dmm_photo
        layout.use_property_decorate = False
        missing = missing_module()
        if missing:
            paragraph(layout, strings.message(
                strings.ERROR_PHOTO_NEEDS, module=missing[0], package=missing[1]), context)
        layout.prop(wanted, "filepath", text="", icon="IMAGE_DATA")
        _draw_faces(layout, wanted)
        row = layout.row()
        row.scale_y = 1.5
        row.operator("detailed3dmm.reconstruct", icon="OUTLINER_OB_CAMERA")
        header, body = layout.panel("DETAILED3DMM_photo_options", default_closed=True)
        header.label(text=strings.PANEL_PHOTO_OPTIONS)
        if body is not None:
            _draw_options(body, wanted)
        face = reconstruct.photographed(context.object)
        if face is not None:
            _draw_comparison(layout, face)
            _draw_sureness(layout, face)
            _draw_pins(layout, face)


def _draw_faces(layout, wanted):
    """Thumbnails of several faces, left to right."""
    icons = reconstruct_faces.thumbnails(wanted.filepath)
    if len(icons) < 2:
        return
    grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
    for number, icon in enumerate(icons, 1):
        column = grid.column(align=True)
        column.template_icon(icon, scale=3.5)
        column.operator("detailed3dmm.choose_face", text=str(number), depress=number == wanted.face,
                        translate=False).face = number


def _draw_options(layout, wanted):
    layout.use_property_split = True
    column = layout.column()
    row = column.row(align=True)
    row.prop(wanted, "face")
    row.operator("detailed3dmm.find_faces", text="", icon="VIEWZOOM")
    row = column.row(align=True, heading="Age")
    row.prop(wanted, "age_known", text="")
    known = row.row(align=True)
    known.active = wanted.age_known
    known.prop(wanted, "age", text="")
    for index, file in enumerate(wanted.more):
        row = column.row(align=True)
        row.prop(file, "filepath", text="")
        row.operator("detailed3dmm.remove_photo", text="", icon="X").index = index
    column.operator("detailed3dmm.add_photos", icon="ADD")
    column = layout.column()
    for name in ("texture", "lights", "pack", "frame_scene"):
        column.prop(wanted, name)


def _draw_comparison(layout, face):
    """Sliders of a face that came from a photo."""
    settings, worn = face.detailed3dmm.photo, material.face_material(face)
    column = layout.column(align=True)
    if worn is not None and skin_shader.has_photo(worn):
        column.prop(settings, "strength", slider=True)
    if backgrounds(settings.camera):
        column.prop(settings, "opacity", slider=True)
        column.prop(settings, "front", toggle=True)


def _draw_sureness(layout, face):
    """How much of the skin's wrinkles is the photo's, and how much is usual."""
    shares = reconstruct_skin.shares(face.detailed3dmm)
    if not shares:
        return
    column = layout.column(align=True)
    column.label(text=strings.LABEL_SEEN)
    for name, share in shares.items():
        row = column.split(factor=0.35)
        row.label(text=strings.LABEL_SEEN_PARTS[name])
        row.label(text=strings.seen(share), translate=False)


def _draw_pins(layout, face):
    """Landmarks to put right by hand, and the fit to them."""
    row = layout.row(align=True)
    row.operator("detailed3dmm.landmark_pins", icon="PINNED")
    if reconstruct_pins.of(face.detailed3dmm.photo.camera):
        row.operator("detailed3dmm.release_pins", text="", icon="UNPINNED")
        row.operator("detailed3dmm.remove_pins", text="", icon="X")
        row = layout.row()
        row.scale_y = 1.5
        row.operator("detailed3dmm.refit", icon="FILE_REFRESH")


_register, _unregister = bpy.utils.register_classes_factory((DETAILED3DMM_PG_reconstruction, DETAILED3DMM_PT_photo))


def register():
    _register()
    Scene.detailed3dmm_photo = PointerProperty(type=DETAILED3DMM_PG_reconstruction)


def unregister():
    del Scene.detailed3dmm_photo
    _unregister()
