"""Building shader node trees in a few words: nodes by their inputs' names, arithmetic on sockets."""
from . import compat


class Graph:
    """The emptied node tree of a material or world, or a node tree as it is, to add to.

    A value given for an input may be a number, a tuple or another node's output socket.

    >>> graph = Graph(material)
    >>> dark = graph.math("MULTIPLY", graph.noise(40.0), 0.5)
    >>> graph.output(graph.node("ShaderNodeBsdfPrincipled", Roughness=dark).outputs[0])
    """

    def __init__(self, datablock):
        if hasattr(datablock, "links"):
            self.tree = datablock
            return
        self.tree = compat.use_nodes(datablock)
        self.tree.nodes.clear()

    def node(self, kind, settings=None, **inputs):
        """A node; `inputs` by name with underscores for spaces, `settings` are its properties."""
        node = self.tree.nodes.new(kind)
        for name, value in (settings or {}).items():
            setattr(node, name, value)
        for name, value in inputs.items():
            self.set(node.inputs[name.replace("_", " ")], value)
        return node

    def set(self, socket, value):
        """Link or write one input."""
        if hasattr(value, "is_output"):
            self.tree.links.new(value, socket)
        elif isinstance(value, (tuple, list)) and socket.type == "RGBA" and len(value) == 3:
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def math(self, operation, *values, clamp=False):
        """Output of a Math node."""
        node = self.node("ShaderNodeMath", {"operation": operation, "use_clamp": clamp})
        for socket, value in zip(node.inputs, values, strict=False):
            self.set(socket, value)
        return node.outputs[0]

    def ramp(self, value, low, high, to_low=0.0, to_high=1.0):
        """`value` from low..high to to_low..to_high, smooth and clamped; low may be above high."""
        if low > high:
            low, high, to_low, to_high = high, low, to_high, to_low
        node = self.node("ShaderNodeMapRange", {"interpolation_type": "SMOOTHSTEP"}, Value=value, From_Min=low,
                         From_Max=high, To_Min=to_low, To_Max=to_high)
        return node.outputs[0]

    def mix(self, factor, a, b, blend="MIX"):
        """Colour output of a Mix node."""
        node = self.tree.nodes.new("ShaderNodeMix")
        node.data_type, node.blend_type = "RGBA", blend
        sockets = [socket for socket in node.inputs if socket.enabled]
        for socket, value in zip(sockets, (factor, a, b), strict=True):
            self.set(socket, value)
        return next(socket for socket in node.outputs if socket.enabled)

    def value(self, name, number):
        """A number that is changed later, by `set_value`."""
        node = self.node("ShaderNodeValue", {"name": name, "label": name})
        node.outputs[0].default_value = number
        return node.outputs[0]

    def colour(self, name, rgb):
        """A colour that is changed later, by `set_value`."""
        node = self.node("ShaderNodeRGB", {"name": name, "label": name})
        node.outputs[0].default_value = (*rgb, 1.0)
        return node.outputs[0]

    def uv(self):
        return self.node("ShaderNodeUVMap", {"uv_map": "UVMap"}).outputs[0]

    def separate(self, vector):
        """x, y, z of a vector socket."""
        return self.node("ShaderNodeSeparateXYZ", Vector=vector).outputs

    def combine(self, x, y, z=0.0):
        return self.node("ShaderNodeCombineXYZ", X=x, Y=y, Z=z).outputs[0]

    def noise(self, scale, vector, detail=2.0):
        """Noise 0..1."""
        return self.node("ShaderNodeTexNoise", Vector=vector, Scale=scale, Detail=detail).outputs[0]

    def image(self, image, vector, interpolation="Linear", extension="REPEAT"):
        """Image texture node."""
        return self.node("ShaderNodeTexImage", {"image": image, "interpolation": interpolation,
                                                "extension": extension}, Vector=vector)

    def mix_shader(self, factor, a, b):
        node = self.tree.nodes.new("ShaderNodeMixShader")
        for socket, value in zip(node.inputs, (factor, a, b), strict=True):
            self.set(socket, value)
        return node.outputs[0]

    def output(self, surface, displacement=None):
        node = self.node("ShaderNodeOutputMaterial", Surface=surface)
        if displacement is not None:
            self.set(node.inputs["Displacement"], displacement)
        return node


def set_value(tree, name, value):
    """Change a number or colour that `Graph.value` or `Graph.colour` made; nothing where an artist removed it."""
    node = tree.nodes.get(name)
    if node is not None:
        node.outputs[0].default_value = value if isinstance(value, float) else (*value, 1.0)
