"""Somebody else's head model as a mesh that our faces drive: its topology and UVs, our expressions and wrinkles.

Its shape keys have our names and follow those of the face that is chosen; its material reads that face's displacement
image through a second UV map that says where each point lies on our face. So wrinkles follow sliders and playback.
"""
import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import Object, Operator, Panel, PropertyGroup
from bpy_extras.io_utils import ImportHelper

from ..core.base_model import BaseModel
from ..core.errors import Detailed3DMMError
from ..core.own_base import read_model, transfer
from ..core.own_base import register as registration
from ..core.steps import within
from . import bake, mesh, parameters, strings
from .jobs import Stepped
from .operators import FaceOperator
from .shader_graph import Graph

UV_NAME, OUR_UV, STRENGTH = "UVMap", "Detailed3DMM", "detailed3dmm_strength"
IMAGE_NODE = "displacement"
_READ, _REGISTERED = 0.05, 0.9  # shares of the work done
_MILLIMETRE = 0.001
_SKIN_COLOUR = (0.62, 0.42, 0.34)


def is_own_base(obj):
    """Whether an object was made by `detailed3dmm.import_own_base`."""
    return obj is not None and obj.type == "MESH" and obj.detailed3dmm_own_base.is_own_base


def build(context, model, correspondence, vertices, shapes, face=None):
    """Add the model as a mesh object, selected and active; gives it.

    Parameters
    ----------
    model, correspondence : of core.own_base; vertices : (V, 3) metres, the shape at rest
    shapes : iterable of (key name, (V, 3) offsets in metres); face : the face object that drives it, or None
    """
    obj = bpy.data.objects.new(model.name, _mesh(model, correspondence, vertices))
    context.collection.objects.link(obj)
    obj.location = context.scene.cursor.location
    obj.shape_key_add(name="Basis", from_mix=False)
    for name, offsets in shapes:
        key = obj.shape_key_add(name=name, from_mix=False)
        key.slider_min, key.slider_max = -10.0, 10.0
        key.points.foreach_set("co", (vertices + offsets).ravel())
    obj.data.materials.append(_material(model.name))
    obj.detailed3dmm_own_base.is_own_base = True
    obj.detailed3dmm_own_base.face = face
    if face is None:
        follow(obj, None)
    for other in context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def follow(obj, face):
    """Let the keys and wrinkles follow a face object; None: the keys are the artist's, and there are no wrinkles."""
    keys, model = obj.data.shape_keys, BaseModel.load()
    for name in model.key_names:
        if name not in keys.key_blocks:
            continue
        keys.key_blocks[name].driver_remove("value")
        if face is not None:
            _drive(keys.key_blocks[name], face.data.shape_keys, name)
    if face is None:
        for corrective in model.correctives:
            if set(corrective.variables) | {corrective.name} <= set(keys.key_blocks.keys()):
                mesh.drive_corrective(keys, corrective)
    for material in obj.data.materials:
        if material is not None and IMAGE_NODE in material.node_tree.nodes:
            material.node_tree.nodes[IMAGE_NODE].image = face.detailed3dmm.image if face else None


def displacement(obj, resolution):
    """(resolution, resolution) float32 mm: the wrinkles of the face that drives `obj`, in its own UV layout."""
    ours = bake.displacement(obj.detailed3dmm_own_base.face, resolution)
    data = obj.data
    if OUR_UV not in data.uv_layers or STRENGTH not in data.attributes:
        raise Detailed3DMMError(strings.message(strings.ERROR_OWN_BASE_CHANGED))
    data.calc_loop_triangles()
    loops, vertices = (_read(data.loop_triangles, name, 3, np.int32) for name in ("loops", "vertices"))
    strength = _read(data.attributes[STRENGTH].data, "value", 1)[vertices]
    reached = (strength > 0).any((1, 2))
    places = _read(data.uv_layers[OUR_UV].uv, "vector", 2)[loops]
    corners = _read(data.uv_layers[UV_NAME].uv, "vector", 2)[loops]
    values = np.concatenate([places, strength], axis=2)
    return transfer.redrawn(corners[reached].astype(np.float64), values[reached], ours, resolution)


