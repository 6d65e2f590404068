"""Operators that make a face of a photo: the one chosen in the panel, a file dropped onto the view."""
from pathlib import Path

import bpy
from bpy.props import CollectionProperty, IntProperty, StringProperty
from bpy.types import FileHandler, Operator, OperatorFileListElement
from bpy_extras.io_utils import ImportHelper

from ..core.errors import Detailed3DMMError
from ..core.steps import within
from . import compat, drops, live, paths, preferences, reconstruct, strings
from .jobs import Stepped
from .operators import FaceOperator

EXTENSIONS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp")
_MODULES = {"cv2": "opencv-python-headless", "scipy": "scipy"}
MADE = 0.97  # share of the work done


def missing_module():
    """(name, name of its package) of a Python module that photos need and that is not there; None where all are."""
    return next(((name, package) for name, package in _MODULES.items() if not compat.has_module(name)), None)


class Reconstructing(Stepped, FaceOperator):
    """Makes a face of a photo; it needs none to begin with."""

    @classmethod
    def poll(cls, context):
        if context.mode == "OBJECT":
            return True
        cls.poll_message_set(strings.message(strings.ERROR_NOT_OBJECT_MODE))
        return False

    def steps(self, context, _obj):
        wanted = context.scene.detailed3dmm_photo
        path, more = self.photos(wanted)
        made = yield from within(reconstructing(path, more, wanted), 0.0, MADE)
        face = reconstruct.build(context, made, bpy.path.display_name_from_filepath(str(path)), wanted.lights,
                                 wanted.pack, wanted.frame_scene)
        wanted.filepath = paths.stored(path)
        keep(wanted.more, more)
        keep(face.detailed3dmm.photo.more, more)
        face.detailed3dmm.photo.face = wanted.face
        if wanted.frame_scene and context.space_data is not None and context.space_data.type == "VIEW_3D":
            context.space_data.region_3d.view_perspective = "CAMERA"
        live.wake()
        self.report({"INFO"}, strings.message(
            strings.REPORT_RECONSTRUCTED, name=face.name, share=100 * made.residual))

    def photos(self, wanted):
        """Path of the photo, and those of the others of the same person; Detailed3DMMError where none was chosen."""
        return photo_path(wanted.filepath), [photo_path(file.filepath) for file in wanted.more if file.filepath]


class DETAILED3DMM_OT_reconstruct(Reconstructing, Operator):
    """Make a face of this photo: shape, expression, camera, and the skin's texture"""
    bl_idname = "detailed3dmm.reconstruct"
    bl_label = "Reconstruct"


class DETAILED3DMM_OT_reconstruct_file(Reconstructing, Operator):
    """Make a face of this photo, or of these of one person"""
    bl_idname = "detailed3dmm.reconstruct_file"
    bl_label = "Face from Photo"
    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})

    def photos(self, _wanted):
        first, *more = [self.directory + file.name for file in self.files] or [self.filepath]
        return photo_path(self.filepath or first), [photo_path(path) for path in more]


class DETAILED3DMM_OT_add_photos(Operator, ImportHelper):
    """Add further photos of the same person, which make the shape surer"""
    bl_idname = "detailed3dmm.add_photos"
    bl_label = "More Photos"
    bl_options = {"REGISTER", "UNDO"}
    filter_glob: StringProperty(default=";".join(f"*{extension}" for extension in EXTENSIONS), options={"HIDDEN"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context):
        chosen = [self.directory + file.name for file in self.files if file.name] or [self.filepath]
        for path in chosen:
            context.scene.detailed3dmm_photo.more.add().filepath = paths.stored(path)
        return {"FINISHED"}


class DETAILED3DMM_OT_remove_photo(Operator):
    """Leave this photo out"""
    bl_idname = "detailed3dmm.remove_photo"
    bl_label = "Remove Photo"
    bl_options = {"REGISTER", "UNDO"}
    index: IntProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context):
        context.scene.detailed3dmm_photo.more.remove(self.index)
        return {"FINISHED"}


class DETAILED3DMM_FH_photo(drops.OntoView, FileHandler):
    """Photos dropped onto the 3D view."""
    bl_idname = "DETAILED3DMM_FH_photo"
    bl_label = "Face from Photo"
    bl_import_operator = "detailed3dmm.reconstruct_file"
    bl_file_extensions = ";".join(EXTENSIONS)


def reconstructing(path, more, wanted):
    """Shares done of a reconstruction; gives the `photo.reconstruction.Reconstruction`.

    path : Path of the photo; more : Paths of other photos of the same person
    wanted : what the panel says, DETAILED3DMM_PG_reconstruction
    """
    require_modules()
    from ..photo.picture import read_picture
    from ..photo.reconstruction import Photo, reconstruct

    task = preferences.landmarker()
    photos = [Photo(read_picture(path), wanted.face - 1, task=task)]
    photos += [Photo(read_picture(other), task=task) for other in more]
    return reconstruct(photos, wanted.texture, wanted.age if wanted.age_known else None)


def require_modules():
    """Raise Detailed3DMMError where a Python module that photos need is not there."""
    missing = missing_module()
    if missing:
        raise Detailed3DMMError(strings.message(strings.ERROR_PHOTO_NEEDS, module=missing[0], package=missing[1]))


def keep(files, kept):
    """Let a list of photos, DETAILED3DMM_PG_photo_file, be these Paths."""
    files.clear()
    for path in kept:
        files.add().filepath = paths.stored(path)


def photo_path(path):
    """A path of the panel as Path; Detailed3DMMError where it is empty."""
    if not path:
        raise Detailed3DMMError(strings.message(strings.ERROR_NO_PHOTO))
    return Path(paths.absolute(path))


_CLASSES = (DETAILED3DMM_OT_reconstruct, DETAILED3DMM_OT_reconstruct_file, DETAILED3DMM_OT_add_photos,
            DETAILED3DMM_OT_remove_photo)
_register, _unregister = bpy.utils.register_classes_factory(_CLASSES)


def register():
    _register()
    drops.register(DETAILED3DMM_FH_photo)


def unregister():
    drops.unregister(DETAILED3DMM_FH_photo)
    _unregister()
