"""The panel of speech: a recording, how it is performed, how it is baked, and what is corrected afterwards."""
import bpy
from bpy.types import Panel

from ..speech import english
from . import speech, strings
from .panels import FacePanel, paragraph
from .speech_properties import VISEME_PROPERTIES


class DETAILED3DMM_PT_speech(FacePanel, Panel):
    """Recording and bake."""
    bl_label = strings.PANEL_SPEECH

    def draw_face(self, layout, obj, settings):
        said = settings.speech
        missing = speech.missing_module()
        if missing:
            paragraph(layout, strings.message(strings.ERROR_SPEECH_NEEDS, module=missing), bpy.context)
        layout.prop(said, "filepath", text="", icon="SPEAKER")
        row = layout.row()
        row.scale_y = 1.5
        row.operator("detailed3dmm.speak", icon="PLAY")
        layout.use_property_split = True
        column = layout.column()
        column.prop(said, "start")
        column.prop(said, "preset")
        column.prop(said, "emotion")
        row = column.row(align=True)
        row.active = said.emotion != "neutral"
        row.prop(said, "emotion_strength", text="Strength", slider=True)


class DETAILED3DMM_PT_performance(FacePanel, Panel):
    """How it is performed."""
    bl_label = strings.PANEL_PERFORMANCE
    bl_parent_id = "DETAILED3DMM_PT_speech"

    def draw_face(self, layout, obj, settings):
        layout.use_property_split = True
        said = settings.speech
        for names in (("intensity", "style", "smoothing"), ("jaw", "lips"), ("upper_face", "blinks", "head")):
            column = layout.column(align=True)
            for name in names:
                column.prop(said, name, slider=True)
        layout.prop(said, "seed")
        layout.label(text=strings.LABEL_TRANSCRIPT)
        layout.template_ID(said, "transcript", new="text.new", open="text.open")
        if said.transcript is None:
            layout.prop(said, "automatic")
            missing = said.automatic and english.what_is_missing(thoroughly=False)
            if missing:
                paragraph(layout, missing, bpy.context)
            else:
                layout.operator("detailed3dmm.edit_words", icon="TEXT")


class DETAILED3DMM_PT_speech_bake(FacePanel, Panel):
    """What the bake writes, and where."""
    bl_label = strings.PANEL_SPEECH_BAKE
    bl_parent_id = "DETAILED3DMM_PT_speech"

    def draw_face(self, layout, obj, settings):
        layout.use_property_split = True
        said = settings.speech
        column = layout.column()
        for name in ("replace", "layered", "add_sound", "extend", "markers"):
            column.prop(said, name)
        column = layout.column()
        column.prop(said, "head_target")
        rig = obj.find_armature()
        if said.head_target == "BONE" and rig:
            column.prop_search(said, "head_bone", rig.pose, "bones")


class DETAILED3DMM_PT_corrections(FacePanel, Panel):
    """After the bake: timing, sounds one by one, a range again."""
    bl_label = strings.PANEL_CORRECTIONS
    bl_parent_id = "DETAILED3DMM_PT_speech"

    def draw_face(self, layout, obj, settings):
        said = settings.speech
        layout.use_property_split = True
        layout.prop(said, "offset")
        header, body = layout.panel("DETAILED3DMM_visemes", default_closed=True)
        header.label(text=strings.PANEL_VISEMES)
        if body is not None:
            column = body.column(align=True)
            for name in VISEME_PROPERTIES.values():
                column.prop(said, name, slider=True)
        row = layout.row(align=True)
        row.use_property_split = False
        row.prop(said, "first")
        row.prop(said, "last")
        row.operator("detailed3dmm.speech_range", text="", icon="PREVIEW_RANGE")
        layout.prop(said, "blend")
        layout.operator("detailed3dmm.rebake_speech", icon="FILE_REFRESH")


CLASSES = (
    DETAILED3DMM_PT_speech,
    DETAILED3DMM_PT_performance,
    DETAILED3DMM_PT_speech_bake,
    DETAILED3DMM_PT_corrections,
)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
