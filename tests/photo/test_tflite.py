"""Networks out of TensorFlow Lite files: what they answer, written here by hand, and files that are none."""

import struct

import numpy as np
import pytest

from detailed3dmm_addon.photo import face_models, tflite

RNG = np.random.default_rng(6)
HALF, WHOLE, COUNT = 1, 0, 2  # types of tensors
CODES = {"add": 0, "concatenate": 2, "convolve": 3, "dequantize": 6, "logistic": 14, "multiply": 18, "reshape": 22,
         "softmax": 25, "transpose": 39, "mean": 40, "subtract": 41, "divide": 42, "slice": 45, "negative": 59,
         "sum": 74, "root": 75, "inverse root": 76, "squared difference": 99}


def written(table):
    """The bytes of a FlatBuffer. table : {field: int, array, another table or list of tables}"""
    content = bytearray(struct.pack("<I4s", 0, b"TFL3"))

    def put(value):
        at = len(content)
        if isinstance(value, np.ndarray):
            content.extend(struct.pack("<I", len(value)) + value.tobytes())
        elif isinstance(value, list):
            content.extend(struct.pack("<I", len(value)) + bytes(4 * len(value)))
            for number, one in enumerate(value):
                point(at + 4 + 4 * number, one)
        else:
            fields = sorted(value)
            places = [4 + 4 * fields.index(field) if field in value else 0
                      for field in range(max(fields, default=-1) + 1)]
            content.extend(struct.pack(f"<HH{len(places)}H", 4 + 2 * len(places), 4 + 4 * len(fields), *places))
            start, at = at, len(content)
            content.extend(struct.pack("<i", at - start) + bytes(4 * len(fields)))
            for number, field in enumerate(fields):
                point(at + 4 + 4 * number, value[field])
        return at

    def point(place, value):
        number = value if isinstance(value, int) else put(value) - place
        content[place:place + 4] = struct.pack("<i", number)

    point(0, table)
    return bytes(content)


def graph(tensors, steps, result):
    """A file. tensors : list of array or, of what is worked out, shape, the first what goes in; steps : (operator,
    inputs, output, options)"""
    kinds = {"f2": HALF, "f4": WHOLE, "i4": COUNT}
    buffers, described = [{}], []
    for tensor in tensors:
        stored = isinstance(tensor, np.ndarray)
        shape = np.array(tensor.shape if stored else tensor, "<i4")
        described.append({0: shape, 1: kinds[tensor.dtype.str[1:]] if stored else WHOLE, 2: len(buffers) * stored})
        if stored:
            buffers.append({0: np.frombuffer(tensor.tobytes(), "u1")})
    names = [step[0] for step in steps]
    operations = [{0: names.index(name), 1: np.array(inputs, "<i4"), 2: np.array([output], "<i4"), 4: options}
                  for name, inputs, output, options in steps]
    subgraph = {0: described, 1: np.array([0], "<i4"), 2: np.array([result], "<i4"), 3: operations}
    return written({0: 3, 1: [{3: CODES[name]} for name in names], 2: [subgraph], 4: buffers})


def perceptron(weights, bias):
    """The file of a layer with half-precision weights (4, 3), an activation, and a logistic one on two of its channels.
    """
    cut = [np.array(values, "<i4") for values in ([0, 1], [0, 3], [1, 1])]
    return graph(
        [(2, 3), np.array([1, 1, 2, 3], "<i4"), (1, 1, 2, 3), weights.astype("<f2").reshape(4, 1, 1, 3), (4, 1, 1, 3),
         bias, (1, 1, 2, 4), np.array([2, 4], "<i4"), (2, 4), *cut, (2, 2), (2, 2)],
        [("reshape", [0, 1], 2, {}), ("dequantize", [3], 4, {}), ("convolve", [2, 4, 5], 6, {1: 1, 2: 1, 3: 1}),
         ("reshape", [6, 7], 8, {}), ("slice", [8, 9, 10, 11], 12, {0: 1, 1: 1}), ("logistic", [12], 13, {})], 13)


