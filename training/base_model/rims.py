"""The rows of vertices around the eyes' and the mouth's openings, and who meets whom when they close."""
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

EYE_RING, MOUTH_RING = 42, 74  # vertices on the face skin's inner border at an eye and at the mouth
EYE_ROWS, MOUTH_ROWS = 7, 17
LID_MARGIN = (1, 2, 3, 4)  # rows on the lid's edge, inner to outer, between the eyeball and the lashes
EYE_PAIRS, MOUTH_PAIRS = (44, 42), (97, 74)  # columns a and b meet where a + b = first, modulo the second


@dataclass
class Rim:
    """An opening of the skin.

    rows : (R, C) vertices, row 0 the border inside, the others outwards; upper, lower : (P,) columns that meet.
    """
    rows: np.ndarray
    upper: np.ndarray
    lower: np.ndarray


def eye_rim(face, left=True):
    """Rim of one eye; lower columns run from the outer to the inner corner."""
    ring = next(ring for ring in _borders(_skin(face))
                if len(ring) == EYE_RING and (face.mean[ring, 0].mean() > 0))
    rows = _rows(ring, _skin(face), EYE_ROWS)
    if not left:
        rows = face.image[rows]
    total, columns = EYE_PAIRS
    lower = np.arange(2, 22)
    return Rim(_turned(rows, face.mean, 6549 if left else face.image[6549]), (total - lower) % columns, lower)


def mouth_rim(face):
    """Rim of the mouth; the pairs run from one corner to the other."""
    ring = next(ring for ring in _borders(_skin(face)) if len(ring) == MOUTH_RING)
    rows = _turned(_rows(ring, _skin(face), MOUTH_ROWS), face.mean, 6652)
    total, columns = MOUTH_PAIRS
    upper = np.arange(12, 49)
    return Rim(rows, upper, (total - upper) % columns)


def _skin(face):
    return face.faces[face.face_material == face.materials.index("M_Face")]


def _turned(rows, mean, first):
    return np.roll(rows, -int(np.flatnonzero(rows[0] == first)[0]), 1)


def _borders(faces):
    edges = set()
    for face in faces:
        ring = face[face >= 0]
        edges.update(zip(ring.tolist(), np.roll(ring, -1).tolist(), strict=True))
    after = {a: b for a, b in edges if (b, a) not in edges}
    rings = []
    while after:
        ring, vertex = [], next(iter(after))
        while vertex in after:
            ring.append(vertex)
            vertex = after.pop(vertex)
        rings.append(ring)
    return rings


def _rows(ring, faces, count):
    """Walk outwards over strips of quads that each share an edge with the row before."""
    at_edge = defaultdict(list)
    for number, face in enumerate(faces):
        corners = [int(v) for v in face if v >= 0]
        for i, corner in enumerate(corners):
            at_edge[frozenset((corners[i - 1], corner))].append(number)
    rows, used = [ring], set()
    while len(rows) < count:
        outside = {}
        for before, after in zip(np.roll(rows[-1], 1).tolist(), rows[-1], strict=True):
            for number in set(at_edge[frozenset((before, after))]) - used:
                corners = faces[number].tolist()
                i = corners.index(before)
                step = 1 if corners[(i + 1) % 4] == after else -1
                used.add(number)
                outside.setdefault(before, corners[(i - step) % 4])
                outside.setdefault(after, corners[(i + 2 * step) % 4])
        rows.append([outside[vertex] for vertex in rows[-1]])
    return np.array(rows)
