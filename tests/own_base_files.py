"""Model files with the keys and shapes of FLAME, FaceScape and GNM Head, made from our own head: the truth is known.

The head in them is another person than our mean one, bent by a smooth field that no identity has, turned and moved; its
vertices lie at known places between ours.
"""
import pickle
import sys
import types
from functools import cache

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.own_base.facescape import EXPRESSION_NAMES
from detailed3dmm_addon.core.own_base.head import SKIN, OurHead
from detailed3dmm_addon.core.own_base.surface import facet_normals

FLAME_VERTICES, FLAME_EYE = 5023, 546
TO_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # rows: their X, Y, Z in Blender's axes


@cache
def person(seed=3, bend=0.0015):
    """((26719, 3) metres of another person, not aligned with our mean; (100,) identity), in Blender's axes."""
    random = np.random.default_rng(seed)
    identity = np.clip(random.standard_normal(100), -2, 2).astype(np.float32)
    points = BaseModel.load().neutral(identity).astype(np.float64)
    waves = random.standard_normal((40, 3))
    waves *= random.uniform(15, 60, (40, 1)) / np.linalg.norm(waves, axis=1, keepdims=True)
    field = np.sin(points @ waves.T + random.uniform(0, 6, 40)) @ random.standard_normal((40, 3))
    points = points + field * bend / np.sqrt((field**2).sum(1).mean())
    return moved(points), identity


def moved(points, offsets=False):
    """Nodded, 6 % larger, somewhere else."""
    cos, sin = np.cos(0.1), np.sin(0.1)
    rotation = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return 1.06 * points @ rotation.T + (0 if offsets else np.array([0.02, 0.03, 0.015]))


@cache
def coarse_skin(count, seed=0):
    """(`count` vertices of our skin, (T, 3) triangles between them): the dual of their geodesic cells."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    from detailed3dmm_addon.core.own_base.surface import edges

    head = OurHead()
    chosen = np.sort(np.random.default_rng(seed).permutation(SKIN)[:count])
    pairs, _ = edges(head.triangles)
    lengths = np.linalg.norm(head.vertices[pairs[:, 0]] - head.vertices[pairs[:, 1]], axis=1)
    graph = coo_matrix((lengths, pairs.T), (SKIN, SKIN))
    _, _, owner = dijkstra(graph, directed=False, indices=chosen, min_only=True, return_predecessors=True)
    cells = np.searchsorted(chosen, owner)[head.triangles]
    apart = (cells[:, 0] != cells[:, 1]) & (cells[:, 1] != cells[:, 2]) & (cells[:, 2] != cells[:, 0])
    # One triangle a triple of cells.
    triangles = cells[apart]
    _, first = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True)
    return chosen, triangles[np.sort(first)]


class Chumpy:
    """Pickles as chumpy's arrays do: a class of that library with the array in its state."""

    def __init__(self, array):
        self.__dict__.update(x=np.asarray(array, np.float64), _dirty_vars=set())


def write_flame(folder, name="generic_model.pkl", protocol=2, with_uv=True, with_landmarks=True):
    """FLAME with its texture coordinates and landmark embedding; gives (path, truth).

    truth : (skin,) for the first vertices the vertex of ours that each is; the rest are eyeballs
    """
    points, _ = person()
    skin = FLAME_VERTICES - 2 * FLAME_EYE
    ours, triangles = coarse_skin(skin)
    eyes = [_ball(points[eye], FLAME_EYE) for eye in _eyes()]
    faces = np.concatenate([triangles, *(ball + skin + side * FLAME_EYE for side, (_, ball) in enumerate(eyes))])
    mean = np.concatenate([points[ours], *(centres for centres, _ in eyes)]) @ TO_Y_UP.T
    modes = np.random.default_rng(1).standard_normal((FLAME_VERTICES, 3, 400)).astype(np.float32) * 1e-4
    data = {"v_template": mean, "shapedirs": modes, "f": faces.astype(np.uint32), "bs_style": "lbs",
            "posedirs": np.zeros((FLAME_VERTICES, 3, 36)), "weights": np.zeros((FLAME_VERTICES, 5)),
            "J_regressor": np.zeros((5, FLAME_VERTICES)), "kintree_table": np.zeros((2, 5), np.int64)}
    path = folder / name
    if path.suffix == ".npz":
        np.savez(path, **data)
    else:
        write_chumpy_pickle(path, {**data, "v_template": Chumpy(mean), "shapedirs": Chumpy(modes)}, protocol)
    if with_uv:
        uv, faces_uv = _flame_uv(ours, triangles, faces)
        np.savez(folder / "FLAME_texture.npz", vt=uv, ft=faces_uv, mean=np.zeros((4, 4, 3)))
    if with_landmarks:
        _write_embedding(folder / "flame_static_embedding.pkl", points, mean @ TO_Y_UP, faces)
    return path, ours


