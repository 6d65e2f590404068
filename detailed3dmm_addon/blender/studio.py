"""A portrait studio around a face: camera, three soft lights, backdrop, and a render of it."""
import bpy
import numpy as np
from mathutils import Vector

from ..core.base_model import BaseModel
from . import compat
from .shader_graph import Graph

COLLECTION = "Detailed3DMM Studio"
FOCAL_LENGTH = 85.0  # mm, on a sensor of 36 mm
_MARGIN = 1.0  # height of the picture over the height of the head
# Name, place and size in head heights around the middle of the face (x to the subject's left), watts, colour. The key
# stands high and to one side, so that it rakes over the skin and folds show, and is large enough to flatter; the fill
# leaves no side of the face dark; the catch light is for the eyes.
_LIGHTS = (
    ("Key", (-2.3, -2.6, 2.3), 1.1, 13.0, (1.0, 0.97, 0.93)),
    ("Fill", (3.0, -3.4, 0.0), 3.2, 3.8, (0.93, 0.96, 1.0)),
    ("Catch", (-0.95, -3.4, 1.15), 0.55, 2.2, (1.0, 0.98, 0.95)),
    ("Rim", (2.7, 2.6, 2.0), 1.3, 10.0, (1.0, 0.98, 0.95)),
    ("Kick", (-3.0, 2.3, 0.9), 1.3, 6.0, (0.90, 0.95, 1.0)),
)
_REFERENCE_HEIGHT = 0.25  # metres; the lights' watts are for a head of this height


def set_up(scene, face, engine="CYCLES", resolution=(800, 1000)):
    """Light and frame a face; a studio set up before is replaced.

    Parameters
    ----------
    scene : Scene; face : face object
    engine : "CYCLES" or "EEVEE"
    resolution : (width, height) pixels

    Returns
    -------
    the collection that holds camera, lights and backdrop
    """
    collection = _fresh_collection(scene)
    middle, height = _head(face)
    for name, place, size, watts, colour in _LIGHTS:
        _add_light(collection, name, middle + height * face.matrix_world.to_3x3().normalized() @ Vector(place), middle,
                   size * height, watts * (height / _REFERENCE_HEIGHT) ** 2, colour)
    scene.render.resolution_x, scene.render.resolution_y = resolution
    scene.render.resolution_percentage = 100
    camera = _add_camera(collection, face, middle, height, resolution)
    scene.camera = camera
    _add_backdrop(collection, face, middle, height)
    _set_world(scene)
    _set_view(scene)
    set_engine(scene, engine)
    return collection


def render(scene, path, resolution=None, samples=64, engine=None):
    """Render the scene's camera to a PNG file.

    resolution : (width, height) or None for the scene's; samples : per pixel; engine : as in `set_up`, None keeps it
    """
    if engine:
        set_engine(scene, engine)
    if resolution:
        scene.render.resolution_x, scene.render.resolution_y = resolution
    if scene.render.engine == "CYCLES":
        scene.cycles.samples = samples
    else:
        scene.eevee.taa_render_samples = samples
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True, scene=scene.name)


def _fresh_collection(scene):
    """An empty studio for this scene; other scenes keep theirs."""
    for old in [child for child in scene.collection.children if child.name.startswith(COLLECTION)]:
        for obj in list(old.objects):
            bpy.data.objects.remove(obj, do_unlink=True)
        bpy.data.collections.remove(old)
    collection = bpy.data.collections.new(COLLECTION)
    scene.collection.children.link(collection)
    return collection


def _head(face):
    """Middle of the face and height of the head from chin to crown, world space and metres."""
    model = BaseModel.load()
    points = np.empty(len(face.data.vertices) * 3, np.float32)
    face.data.attributes["position"].data.foreach_get("vector", points)
    points = points.reshape(-1, 3)
    chin, crown = points[model.landmarks[8]][2], points[:, 2].max()
    front = points[model.landmarks[30]][1]
    middle = face.matrix_world @ Vector((0.0, float(front) * 0.6, float(chin + crown) / 2 - 0.01))
    return middle, float(crown - chin) * face.matrix_world.median_scale