def test_a_perceptron_answers_as_it_should():
    weights, bias = RNG.standard_normal((4, 3)).astype("f2"), RNG.standard_normal(4).astype("f4")
    network, seen = tflite.read(perceptron(weights, bias)), RNG.standard_normal((2, 3)).astype("f4")
    expected = 1 / (1 + np.exp(-np.maximum(seen @ weights.astype("f4").T + bias, 0)[:, 1:3]))
    assert (network.takes, network.gives) == ((2, 3), (2, 2))
    np.testing.assert_allclose(network(seen), expected, atol=1e-6)


def test_a_layer_is_normalised_as_it_should_be():
    axis, gain = np.array([1], "<i4"), RNG.standard_normal(5).astype("f4")
    least = np.full(1, 1e-3, "f4")
    network = tflite.read(graph(
        [(4, 5), axis, (4, 1), (4, 5), (4, 1), least, (4, 1), (4, 1), (4, 5), (4, 5), gain, (4, 5)],
        [("mean", [0, 1], 2, {0: 1}), ("squared difference", [0, 2], 3, {}), ("mean", [3, 1], 4, {0: 1}),
         ("add", [4, 5], 6, {}), ("inverse root", [6], 7, {}), ("subtract", [0, 2], 8, {}),
         ("multiply", [8, 7], 9, {}), ("multiply", [9, 10], 11, {})], 11))
    seen = RNG.standard_normal((4, 5))
    centred = seen - seen.mean(1, keepdims=True)
    np.testing.assert_allclose(network(seen), gain * centred / np.sqrt(seen.var(1, keepdims=True) + 1e-3), atol=1e-5)


def test_points_are_measured_as_they_should_be():
    turn, last = np.array([1, 0], "<i4"), np.array([1], "<i4")
    network = tflite.read(graph(
        [(6, 2), turn, (2, 6), (2, 6), last, (2,), (2,), np.ones(1, "f4"), (3,), (3,)],
        [("transpose", [0, 1], 2, {}), ("multiply", [2, 2], 3, {}), ("sum", [3, 4], 5, {}), ("root", [5], 6, {}),
         ("concatenate", [6, 7], 8, {0: 0}), ("negative", [8], 9, {})], 9))
    seen = RNG.standard_normal((6, 2))
    np.testing.assert_allclose(network(seen), [*-np.linalg.norm(seen, axis=0), -1], atol=1e-5)


@pytest.mark.parametrize(("steps", "shape"), [
    ([("softmax", [0], 1, {})], (2, 3)),  # an operator that is not known
    ([("add", [0, 0], 1, {0: 3})], (2, 3)),  # an activation
    ([("add", [0, 0], 1, {})], (2, 4)),  # a result of another shape
    ([("add", [0, 7], 1, {})], (2, 3)),  # a tensor that is not there
    ([("divide", [0, 2], 1, {})], (2, 3)),  # by nothing
    ([("add", [0, 0], 1, {})], (1 << 20, 3)),  # too large
])
def test_networks_that_cannot_be_run_are_refused(steps, shape):
    with pytest.raises(ValueError):
        tflite.read(graph([(2, 3), shape, np.zeros(3, "f4")], steps, 1))


def test_cut_and_altered_files_are_refused_or_run():
    whole = perceptron(RNG.standard_normal((4, 3)), np.zeros(4, "f4"))
    for length in range(len(whole)):
        refused_or_run(whole[:length])
    for _ in range(3000):
        altered = bytearray(whole)
        for place in RNG.integers(len(whole), size=RNG.integers(1, 4)):
            altered[place] = RNG.choice([0, 1, 127, 128, 255, RNG.integers(256)])
        refused_or_run(bytes(altered))


def refused_or_run(content):
    """Whether a file is a network; nothing but ValueError may come of one that is not."""
    try:
        assert np.isfinite(tflite.read(content)(np.ones((2, 3)))).all()
    except ValueError:
        return False
    return True


def test_other_networks_and_other_files_are_refused():
    if face_models.path(face_models.FACE_MESH).is_file():
        assert not refused_or_run(face_models.read(face_models.FACE_MESH)), "it has padding and depthwise convolutions"
    for content in (b"", b"TFL3", bytes(100), RNG.bytes(5000), b"\0\0\0\0TFL3" + RNG.bytes(5000)):
        assert not refused_or_run(content)