def write_chumpy_pickle(path, data, protocol=2):
    """Pickle `data` with `Chumpy` named as chumpy's own class is, and a sparse matrix beside, as in FLAME's file."""
    from scipy.sparse import csc_matrix

    module = types.ModuleType("chumpy.ch")
    module.Ch = Chumpy
    named = Chumpy.__module__, Chumpy.__qualname__
    sys.modules["chumpy"], sys.modules["chumpy.ch"] = types.ModuleType("chumpy"), module
    Chumpy.__module__, Chumpy.__qualname__ = "chumpy.ch", "Ch"
    try:
        path.write_bytes(pickle.dumps({**data, "J_regressor": csc_matrix(np.eye(5))}, protocol))
    finally:
        Chumpy.__module__, Chumpy.__qualname__ = named
        del sys.modules["chumpy"], sys.modules["chumpy.ch"]


def write_facescape(folder, identities=4, name="facescape_bm_v1.6_847_50_52_id_front.npz"):
    """FaceScape's version 1.6 of our face alone, without the rest of the head; gives (path, truth)."""
    base, head = BaseModel.load(), OurHead()
    points, identity = person()
    faces = head.triangles[head.is_face]
    ours, vertices = np.unique(faces, return_inverse=True)
    shapes = np.repeat(points[ours][None], 52, axis=0)
    for number, own in enumerate(EXPRESSION_NAMES, 1):
        names = [own] if own in base.expression_names else [f"{own}_L", f"{own}_R"]
        values = base.expression(dict.fromkeys(names, 1.0))
        offset = base.vertices(identity, values) - base.neutral(identity)
        shapes[number] += moved(offset[ours], offsets=True)
    random = np.random.default_rng(2)
    core = np.empty((52, len(ours), 3, identities), np.float32)
    mean = np.array([-0.0344, *random.standard_normal(identities - 1) * 0.002])
    for number in range(identities):
        core[..., number] = random.standard_normal((1, len(ours), 3)) * 0.01 if number else 0
    flat = 1000 * shapes @ TO_Y_UP.T
    core[..., 0] = (flat - core[..., 1:] @ mean[1:]) / mean[0]
    core = core.transpose(1, 2, 0, 3).reshape(-1, 52, identities)
    uv, corners = np.unique(head.triangles_uv[head.is_face], return_inverse=True)
    landmarks = np.searchsorted(ours, base.landmarks)
    np.savez(folder / name, shape_bm_core=core, id_mean=mean, id_var=np.full(identities, 1 / 847),
             fv_indices=vertices.reshape(faces.shape) + 1, ft_indices=corners.reshape(faces.shape) + 1,
             texcoords=base.topology.uv[uv][:, ::-1] * 0.9 + 0.05, lm_list_v16=landmarks, vert_num=len(ours),
             vc_dict_front=np.array({"an": "object"}, dtype=object), color_bm_core=np.zeros((1, 1)))
    return folder / name, ours


def write_gnm(folder, name="gnm_head.npz", with_landmarks=True):
    """GNM Head with the whole of our head, eyes and teeth too, its vertices shuffled; gives (path, truth)."""
    base = BaseModel.load()
    topology, random = base.topology, np.random.default_rng(4)
    points, _ = person()
    # Gums, tears and lashes have no counterpart there.
    wanted = [topology.materials.index(name) for name in (
        "M_Face", "M_BackHead", "M_Teeth", "M_ScleraLeft", "M_ScleraRight")]
    chosen = np.isin(topology.face_material, wanted)
    quads, corners = topology.faces[chosen], topology.faces_uv[chosen]
    uv = topology.uv[np.maximum(corners, 0)].astype(np.float32)
    triangles = quads[:, 3] < 0
    quads, uv = quads.copy(), uv.copy()
    quads[triangles, 3], uv[triangles, 3] = quads[triangles, 2], uv[triangles, 2]
    uv[..., 0] += np.select([topology.face_material[chosen] == index for index in (0, 1)], [2, 0], 1)[:, None]
    used, quads = np.unique(quads, return_inverse=True)
    order = random.permutation(len(used))  # new vertex -> position in `used`
    ours = used[order]
    mean = (points[ours] @ TO_Y_UP.T).astype(np.float32)
    np.savez(folder / name, version="3.0", variant="head", template_vertex_positions=mean,
             vertex_identity_basis=random.standard_normal((6, len(ours), 3)).astype(np.float32) * 1e-3,
             expression_basis=random.standard_normal((5, len(ours), 3)).astype(np.float32) * 1e-3,
             expression_names=[f"lower_face_region_{n}" for n in range(5)], identity_names=["head"] * 6,
             quads=np.argsort(order)[quads.reshape(-1, 4)].astype(np.int32), quad_uvs=uv)
    if with_landmarks:
        at = {vertex: row for row, vertex in enumerate(ours)}
        rows = [[at[vertex], 1.0, 0, 0.0, 1, 0.0] for vertex in base.landmarks]
        np.savetxt(folder / "head_sparse_68.txt", rows)
    return folder / name, ours


