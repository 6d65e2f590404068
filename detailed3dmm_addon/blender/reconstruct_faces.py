"""The faces of a photo as thumbnails, left to right, of which one is chosen."""
import bpy
import numpy as np
from bpy.props import IntProperty
from bpy.types import Operator

from . import preferences, reconstruct_operators, strings
from .operators import FaceOperator

_SIZE = 96  # pixels a side
_AROUND = 0.25  # of the landmarks' extent, shown on each side

_previews = None
_photo = None  # path of the photo whose faces the previews are


def thumbnails(path):
    """Icons of the faces that were looked for in a photo; none where that was another photo."""
    return [preview.icon_id for preview in _previews.values()] if _previews and path == _photo else []


def forget():
    """Let go of the thumbnails."""
    global _previews, _photo
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
    _previews = _photo = None


class DETAILED3DMM_OT_find_faces(FaceOperator, Operator):
    """Show the faces of this photo, left to right, to choose one"""
    bl_idname = "detailed3dmm.find_faces"
    bl_label = "Find Faces"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, _context):
        return True

    def change(self, context, _obj):
        wanted = context.scene.detailed3dmm_photo
        count = show(wanted.filepath, reconstruct_operators.photo_path(wanted.filepath))
        wanted.face = min(wanted.face, count)
        self.report({"INFO"}, strings.message(strings.REPORT_FACES, count=count))


class DETAILED3DMM_OT_choose_face(Operator):
    """Make a face of this one"""
    bl_idname = "detailed3dmm.choose_face"
    bl_label = "Choose Face"
    bl_options = {"REGISTER", "UNDO"}
    face: IntProperty(name="Face", min=1, default=1, options={"SKIP_SAVE"})

    def execute(self, context):
        context.scene.detailed3dmm_photo.face = self.face
        return {"FINISHED"}


def show(name, path):
    """Find the faces of a photo and keep their thumbnails; gives how many there are.

    name : as the panel has it, by which they are asked for; path : Path. PhotoError where there is none.
    """
    global _previews, _photo
    import bpy.utils.previews

    from ..photo.face_mesh import find_landmarks
    from ..photo.picture import read_picture

    picture = read_picture(path)
    found = find_landmarks(picture, preferences.landmarker())
    forget()
    _previews, _photo = bpy.utils.previews.new(), name
    for number, landmarks in enumerate(found):
        preview = _previews.new(str(number))
        preview.image_size = _SIZE, _SIZE
        preview.image_pixels_float.foreach_set(_thumbnail(picture.pixels, landmarks.points))
    return len(found)


def _thumbnail(pixels, points):
    """(_SIZE * _SIZE * 4,) float32, lowest row first: a square around the points."""
    import cv2

    low, high = points.min(0), points.max(0)
    side = (1 + 2 * _AROUND) * (high - low).max()
    corner = (low + high - side) / 2
    scale = side / _SIZE
    # cv2.warpAffine asks where each pixel of the thumbnail lies in the photo.
    place = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
    small = cv2.warpAffine(pixels, place, (_SIZE, _SIZE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.concatenate([small[::-1], np.ones((_SIZE, _SIZE, 1), np.float32)], 2).ravel()


CLASSES = (DETAILED3DMM_OT_find_faces, DETAILED3DMM_OT_choose_face)
register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def unregister():
    forget()
    _unregister()
