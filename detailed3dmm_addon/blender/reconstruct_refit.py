"""Operators around landmark pins: show them, release them, fit the face to where they were put."""
import bpy
from bpy.types import Operator

from ..core.errors import ParameterError
from ..core.steps import within
from . import (
    live,
    material,
    mesh,
    paths,
    preferences,
    reconstruct,
    reconstruct_camera,
    reconstruct_pins,
    skin_shader,
    strings,
)
from .jobs import Stepped
from .operators import FaceOperator
from .reconstruct_operators import MADE, require_modules


class OfPhoto(FaceOperator):
    """Acts on a face from a photo that is active itself, or whose camera or pin is."""

    @classmethod
    def poll(cls, context):
        face = reconstruct.photographed(context.object)
        reason = strings.ERROR_NO_PHOTO_FACE if face is None else mesh.problem(face)
        if reason is None and context.mode != "OBJECT":
            reason = strings.ERROR_NOT_OBJECT_MODE
        if reason:
            cls.poll_message_set(strings.message(reason))
        return not reason


def _photographed(context):
    """The face that is meant, the camera of its photo, and what that camera sees, photo.camera.Camera."""
    face = reconstruct.photographed(context.object)
    camera = face.detailed3dmm.photo.camera
    return face, camera, reconstruct_camera.view(camera, face)


class DETAILED3DMM_OT_landmark_pins(OfPhoto, Operator):
    """Show where landmarks lie in the photo, as pins to be moved with G in the camera's view; then Refit"""
    bl_idname = "detailed3dmm.landmark_pins"
    bl_label = "Landmark Pins"

    def change(self, context, _obj):
        face, camera, view = _photographed(context)
        reconstruct_pins.put(camera, view, reconstruct.posed(face), reconstruct_pins.placed(camera, view))
        space = context.space_data
        if space is not None and space.type == "VIEW_3D":
            if context.scene.camera != camera:
                space.use_local_camera, space.camera = True, camera
            space.region_3d.view_perspective = "CAMERA"


class DETAILED3DMM_OT_release_pins(OfPhoto, Operator):
    """Let the selected pins follow the face again from the next Refit on, all of them where none is selected"""
    bl_idname = "detailed3dmm.release_pins"
    bl_label = "Release Pins"

    def change(self, context, _obj):
        _face, camera, view = _photographed(context)
        pins = reconstruct_pins.of(camera).values()
        reconstruct_pins.release([pin for pin in pins if pin.select_get()] or pins, view)


class DETAILED3DMM_OT_remove_pins(OfPhoto, Operator):
    """Take the landmark pins away; the face stays as it is"""
    bl_idname = "detailed3dmm.remove_pins"
    bl_label = "Remove Pins"

    def change(self, context, _obj):
        face, camera, _view = _photographed(context)
        reconstruct_pins.remove(camera)
        context.view_layer.objects.active = face


class DETAILED3DMM_OT_refit(Stepped, OfPhoto, Operator):
    """Fit shape, expression and camera anew, through the pins that were moved; texture and creases follow"""
    bl_idname = "detailed3dmm.refit"
    bl_label = "Refit"

    def steps(self, context, _obj):
        face, camera, view = _photographed(context)
        placed = reconstruct_pins.placed(camera, view)
        if not placed and not reconstruct_pins.of(camera):
            raise ParameterError(strings.message(strings.ERROR_NO_PINS))
        made = yield from within(refitting(face, placed), 0.0, MADE)
        reconstruct.rebuild(face, made, placed)
        live.wake()
        self.report({"INFO"}, strings.message(
            strings.REPORT_REFITTED, name=face.name, count=len(placed), share=100 * made.residual))


def refitting(face, placed):
    """Shares done of a reconstruction through pins; gives the `photo.reconstruction.Reconstruction`.

    face : object, made from a photo; placed : {number of a landmark: (x, y) pixels}
    """
    require_modules()
    from ..photo.picture import read_picture
    from ..photo.reconstruction import Photo, reconstruct

    settings, worn = face.detailed3dmm.photo, material.face_material(face)
    task = preferences.landmarker()
    photos = [Photo(reconstruct_camera.picture(face), settings.face - 1, placed=placed, task=task)]
    photos += [Photo(read_picture(paths.absolute(file.filepath)), task=task) for file in settings.more]
    return reconstruct(photos, worn is not None and skin_shader.has_photo(worn), face.detailed3dmm.age)


CLASSES = (DETAILED3DMM_OT_landmark_pins, DETAILED3DMM_OT_release_pins, DETAILED3DMM_OT_remove_pins,
           DETAILED3DMM_OT_refit)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