def problem(obj):
    """Why the wrinkles cannot be baked onto this object, as one sentence for the user; None where they can."""
    if not is_own_base(obj):
        return strings.ERROR_NOT_OWN_BASE
    if UV_NAME not in obj.data.uv_layers:
        return strings.ERROR_OWN_BASE_UV
    if mesh.problem(obj.detailed3dmm_own_base.face):
        return strings.ERROR_OWN_BASE_FACE
    return None


class DETAILED3DMM_PG_own_base(PropertyGroup):
    """What a mesh of another model stores."""
    is_own_base: BoolProperty(options={"HIDDEN"})
    face: PointerProperty(
        type=Object, name="Face", description="The face whose expressions and wrinkles this mesh shows",
        poll=lambda _settings, obj: mesh.is_face(obj), update=lambda settings, _context: follow(
            settings.id_data, settings.face if mesh.is_face(settings.face) else None))


class DETAILED3DMM_OT_import_own_base(Stepped, FaceOperator, ImportHelper, Operator):
    """Read a head model that you hold a licence for (FLAME, FaceScape, GNM Head) and let the active face drive it"""
    bl_idname = "detailed3dmm.import_own_base"
    bl_label = "Import Own Base"
    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.pkl;*.npz;*.npy", options={"HIDDEN"})
    uv_file: StringProperty(
        name="UV File", description="FLAME's texture coordinates, FLAME_texture.npz or a template OBJ; without it, "
        "those beside the model are taken", subtype="FILE_PATH")
    shape: EnumProperty(name="Shape", description="Whose face the mesh shows", items=strings.OWN_BASE_SHAPES)
    own_expressions: BoolProperty(
        name="Its Own Expressions", description="Take the model's own shapes where its maker has named them "
        "(FaceScape); ours for the rest", default=False)

    @classmethod
    def poll(cls, context):
        if context.mode == "OBJECT":
            return True
        cls.poll_message_set(strings.message(strings.ERROR_NOT_OBJECT_MODE))
        return False

    def invoke(self, context, event):
        self.from_panel = True
        return ImportHelper.invoke(self, context, event)

    def steps(self, context, obj):
        face = None if mesh.problem(obj) else obj
        model = read_model(self.filepath, uv=bpy.path.abspath(self.uv_file) or None)
        yield _READ
        found = yield from within(registration(model), _READ, _REGISTERED)
        carrier = transfer.Carrier(model, found)
        identity = parameters.identity(face.detailed3dmm) if face else np.zeros(100, np.float32)
        vertices = carrier.vertices(BaseModel.load().neutral(identity)) if face and self.shape == "FACE" else model.mean
        shapes = dict(transfer.expression_shapes(carrier, identity))
        yield 1.0
        if self.own_expressions:
            shapes.update(transfer.own_shapes(model))
        made = build(context, model, found, vertices, shapes.items(), face)
        median, high = found.residual.tolist()
        self.report({"INFO"}, strings.message(strings.REPORT_OWN_BASE, name=made.name, median=median, high=high))


class DETAILED3DMM_OT_bake_own_base(FaceOperator, Operator):
    """Draw the wrinkles of the face that drives this mesh in the mesh's own UV layout, packed into the blend file"""
    bl_idname = "detailed3dmm.bake_own_base"
    bl_label = "Bake onto Own Base"
    resolution: IntProperty(name="Resolution", description="Pixels a side", default=1024, min=128, max=4096)

    @classmethod
    def poll(cls, context):
        reason = problem(context.object)
        if reason:
            cls.poll_message_set(strings.message(reason))
        return not reason

    def change(self, _context, obj):
        heights = displacement(obj, self.resolution)
        size = self.resolution
        image = bpy.data.images.new(
            f"{obj.name}_displacement", size, size, alpha=False, float_buffer=True, is_data=True)
        pixels = np.ones((size, size, 4), np.float32)
        pixels[..., :3] = heights[::-1, :, None]  # Blender's first row is the lowest
        image.pixels.foreach_set(pixels.ravel())
        image.pack()
        self.report({"INFO"}, strings.message(
            strings.REPORT_BAKED, size=size, low=float(heights.min()), high=float(heights.max())))


