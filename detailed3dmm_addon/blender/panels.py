"""The sidebar tab: who the face is, what it does, its wrinkles, its skin."""
import textwrap

import bpy
from bpy.types import Panel

from ..core import skin
from ..core.detail_controls import FINE
from ..core.semantic import GROUPS as SHAPE_GROUPS
from . import compat, detail, expressions, live, mesh, parameters, strings
from .properties import BOTH_PREFIX, SHAPE_PREFIX

THUMBNAIL_SCALE = 4.2
POPUP_SCALE = 6.0
LABEL_WIDTH = 0.36
AFTER_SPEECH = 1  # speech has a module of its own, whose panel comes between those of this one


class FacePanel:
    """A panel of the active face; hidden where there is none, greyed with the reason where it cannot be changed."""
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = strings.TAB
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return mesh.is_face(context.object) and not mesh.problem(context.object)

    def draw(self, context):
        layout = self.layout
        layout.use_property_decorate = False
        self.draw_face(layout, context.object, context.object.detailed3dmm)


class DETAILED3DMM_PT_face(Panel):
    """Add a face, choose a character."""
    bl_label = strings.PANEL_FACE
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = strings.TAB

    def draw(self, context):
        layout, obj = self.layout, context.object
        big = layout.column()
        big.scale_y = 1.0 if mesh.is_face(obj) else 1.5
        big.operator("detailed3dmm.add_face", icon="ADD")
        if not mesh.is_face(obj):
            layout.label(text=strings.NO_FACE_HINT, icon="INFO")
            return
        reason = mesh.problem(obj)
        if reason:
            paragraph(layout, reason, context)
            return
        beside = _preset(layout, obj.detailed3dmm, "character_preset")
        beside.operator("detailed3dmm.load_character", text="Load", icon="FILE_FOLDER")
        beside.operator("detailed3dmm.save_character", text="Save", icon="FILE_TICK")


class DETAILED3DMM_PT_shape(FacePanel, Panel):
    """Sliders in millimetres, by groups."""
    bl_label = strings.PANEL_SHAPE

    def draw_face(self, layout, obj, settings):
        row = layout.row(align=True)
        row.operator("detailed3dmm.randomise", text="Randomise", icon="SHADERFX").group = ""
        row.operator("detailed3dmm.symmetrise", text="", icon="MOD_MIRROR")
        row.operator("detailed3dmm.reset_shape", text="", icon="LOOP_BACK").group = ""
        for index, (name, sliders) in enumerate(SHAPE_GROUPS.items()):
            header, body = layout.panel(f"DETAILED3DMM_shape_{name}", default_closed=index > 0)
            header.label(text=name)
            if body is None:
                continue
            _group_tools(header, "detailed3dmm.randomise", "detailed3dmm.reset_shape", name)
            column = body.column(align=True)
            for slider in sliders:
                column.prop(settings, SHAPE_PREFIX + slider.name, slider=True)


class DETAILED3DMM_PT_coefficients(FacePanel, Panel):
    """The model's own coefficients, for those who want all of them."""
    bl_label = strings.PANEL_COEFFICIENTS
    bl_parent_id = "DETAILED3DMM_PT_shape"

    def draw_face(self, layout, obj, settings):
        for index, chunk in enumerate(parameters.CHUNKS):
            first = index * parameters.CHUNK_SIZE
            header, body = layout.panel(f"DETAILED3DMM_{chunk}", default_closed=True)
            header.label(text=f"{first} – {first + parameters.CHUNK_SIZE - 1}", translate=False)
            if body is not None:
                column = body.column(align=True)
                for offset in range(parameters.CHUNK_SIZE):
                    column.prop(settings, chunk, index=offset, slider=True, text=str(first + offset), translate=False)


