"""Shaders of eyes, lashes, teeth, gums and tongue. Procedural, over the parts' own texture coordinates.

Of each eye the mesh has an outer ball, which bulges as the cornea in front and shows the white elsewhere; inside it a
second ball whose front is the flat iris with the pupil's opening; a shell just before them that darkens below the lids;
a thin rim of tears on the lids; a patch in the inner corner; and three ribbons of lashes a lid.
"""
from ..core.skin_optics import enamel, iris_colours
from .shader_graph import Graph, set_value

# Radii in texture space around (0.5, 0.5): of the ball where the cornea ends; of the inner ball the pupil's and the
# iris' edge.
_CORNEA = 0.122
_PUPIL = (0.10, 0.21)
_IRIS = 0.47
_WATER_IOR = 1.36


def build_sclera(material):
    """The ball: clear in front of the iris, white with veins around it."""
    graph = Graph(material)
    uv = graph.uv()
    radius, direction = _polar(graph, uv)
    veins = _veins(graph, uv, radius)
    white = graph.mix(graph.ramp(graph.noise(9.0, uv), 0.35, 0.75), (0.78, 0.74, 0.70), (0.71, 0.63, 0.57))
    white = graph.mix(graph.ramp(radius, 0.17, 0.32, 0.0, 0.55), white, (0.66, 0.46, 0.40))
    white = graph.mix(veins, white, (0.55, 0.16, 0.13))
    edge = graph.math("ADD", radius, graph.math("MULTIPLY_ADD", graph.noise(6.0, direction), 0.02, -0.01))
    white = graph.mix(graph.ramp(edge, _CORNEA + 0.03, _CORNEA - 0.008), white, (0.13, 0.12, 0.125))
    ball = graph.node(
        "ShaderNodeBsdfPrincipled", Base_Color=white, Roughness=0.22, IOR=1.4, Subsurface_Weight=0.6,
        Subsurface_Radius=(1.0, 0.5, 0.35), Subsurface_Scale=0.0012, Coat_Weight=1.0, Coat_Roughness=0.03,
        Coat_IOR=_WATER_IOR)
    clear = graph.ramp(edge, _CORNEA + 0.006, _CORNEA - 0.012)
    graph.output(graph.mix_shader(clear, ball.outputs[0], _water(graph, 0.05)))
    _let_through(material)


def build_iris(material):
    """Pupil, fibres and the dark outer ring."""
    graph = Graph(material)
    uv = graph.uv()
    radius, direction = _polar(graph, uv)
    around = graph.node("ShaderNodeVectorMath", {"operation": "SCALE"}, Vector=direction, Scale=11.0).outputs[0]
    x, y, _z = graph.separate(around)
    fibres = graph.noise(1.0, graph.combine(x, y, graph.math("MULTIPLY", radius, 5.0)), 4.0)
    fibres = graph.ramp(fibres, 0.32, 0.70)
    rim = graph.math("ADD", radius, graph.math("MULTIPLY_ADD", fibres, 0.05, -0.025))
    outer, inner = graph.colour("iris outer", (0.1, 0.1, 0.1)), graph.colour("iris inner", (0.2, 0.15, 0.1))
    colour = graph.mix(graph.ramp(rim, 0.19, 0.34), inner, outer)
    colour = graph.mix(graph.math("MULTIPLY", fibres, 0.75), colour, graph.colour("iris fibre", (0.5, 0.5, 0.5)))
    colour = graph.mix(graph.ramp(rim, 0.40, _IRIS, 0.0, 0.85), colour, (0.010, 0.009, 0.010))
    pupil = graph.value("pupil", 0.15)
    soft = graph.math("SUBTRACT", radius, pupil)
    colour = graph.mix(graph.ramp(soft, 0.022, 0.0), colour, (0.0015, 0.0015, 0.0015))
    bump = graph.node("ShaderNodeBump", Height=fibres, Distance=0.0002, Strength=0.7)
    iris = graph.node("ShaderNodeBsdfPrincipled", Base_Color=colour, Roughness=0.55, Specular_IOR_Level=0.2,
                      Normal=bump.outputs[0])
    graph.output(iris.outputs[0])


def build_tears(material):
    """The rim of tears: only what it reflects is seen."""
    graph = Graph(material)
    graph.output(_water(graph, 0.08))
    _let_through(material)