class DETAILED3DMM_PT_own_base(Panel):
    """Another model's head, driven by a face."""
    bl_label = strings.PANEL_OWN_BASE
    bl_order = 1
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = strings.TAB
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, obj = self.layout, context.object
        layout.operator("detailed3dmm.import_own_base", icon="IMPORT")
        if is_own_base(obj):
            layout.prop(obj.detailed3dmm_own_base, "face")
            layout.operator("detailed3dmm.bake_own_base", icon="RENDER_STILL")


def _mesh(model, correspondence, vertices):
    used = model.faces >= 0
    corners = used.sum(1)
    data = bpy.data.meshes.new(model.name)
    data.vertices.add(len(vertices))
    data.loops.add(int(corners.sum()))
    data.polygons.add(len(corners))
    data.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    data.loops.foreach_set("vertex_index", model.faces[used])
    data.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(corners)[:-1]]).astype(np.int32))
    if model.uv is not None:
        data.uv_layers.new(name=UV_NAME, do_init=False).uv.foreach_set("vector", model.uv[model.faces_uv[used]].ravel())
    ours = data.uv_layers.new(name=OUR_UV, do_init=False)
    ours.uv.foreach_set("vector", correspondence.uv[model.faces[used]].astype(np.float32).ravel())
    strength = data.attributes.new(STRENGTH, "FLOAT", "POINT")
    strength.data.foreach_set("value", correspondence.mapped * correspondence.scale)
    data.update(calc_edges=True)
    data.validate()
    data.polygons.foreach_set("use_smooth", np.ones(len(data.polygons), bool))
    return data


def _material(name):
    """Plain skin with the displacement of a face, read where our UVs say, as strong as the correspondence is there."""
    material = bpy.data.materials.new(f"{name} skin")
    graph = Graph(material)
    place = graph.node("ShaderNodeUVMap", {"uv_map": OUR_UV}).outputs[0]
    image = graph.image(None, place, "Cubic", "CLIP")
    image.name = image.label = IMAGE_NODE
    strength = graph.node("ShaderNodeAttribute", {"attribute_name": STRENGTH}).outputs["Fac"]
    height = graph.math("MULTIPLY", image.outputs["Color"], strength)
    relief = graph.node("ShaderNodeDisplacement", Height=height, Midlevel=0.0, Scale=_MILLIMETRE).outputs[0]
    skin = graph.node("ShaderNodeBsdfPrincipled", Base_Color=_SKIN_COLOUR, Roughness=0.5, Subsurface_Weight=0.3,
                      Subsurface_Scale=0.002)
    graph.output(skin.outputs[0], relief)
    return material


def _drive(key, source, name):
    """Let a key's value be that of the key of the same name in `source`."""
    driver = key.driver_add("value").driver
    driver.type = "AVERAGE"
    variable = driver.variables.new()
    variable.type = "SINGLE_PROP"
    variable.targets[0].id_type = "KEY"
    variable.targets[0].id = source
    variable.targets[0].data_path = f'key_blocks["{name}"].value'


def _read(collection, name, width, kind=np.float32):
    values = np.empty(len(collection) * width, kind)
    collection.foreach_get(name, values)
    return values.reshape(-1, width)


CLASSES = (
    DETAILED3DMM_PG_own_base,
    DETAILED3DMM_OT_import_own_base,
    DETAILED3DMM_OT_bake_own_base,
    DETAILED3DMM_PT_own_base,
)
_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register():
    _register()
    Object.detailed3dmm_own_base = PointerProperty(type=DETAILED3DMM_PG_own_base)


def unregister():
    del Object.detailed3dmm_own_base
    _unregister()
