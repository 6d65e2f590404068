"""The shader of face and head: painted colour, light below the surface, pores, and the displacement map."""
from .shader_graph import Graph, set_value

# Mean free paths of light in skin: H. W. Jensen et al., "A practical model for subsurface light transport" (2001),
# skin1, in metres; red travels farthest.
_FREE_PATH = 0.00367
_FREE_PATH_RGB = (1.0, 0.37, 0.19)
_MILLIMETRE = 0.001
_PAINTED, _PHOTO, _PHOTO_STRENGTH = "painted", "photo", "photo strength"  # names of nodes
_HOLLOW = (-0.04, -1.5)  # mm, where a crease begins to lie in its own shadow and where it lies there wholly
_SHADED = (0.42, 0.27, 0.24)  # what of the colour is left there: light that was reflected by blood-rich skin
_RELIEF = 0.0009  # metres from the lowest to the highest value of the painted height, at the coarsest pores


def build(material, colour, surface, displacement=None):
    """Fill a material's node tree.

    colour : Image, sRGB; surface : Image, Non-Color (roughness, hair, height); displacement : Image in mm, or
    None where the material has no displacement map
    """
    graph = Graph(material)
    uv = graph.uv()
    painting = graph.image(colour, uv)
    painting.name = painting.label = _PAINTED
    painted = painting.outputs["Color"]
    heights = None
    if displacement is not None:
        heights = graph.image(displacement, uv, "Cubic", "CLIP")
        heights.name = heights.label = "displacement"
        # Shading alone has no shadows: creases are darkened as what little light gets out of them would leave them.
        painted = graph.mix(graph.ramp(heights.outputs["Color"], *_HOLLOW), painted, _SHADED, "MULTIPLY")
    rough, hair, height = graph.node(
        "ShaderNodeSeparateColor", Color=graph.image(surface, uv).outputs["Color"]).outputs
    bare = graph.math("SUBTRACT", 1.0, hair, clamp=True)
    # Where the displacement map carries pores, only hairs are left of the painted relief.
    carried = graph.math("MULTIPLY", graph.value("pores in displacement", 0.0), bare)
    shown = graph.math("SUBTRACT", 1.0, carried)
    depth = graph.math("MULTIPLY", graph.math("MULTIPLY", graph.value("pores", 0.4), shown), _RELIEF)
    normal = graph.node("ShaderNodeBump", Height=height, Distance=depth, Strength=1.0).outputs[0]
    # Oil: smoother, and a film on top.
    oil = graph.value("oil", 0.35)
    roughness = graph.math("SUBTRACT", rough, graph.math("MULTIPLY_ADD", oil, 0.3, -0.105), clamp=True)
    principled = graph.node(
        "ShaderNodeBsdfPrincipled", {"subsurface_method": "RANDOM_WALK"}, Base_Color=painted,
        Roughness=graph.math("MAXIMUM", roughness, 0.18), IOR=1.4,
        Subsurface_Weight=graph.math("MULTIPLY_ADD", hair, -0.85, 1.0, clamp=True),
        Subsurface_Radius=_FREE_PATH_RGB,
        Subsurface_Scale=graph.math("MULTIPLY", graph.value("subsurface", 1.0), _FREE_PATH * 0.4),
        Coat_Weight=graph.math("MULTIPLY", graph.math("MULTIPLY", oil, bare), 0.2), Coat_Roughness=0.34, Coat_IOR=1.4,
        Specular_IOR_Level=graph.math("MULTIPLY_ADD", hair, -0.45, 0.5), Normal=normal)
    graph.set(principled.inputs["Coat Normal"], normal)
    relief = None
    if heights is not None:
        relief = graph.node("ShaderNodeDisplacement", {"name": "relief"}, Height=heights.outputs["Color"], Midlevel=0.0,
                            Scale=_MILLIMETRE).outputs[0]
    graph.output(principled.outputs[0], relief)


def update(material, look, strength):
    """Write what the shader computes itself from skin parameters. strength : of the displacement, 1 or 0."""
    tree = material.node_tree
    set_value(tree, "oil", float(look["oil"]))
    # Melanin stops light before it can travel.
    set_value(tree, "subsurface", float(look["subsurface"] * (1.0 - 0.6 * look["melanin"])))
    if "relief" in tree.nodes:
        tree.nodes["relief"].inputs["Scale"].default_value = _MILLIMETRE * strength


def update_pores(material, depth, in_displacement):
    """Depth of the painted pores, and whether the displacement map has pores of its own."""
    set_value(material.node_tree, "pores", float(depth))
    set_value(material.node_tree, "pores in displacement", float(in_displacement))


def set_photo(material, image):
    """Lay a photo's texture over the painted colour. image : Image, sRGB, its alpha where it counts"""
    tree = material.node_tree
    if _PHOTO not in tree.nodes:
        _add_photo(tree)
    if _PHOTO in tree.nodes:
        tree.nodes[_PHOTO].image = image


def set_photo_strength(material, strength):
    """How far the photo's texture covers the painted colour, 0..1."""
    set_value(material.node_tree, _PHOTO_STRENGTH, float(strength))


def has_photo(material):
    """Whether the material wears a photo's texture."""
    return _PHOTO in material.node_tree.nodes


def photo(material):
    """The image of a photo's texture that the material wears; None where it wears none."""
    node = material.node_tree.nodes.get(_PHOTO)
    return None if node is None else node.image


def displacement_node(material):
    """The node that reads the displacement map; None where an artist removed it."""
    return material.node_tree.nodes.get("displacement")


def set_displacement_image(material, image):
    """Let the shader read another displacement map."""
    node = displacement_node(material)
    if node is not None and node.image != image:
        node.image = image


def _add_photo(tree):
    """Put an image between the painted colour and what reads it; nothing where an artist removed that."""
    painting = tree.nodes.get(_PAINTED)
    if painting is None:
        return
    graph = Graph(tree)
    readers = [link.to_socket for link in painting.outputs["Color"].links]
    photo = graph.image(None, graph.uv(), extension="EXTEND")
    photo.name = photo.label = _PHOTO
    share = graph.math("MULTIPLY", photo.outputs["Alpha"], graph.value(_PHOTO_STRENGTH, 1.0))
    mixed = graph.mix(share, painting.outputs["Color"], photo.outputs["Color"])
    for reader in readers:
        graph.set(reader, mixed)
