"""Operators that make a face speak: the whole recording, a range of it again, a file dropped onto the view."""
from pathlib import Path

import bpy
from bpy.props import CollectionProperty, StringProperty
from bpy.types import FileHandler, Operator, OperatorFileListElement

from ..core.errors import Detailed3DMMError
from ..core.steps import within
from . import drops, mesh, paths, speech, speech_sound, strings
from .jobs import Stepped
from .operators import FaceOperator
from .speech import Bake

EXTENSIONS = (".wav", ".mp3", ".flac", ".ogg")
_HEARD = 0.95  # share of the work done


class Speaking(Stepped, FaceOperator):
    """Hears a recording and bakes what the face does with it."""

    def steps(self, context, obj):
        path = self.recording(obj.detailed3dmm.speech)
        performance = yield from _performing(obj, path, speech_sound.frame_rate(context.scene))
        obj.detailed3dmm.speech.filepath = paths.stored(path)
        baked = speech.bake_speech(context, obj, performance, _how(obj.detailed3dmm.speech, path))
        for note in performance.notes:
            self.report({"WARNING"}, note)
        if not baked.sounding:
            self.report({"WARNING"}, strings.message(strings.REPORT_NO_AUDIO))
        if baked.kept:
            self.report({"INFO"}, strings.message(strings.REPORT_KEPT, names=", ".join(baked.kept)))
        self.report({"INFO"}, strings.message(
            strings.REPORT_SPOKEN, name=obj.name, keys=baked.keys, first=baked.first, last=baked.last))

    def recording(self, settings):
        return speech.recording(settings.filepath)


class DETAILED3DMM_OT_speak(Speaking, Operator):
    """Let this face speak the recording: keyframes for mouth, eyes, brows and head, and the sound beside them"""
    bl_idname = "detailed3dmm.speak"
    bl_label = "Speak"


class DETAILED3DMM_OT_speak_file(Speaking, Operator):
    """Let the active face speak this recording"""
    bl_idname = "detailed3dmm.speak_file"
    bl_label = "Speak Recording"
    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def poll(cls, _context):
        return True  # so that a file dropped where there is no face gets an answer

    def invoke(self, context, event):
        return self.guarded(self._check, context) or super().invoke(context, event)

    def execute(self, context):
        return self.guarded(self._check, context) or super().execute(context)

    def recording(self, _settings):
        return speech.recording(self.filepath or (self.directory + self.files[0].name if self.files else ""))

    def _check(self, context):
        reason = mesh.problem(context.object)
        if reason:
            raise Detailed3DMMError(strings.message(reason))


class DETAILED3DMM_OT_rebake_speech(Stepped, FaceOperator, Operator):
    """Bake these frames again with the sliders as they are now; hand keys outside keep their shape"""
    bl_idname = "detailed3dmm.rebake_speech"
    bl_label = "Bake Range Again"

    def steps(self, context, obj):
        settings = obj.detailed3dmm.speech
        first, last = sorted((settings.first, settings.last))
        performance = yield from _performing(obj, *speech.bake_to_correct(obj, context.scene))
        first, last = speech.rebake(obj, performance, first, last, settings.blend)
        self.report({"INFO"}, strings.message(strings.REPORT_REBAKED, first=first, last=last))


class DETAILED3DMM_OT_speech_range(FaceOperator, Operator):
    """Take the frames of the preview range, or without one of the whole scene"""
    bl_idname = "detailed3dmm.speech_range"
    bl_label = "Preview Range"

    def change(self, context, obj):
        scene, settings = context.scene, obj.detailed3dmm.speech
        if scene.use_preview_range:
            settings.first, settings.last = scene.frame_preview_start, scene.frame_preview_end
        else:
            settings.first, settings.last = scene.frame_start, scene.frame_end


class DETAILED3DMM_OT_edit_words(FaceOperator, Operator):
    """Put the words that were heard into a text, to be corrected: the face then speaks by that text"""
    bl_idname = "detailed3dmm.edit_words"
    bl_label = "Edit Words"

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if not speech.words_heard(paths.absolute(context.object.detailed3dmm.speech.filepath)):
            cls.poll_message_set(strings.message(strings.ERROR_NO_WORDS))
            return False
        return True

    def change(self, context, obj):
        settings = obj.detailed3dmm.speech
        text = bpy.data.texts.new(Path(settings.filepath).stem)
        text.write(speech.words_heard(paths.absolute(settings.filepath)))
        settings.transcript = text
        self.report({"INFO"}, strings.message(strings.REPORT_WORDS, name=text.name))


class DETAILED3DMM_FH_recording(drops.OntoView, FileHandler):
    """Sound files dropped onto the 3D view."""
    bl_idname = "DETAILED3DMM_FH_recording"
    bl_label = "Recording for a Face"
    bl_import_operator = "detailed3dmm.speak_file"
    bl_file_extensions = ";".join(EXTENSIONS)


def _performing(obj, path, fps):
    """Shares done of hearing a recording and performing it with this face's settings; gives the performance."""
    settings = obj.detailed3dmm.speech
    heard = yield from within(speech.listening(path, settings.text(), settings.automatic), 0.0, _HEARD)
    return speech.performed(heard, obj, fps)


def _how(settings, path):
    return Bake(start=settings.start, layered=settings.layered, replace=settings.replace, sound=path,
                add_sound=settings.add_sound, markers=settings.markers, extend=settings.extend,
                head=settings.head_target, bone=settings.head_bone)


_CLASSES = (DETAILED3DMM_OT_speak, DETAILED3DMM_OT_speak_file, DETAILED3DMM_OT_rebake_speech,
            DETAILED3DMM_OT_speech_range, DETAILED3DMM_OT_edit_words)
_register, _unregister = bpy.utils.register_classes_factory(_CLASSES)


def register():
    _register()
    drops.register(DETAILED3DMM_FH_recording)


def unregister():
    drops.unregister(DETAILED3DMM_FH_recording)
    _unregister()