class DETAILED3DMM_PT_expression(FacePanel, Panel):
    """Shape keys by groups: the sliders are the keys' own values, so I over one of them sets its keyframe."""
    bl_label = strings.PANEL_EXPRESSION
    bl_options = set()

    def draw_face(self, layout, obj, settings):
        beside = _preset(layout, settings, "expression_preset")
        beside.operator("detailed3dmm.reset_expression", text="Relax", icon="LOOP_BACK").group = "all"
        beside.operator("detailed3dmm.mirror_expression", text="Mirror", icon="MOD_MIRROR")
        beside.operator("detailed3dmm.key_expression", text="Keyframe", icon="KEY_HLT")
        layout.prop(settings, "link_sides", toggle=True, icon="LINKED" if settings.link_sides else "UNLINKED")
        blocks = obj.data.shape_keys.key_blocks
        for index, group in enumerate(expressions.GROUPS):
            header, body = layout.panel(f"DETAILED3DMM_expression_{group.name}", default_closed=index > 0)
            header.label(text=strings.LABELS[group.name])
            if body is None:
                continue
            header.operator("detailed3dmm.reset_expression", text="", icon="LOOP_BACK",
                            emboss=False).group = group.name
            column = body.column(align=True)
            if not settings.link_sides and group.controls[0].is_pair:
                _draw_sides(column)
            for control in _rows(group, settings.link_sides):
                _draw_control(column, control, settings, blocks)


class DETAILED3DMM_PT_person(FacePanel, Panel):
    """Age, and where this person's skin folds."""
    bl_label = strings.PANEL_PERSON

    def draw_face(self, layout, obj, settings):
        layout.prop(settings, "age", slider=True)
        layout.operator("detailed3dmm.randomise_person", icon="SHADERFX")


class DETAILED3DMM_PT_detail(FacePanel, Panel):
    """Wrinkles: strength, resolution, how they show."""
    bl_label = strings.PANEL_DETAIL
    bl_order = AFTER_SPEECH

    def draw_header(self, context):
        self.layout.prop(context.object.detailed3dmm, "use_detail", text="")

    def draw_face(self, layout, obj, settings):
        reason = live.problem() or ("" if compat.has_module("torch") else strings.ERROR_NEEDS_TORCH)
        if reason:
            paragraph(layout, reason, bpy.context)
        layout.use_property_split = True
        column = layout.column()
        column.active = settings.use_detail
        bands = column.column(align=True)
        bands.prop(settings, "detail_strength", slider=True)
        for name in detail.strengths(settings.detail):
            bands.prop(settings.detail, name, slider=True)
        column.prop(settings, "detail_mode")
        column.prop(settings, "live")
        sizes = column.column(align=True)
        sizes.prop(settings, "preview_resolution")
        sizes.prop(settings, "final_resolution")
        if int(settings.final_resolution) >= FINE and not compat.has_module("cv2"):
            paragraph(layout, strings.NEEDS_OPENCV, bpy.context)


class DETAILED3DMM_PT_regions(FacePanel, Panel):
    """Strength by region: sliders, and a mask to paint."""
    bl_label = strings.PANEL_REGIONS
    bl_parent_id = "DETAILED3DMM_PT_detail"

    def draw_face(self, layout, obj, settings):
        layout.prop(settings, "link_sides", toggle=True, icon="LINKED" if settings.link_sides else "UNLINKED")
        column = layout.column(align=True)
        for name in detail.rows(settings.link_sides):
            column.prop(settings.detail, name, slider=True)
        layout.label(text=strings.LABEL_MASK)
        layout.template_ID(settings.detail, "mask", new="detailed3dmm.new_wrinkle_mask", open="image.open")


class DETAILED3DMM_PT_transfer(FacePanel, Panel):
    """Detail from elsewhere: another face's expression, a scan's creases."""
    bl_label = strings.PANEL_TRANSFER
    bl_parent_id = "DETAILED3DMM_PT_detail"

    def draw_face(self, layout, obj, settings):
        layout.operator("detailed3dmm.swap_expression_detail", icon="ARROW_LEFTRIGHT")
        layout.operator("detailed3dmm.detail_from_image", icon="IMAGE_DATA")
        sources = detail.more(settings.detail)
        for source, label, _tip in strings.SOURCES:
            if source in sources:
                row = layout.row()
                row.label(text=label, icon="INFO")
                row.operator("detailed3dmm.clear_detail_source", text="", icon="X").source = source


class DETAILED3DMM_PT_bake(FacePanel, Panel):
    """Keep the displacement in the file or beside it."""
    bl_label = strings.PANEL_BAKE
    bl_parent_id = "DETAILED3DMM_PT_detail"
    bl_options = set()

    def draw_face(self, layout, obj, settings):
        layout.operator("detailed3dmm.bake_displacement", icon="RENDER_STILL").target = "PACKED"
        row = layout.row(align=True)
        row.operator("detailed3dmm.bake_displacement", text="OpenEXR", icon="FILE_IMAGE").target = "EXR"
        row.operator("detailed3dmm.bake_displacement", text="16-bit PNG", icon="FILE_IMAGE").target = "PNG"