def _eyes():
    topology = BaseModel.load().topology
    for side in ("Right", "Left"):
        faces = topology.faces[topology.face_material == topology.materials.index(f"M_Sclera{side}")]
        yield np.unique(faces[faces >= 0])


def _ball(points, count):
    """(count, 3) vertices of a ball where `points` are, and its triangles: a convex hull."""
    from scipy.spatial import ConvexHull

    height = np.linspace(-1, 1, count)
    turn = np.arange(count) * np.pi * (3 - 5**0.5)
    ring = np.sqrt(np.maximum(1 - height**2, 0))
    directions = np.stack([ring * np.cos(turn), ring * np.sin(turn), height], -1)
    centre = points.mean(0)
    hull = ConvexHull(directions)
    outwards = np.einsum("tc,tc->t", hull.equations[:, :3], np.cross(
        *(directions[hull.simplices[:, k]] - directions[hull.simplices[:, 0]] for k in (1, 2)))) > 0
    triangles = np.where(outwards[:, None], hull.simplices, hull.simplices[:, ::-1])
    return centre + directions * np.linalg.norm(points - centre, axis=1).mean(), triangles


def _flame_uv(ours, triangles, faces):
    """Another layout than ours: the face turned into the lower left quarter, the rest of the head beside it."""
    topology, head = BaseModel.load().topology, OurHead()
    uv_of = np.zeros((SKIN, 2))
    uv_of[head.triangles.ravel()] = topology.uv[head.triangles_uv.ravel()]
    uv_of[head.triangles[head.is_face].ravel()] = topology.uv[head.triangles_uv[head.is_face].ravel()]
    of_face = (ours < 9409)[triangles].all(1)
    place = uv_of[ours][:, ::-1] * 0.48 + 0.01
    aside = (head.vertices[ours][:, [0, 2]] + [0.15, 0.25]) * 0.9 + [0.55, 0.05]  # seen from the front, beside the face
    faces_uv = np.concatenate([np.where(of_face[:, None], triangles, triangles + len(ours)),
                               faces[len(triangles):] + len(ours)])
    eyes = np.full((2 * FLAME_EYE, 2), 0.95)
    return np.concatenate([place, aside, eyes]), faces_uv


def _write_embedding(path, points, mean, faces):
    """Landmarks as FLAME has them: faces and weights, the jaw line left out, written by Python 2's numpy names."""
    from detailed3dmm_addon.core.own_base.surface import Surface, vertex_normals

    base, head = BaseModel.load(), OurHead()
    normals = vertex_normals(points[:SKIN], head.triangles)
    marks = base.landmarks[17:]
    triangle, weights, _, _ = Surface(mean, faces).closest(points[marks], normals[marks])
    content = pickle.dumps({"lmk_face_idx": triangle, "lmk_b_coords": weights}, 2)
    path.write_bytes(content.replace(b"numpy._core", b"numpy.core"))


def median_growth():
    """How much longer the person's face is than our mean one, in the median over our UV square."""
    head = OurHead()
    triangles, corners = head.triangles[head.is_face], BaseModel.load().topology.uv[head.triangles_uv[head.is_face]]
    own, mean = (np.linalg.norm(facet_normals(points, triangles), axis=1) for points in (person()[0], head.vertices))
    edge, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    in_uv = np.abs(edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0])
    growth = np.sqrt(own / mean)
    order = np.argsort(growth)
    return growth[order][np.searchsorted(np.cumsum(in_uv[order]), in_uv.sum() / 2)]