def build_corner(material):
    """The pink patch in the inner corner, half clear."""
    graph = Graph(material)
    flesh = graph.node("ShaderNodeBsdfPrincipled", Base_Color=(0.50, 0.20, 0.17), Roughness=0.2, Coat_Weight=1.0,
                       Coat_Roughness=0.05)
    clear = graph.node("ShaderNodeBsdfTransparent")
    graph.output(graph.mix_shader(0.35, clear.outputs[0], flesh.outputs[0]))
    _let_through(material)


def build_occlusion(material):
    """Shadow of the lids and lashes on the ball: nothing in the middle, dark towards the edges."""
    graph = Graph(material)
    x, y, _z = graph.separate(graph.uv())
    upper = graph.ramp(y, 0.70, 1.0, 0.0, 0.62)
    lower = graph.ramp(y, 0.47, 0.33, 0.0, 0.35)
    corners = graph.math("MAXIMUM", graph.ramp(x, 0.16, 0.0, 0.0, 0.5), graph.ramp(x, 0.86, 1.0, 0.0, 0.35))
    amount = graph.math("MAXIMUM", graph.math("MAXIMUM", upper, lower), corners)
    shade = graph.mix(amount, (1.0, 1.0, 1.0), (0.10, 0.035, 0.025))
    graph.output(graph.node("ShaderNodeBsdfTransparent", Color=shade).outputs[0])
    _let_through(material)


def build_lashes(material):
    """Single lashes cut out of the ribbons: they bend, meet in points and thin out towards the tip."""
    graph = Graph(material)
    u, v, _z = graph.separate(graph.uv())
    # Six ribbons an eye lie above each other in v, the lower lid's three first, each with its roots at the top.
    ribbon = graph.math("DIVIDE", graph.math("SUBTRACT", v, 0.0142), 0.1667)
    number = graph.math("FLOOR", ribbon)
    tip = graph.math("SUBTRACT", 1.0, graph.math("DIVIDE", graph.math("FRACT", ribbon), 0.84), clamp=True)
    phase = graph.math("MULTIPLY", number, 0.37)
    clump = graph.noise(1.0, graph.combine(graph.math("MULTIPLY", u, 34.0), phase, number), 1.0)
    lean = graph.math("MULTIPLY", graph.math("MULTIPLY_ADD", clump, 2.4, -1.2), graph.math("POWER", tip, 1.5))
    place = graph.math("ADD", graph.math("MULTIPLY_ADD", u, 74.0, lean), phase)
    single = graph.math("FLOOR", place)
    across = graph.math("ABSOLUTE", graph.math("MULTIPLY_ADD", graph.math("FRACT", place), 2.0, -1.0))
    chance = graph.node("ShaderNodeTexWhiteNoise", {"noise_dimensions": "2D"},
                        Vector=graph.combine(single, number)).outputs["Value"]
    length = graph.math("MULTIPLY_ADD", chance, 0.5, 0.5)
    thickness = graph.math("MULTIPLY", graph.math("SUBTRACT", 1.0, graph.math("DIVIDE", tip, length), clamp=True),
                           graph.math("MULTIPLY_ADD", graph.math("GREATER_THAN", number, 2.5), 0.14, 0.2))
    alpha = graph.math("LESS_THAN", across, thickness)
    lash = graph.node("ShaderNodeBsdfPrincipled", Base_Color=(0.012, 0.009, 0.008), Roughness=0.45)
    clear = graph.node("ShaderNodeBsdfTransparent")
    graph.output(graph.mix_shader(alpha, clear.outputs[0], lash.outputs[0]))
    _let_through(material)


def build_teeth(material):
    """Enamel: translucent, wet, unevenly tinted."""
    graph = Graph(material)
    uv = graph.uv()
    tint = graph.colour("enamel", (0.7, 0.62, 0.5))
    colour = graph.mix(graph.ramp(graph.noise(14.0, uv), 0.3, 0.7, 0.0, 0.35), tint, (0.55, 0.44, 0.30))
    teeth = graph.node("ShaderNodeBsdfPrincipled", Base_Color=colour, Roughness=0.28, IOR=1.5, Subsurface_Weight=0.5,
                       Subsurface_Radius=(1.0, 0.8, 0.6), Subsurface_Scale=0.0012, Coat_Weight=0.5, Coat_Roughness=0.08)
    graph.output(teeth.outputs[0])