def _add(collection, name, data, place, target):
    obj = bpy.data.objects.new(name, data)
    obj.location = place
    obj.rotation_euler = (target - place).to_track_quat("-Z", "Y").to_euler()
    collection.objects.link(obj)
    return obj


def _add_light(collection, name, place, target, size, watts, colour):
    light = bpy.data.lights.new(name, "AREA")
    light.shape, light.size, light.energy, light.color = "DISK", size, watts, colour
    return _add(collection, name, light, place, target)


def _add_camera(collection, face, middle, height, resolution):
    camera = bpy.data.cameras.new("Portrait")
    camera.lens, camera.sensor_width = FOCAL_LENGTH, 36.0
    width, tall = resolution
    sensor_height = 36.0 * (tall / width if width >= tall else 1.0)
    distance = height * _MARGIN * 1.18 * FOCAL_LENGTH / sensor_height
    forward = (face.matrix_world.to_3x3() @ Vector((0.0, -1.0, 0.03))).normalized()
    aim = middle - Vector((0.0, 0.0, 0.055 * height))
    camera.clip_start = 0.01
    return _add(collection, "Portrait", camera, aim + forward * distance, aim)


def _add_backdrop(collection, face, middle, height):
    """A glowing card behind the head, lighter in the middle; it lights nothing."""
    half = 4.5 * height
    corners = [(-half, 0, -half), (half, 0, -half), (half, 0, half), (-half, 0, half)]
    mesh = bpy.data.meshes.new("Backdrop")
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    backdrop = bpy.data.objects.new("Backdrop", mesh)
    backdrop.matrix_world = face.matrix_world.normalized()
    backdrop.location = middle + (face.matrix_world.to_3x3() @ Vector((0, 1, 0))).normalized() * 3.0 * height
    for ray in ("diffuse", "glossy", "transmission", "volume_scatter", "shadow"):
        setattr(backdrop, f"visible_{ray}", False)
    material = bpy.data.materials.new("Backdrop")
    mesh.materials.append(material)
    graph = Graph(material)
    x, _y, z = graph.separate(graph.node("ShaderNodeTexCoord").outputs["Object"])
    x, z = graph.math("DIVIDE", x, height), graph.math("SUBTRACT", graph.math("DIVIDE", z, height), -0.1)
    radius = graph.math("SQRT", graph.math("ADD", graph.math("MULTIPLY", x, x), graph.math("MULTIPLY", z, z)))
    colour = graph.mix(graph.ramp(radius, 0.1, 1.9), (0.100, 0.106, 0.115), (0.011, 0.012, 0.014))
    graph.output(graph.node("ShaderNodeEmission", Color=colour).outputs[0])
    collection.objects.link(backdrop)


def _set_world(scene):
    scene.world = bpy.data.worlds.get(COLLECTION) or bpy.data.worlds.new(COLLECTION)
    graph = Graph(scene.world)
    background = graph.node("ShaderNodeBackground", Color=(0.55, 0.62, 0.72), Strength=0.07)
    output = graph.node("ShaderNodeOutputWorld")
    graph.set(output.inputs["Surface"], background.outputs[0])


def _set_view(scene):
    # Colours as they are: skin turns grey where a view transform pales what is bright (AgX, Filmic).
    scene.view_settings.view_transform = "Khronos PBR Neutral"
    scene.view_settings.look = "None"
    scene.view_settings.exposure = -0.05


def set_engine(scene, engine):
    """Render a scene with "EEVEE", or with "CYCLES" and settings that suit skin."""
    if engine != "CYCLES":
        scene.render.engine = compat.eevee_engine()
        return
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.02
    cycles.max_bounces, cycles.transparent_max_bounces = 6, 12
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    compat.set_denoising(scene)