class DETAILED3DMM_PT_skin(FacePanel, Panel):
    """Skin, hair, eyes, teeth."""
    bl_label = strings.PANEL_SKIN
    bl_order = AFTER_SPEECH

    def draw_face(self, layout, obj, settings):
        row = layout.row(align=True)
        row.operator("detailed3dmm.randomise_skin", text="Randomise", icon="SHADERFX")
        row.operator("detailed3dmm.reset_skin", text="By Age", icon="LOOP_BACK")
        groups = dict.fromkeys(parameter.group for parameter in skin.PARAMETERS)
        for index, group in enumerate(groups):
            header, body = layout.panel(f"DETAILED3DMM_skin_{group}", default_closed=index > 0)
            header.label(text=group)
            if body is not None:
                column = body.column(align=True)
                for parameter in skin.PARAMETERS:
                    if parameter.group == group:
                        column.prop(settings.skin, parameter.name, slider=True)


class DETAILED3DMM_PT_studio(FacePanel, Panel):
    """Camera and lights."""
    bl_label = strings.PANEL_STUDIO
    bl_order = AFTER_SPEECH

    def draw_face(self, layout, obj, settings):
        layout.operator("detailed3dmm.set_up_studio", icon="LIGHT_AREA")


def _preset(layout, settings, name):
    """A preset's thumbnail, a click on which shows all, and beside it their names; gives the column for more."""
    split = layout.split(factor=0.4)
    split.template_icon_view(settings, name, show_labels=True, scale=THUMBNAIL_SCALE, scale_popup=POPUP_SCALE)
    column = split.column()
    column.prop(settings, name, text="")
    return column.column(align=True)


def _group_tools(header, randomise, reset, group):
    row = header.row(align=True)
    row.operator(randomise, text="", icon="SHADERFX", emboss=False).group = group
    row.operator(reset, text="", icon="LOOP_BACK", emboss=False).group = group


def _rows(group, linked):
    """Controls of a group: with linked sides, gaze in two sliders for both eyes instead of eight keys."""
    if not linked:
        return group.controls
    return tuple(control for control in group.controls if not expressions.is_gaze(control)) + (
        tuple(expressions.GAZE) if group.name == "eyes" else ())


def _draw_sides(column):
    """Headings of the two columns of sliders."""
    row = column.split(factor=LABEL_WIDTH)
    row.label(text="")
    sides = row.row()
    for side in expressions.SIDES:
        heading = sides.row()
        heading.alignment = "CENTER"
        heading.label(text=strings.LABELS[side])


def _draw_control(column, control, settings, blocks):
    if isinstance(control, str):
        column.prop(settings, control, slider=True)
    elif not control.is_pair:
        column.prop(blocks[control.stem], "value", text=strings.label(control.stem), slider=True, translate=False)
    elif settings.link_sides:
        column.prop(settings, BOTH_PREFIX + control.stem, slider=True)
    else:
        split = column.split(factor=LABEL_WIDTH, align=True)
        split.label(text=strings.LABELS[control.stem])
        row = split.row(align=True)
        for key in control.keys:
            row.prop(blocks[key], "value", text="", slider=True)


def paragraph(layout, text, context):
    """A sentence in as many lines as the sidebar is narrow: labels do not wrap by themselves."""
    characters = max(20, int(context.region.width / (8 * context.preferences.system.ui_scale)))
    column = layout.column(align=True)
    lines = textwrap.wrap(strings.translated(text), characters)
    for index, line in enumerate(lines):
        column.label(text=line, icon="ERROR" if index == 0 else "BLANK1", translate=False)


CLASSES = (
    DETAILED3DMM_PT_face,
    DETAILED3DMM_PT_shape,
    DETAILED3DMM_PT_coefficients,
    DETAILED3DMM_PT_person,
    DETAILED3DMM_PT_expression,
    DETAILED3DMM_PT_detail,
    DETAILED3DMM_PT_regions,
    DETAILED3DMM_PT_transfer,
    DETAILED3DMM_PT_bake,
    DETAILED3DMM_PT_skin,
    DETAILED3DMM_PT_studio,
)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