def build_gums(material):
    """Gums, tongue and the inside of the mouth: red, uneven, wet."""
    graph = Graph(material)
    uv = graph.uv()
    colour = graph.mix(graph.ramp(graph.noise(30.0, uv, 3.0), 0.3, 0.7), (0.42, 0.115, 0.105), (0.28, 0.062, 0.058))
    bump = graph.node("ShaderNodeBump", Height=graph.noise(160.0, uv, 2.0), Distance=0.0004, Strength=0.6)
    gums = graph.node("ShaderNodeBsdfPrincipled", Base_Color=colour, Roughness=0.35, Subsurface_Weight=0.7,
                      Subsurface_Radius=(1.0, 0.3, 0.2), Subsurface_Scale=0.0015, Coat_Weight=0.6, Coat_Roughness=0.15,
                      Normal=bump.outputs[0])
    graph.output(gums.outputs[0])


def update(material, look):
    """Write eye colour, pupil, veins and enamel from skin parameters."""
    tree = material.node_tree
    outer, inner, fibre = iris_colours(look["iris_hue"], look["iris_darkness"])
    for name, value in (("iris outer", outer), ("iris inner", inner), ("iris fibre", fibre),
                        ("pupil", _PUPIL[0] + float(look["pupil"]) * (_PUPIL[1] - _PUPIL[0])),
                        ("veins", float(look["veins"])), ("enamel", tuple(enamel(look["teeth"]).tolist()))):
        set_value(tree, name, value)


def _polar(graph, uv):
    """Distance from the middle of the tile, and the unit direction from it."""
    offset = graph.node("ShaderNodeVectorMath", {"operation": "SUBTRACT"})
    graph.set(offset.inputs[0], uv)
    graph.set(offset.inputs[1], (0.5, 0.5, 0.0))
    length = graph.node("ShaderNodeVectorMath", {"operation": "LENGTH"})
    graph.set(length.inputs[0], offset.outputs[0])
    direction = graph.node("ShaderNodeVectorMath", {"operation": "NORMALIZE"})
    graph.set(direction.inputs[0], offset.outputs[0])
    return length.outputs["Value"], direction.outputs[0]


def _veins(graph, uv, radius):
    """Thin branching lines that fade out towards the iris."""
    warp = graph.node("ShaderNodeVectorMath", {"operation": "SCALE"},
                      Vector=graph.node("ShaderNodeTexNoise", Vector=uv, Scale=9.0, Detail=3.0).outputs["Color"],
                      Scale=0.12).outputs[0]
    place = graph.node("ShaderNodeVectorMath", {"operation": "ADD"})
    graph.set(place.inputs[0], uv)
    graph.set(place.inputs[1], warp)
    lines = graph.node("ShaderNodeTexVoronoi", {"feature": "DISTANCE_TO_EDGE"}, Vector=place.outputs[0],
                       Scale=11.0).outputs["Distance"]
    thin = graph.ramp(lines, 0.035, 0.0)
    broken = graph.ramp(graph.noise(17.0, uv), 0.42, 0.66)
    amount = graph.math("MULTIPLY", graph.math("MULTIPLY", thin, broken), graph.ramp(radius, 0.16, 0.30))
    return graph.math("MULTIPLY", amount, graph.value("veins", 0.25), clamp=True)


def _water(graph, roughness):
    """A clear surface: light passes straight, and mirrors as water does.

    Head on it mirrors more than water's 2 %, or a few samples a pixel would miss the lights that make an eye alive.
    """
    clear = graph.node("ShaderNodeBsdfTransparent")
    mirror = graph.node("ShaderNodeBsdfGlossy", Roughness=roughness)
    amount = graph.math("MAXIMUM", graph.node("ShaderNodeFresnel", IOR=_WATER_IOR).outputs[0], 0.07)
    return graph.mix_shader(amount, clear.outputs[0], mirror.outputs[0])


def _let_through(material):
    """In EEVEE: let what lies behind shine through."""
    material.surface_render_method = "DITHERED"
    material.use_transparent_shadow = True
