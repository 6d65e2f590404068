"""Texture tiles of the head with the place on the average head that each texel covers. numpy only; millimetres."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .base_model import BaseModel

FACE, BACK = "M_Face", "M_BackHead"
_EDGE = 6  # texels painted beyond the edge of the surface, so that filtering finds no foreign colour
_SLACK = 0.05  # texels by which a centre may lie outside a triangle and still belong to it


@dataclass(frozen=True)
class Canvas:
    """A square tile of texture space, row 0 at V = 1.

    position : (R, R, 3) float32, mm on the average head (Blender's axes), continued a little beyond the surface;
    mask : (R, R) bool, where there is surface; along_u, along_v : (R, R, 3), mm a unit of u and v
    """
    position: np.ndarray
    mask: np.ndarray
    along_u: np.ndarray
    along_v: np.ndarray

    @property
    def size(self):
        return len(self.mask)

    def sample(self, field, uv):
        """Values of a map (R, R, ...) at texture points (N, 2) by the nearest texel."""
        x = np.clip((uv[:, 0] * self.size).astype(np.int32), 0, self.size - 1)
        y = np.clip(((1 - uv[:, 1]) * self.size).astype(np.int32), 0, self.size - 1)
        return field[y, x]

    def to_uv(self, uv, direction):
        """Directions (N, 3) mm on the head at texture points (N, 2) -> (N, 2) in units of u and v."""
        a, b = self.sample(self.along_u, uv), self.sample(self.along_v, uv)
        aa, ab, bb = (a * a).sum(-1), (a * b).sum(-1), (b * b).sum(-1)
        da, db = (a * direction).sum(-1), (b * direction).sum(-1)
        determinant = np.maximum(aa * bb - ab * ab, 1e-3 * aa * bb + 1e-6)
        return np.stack([(bb * da - ab * db) / determinant, (aa * db - ab * da) / determinant], -1)

    def scatter(self, per_mm2, generator):
        """Random texture points (N, 2), as many as a map (R, R) of points a square millimetre asks for."""
        cumulative = np.cumsum((per_mm2 * self.area()).ravel(), dtype=np.float64)
        count = generator.poisson(cumulative[-1])
        texel = np.searchsorted(cumulative, generator.uniform(0, cumulative[-1], count))
        corner = np.stack([texel % self.size, self.size - 1 - texel // self.size], -1)
        return (corner + generator.uniform(0, 1, (count, 2))) / self.size

    def area(self):
        """(R, R) mm2 of head under each texel, 0 off the surface."""
        cross = np.linalg.norm(np.cross(self.along_u, self.along_v), axis=-1)
        return np.where(self.mask, cross, 0) / self.size ** 2


@lru_cache(maxsize=4)
def canvas(material, size=512):
    """The tile of a material, `FACE` or `BACK`, on the average head."""
    model = BaseModel.load()
    corners, points = _triangles(model, material)
    position, mask = _rasterise(corners, points, size)
    position = _continue(position, mask, _EDGE * 4)
    along_v, along_u = np.gradient(position, 1.0 / size, axis=(0, 1))
    return Canvas(position, mask, along_u, -along_v)


def landmarks():
    """The 68 landmarks of the average head, (68, 3) mm."""
    model = BaseModel.load()
    return model.mean[model.landmarks] * 1000


@lru_cache(maxsize=1)
def landmarks_uv():
    """Texture coordinates (68, 2) of the landmarks."""
    model = BaseModel.load()
    topology = model.topology
    faces, faces_uv = topology.faces.ravel(), topology.faces_uv.ravel()
    return topology.uv[[faces_uv[np.flatnonzero(faces == vertex)[0]] for vertex in model.landmarks]]


def enlarge(field, size):
    """A map (R, R, ...) at `size` texels, a multiple of R, by linear interpolation."""
    factor = size // len(field)
    return _stretch(_stretch(field, factor, 0), factor, 1) if factor > 1 else field.copy()


def _stretch(field, factor, axis):
    """Linear interpolation along one axis: each texel becomes `factor` texels."""
    field = np.moveaxis(field, axis, 0)
    before, after = np.concatenate([field[:1], field[:-1]]), np.concatenate([field[1:], field[-1:]])
    out = np.empty((len(field), factor, *field.shape[1:]), np.float32)
    for phase in range(factor):
        shift = (phase + 0.5) / factor - 0.5
        other = before if shift < 0 else after
        np.multiply(field, np.float32(1 - abs(shift)), out=out[:, phase])
        out[:, phase] += other * np.float32(abs(shift))
    return np.ascontiguousarray(np.moveaxis(out.reshape(-1, *field.shape[1:]), 0, axis))


def _triangles(model, material):
    """UV corners (T, 3, 2) within the tile and points (T, 3, 3) in mm."""
    topology = model.topology
    chosen = topology.face_material == topology.materials.index(material)
    faces, faces_uv = topology.faces[chosen], topology.faces_uv[chosen]
    quads = faces[:, 3] >= 0
    split = [np.concatenate([f[:, :3], f[quads][:, [0, 2, 3]]]) for f in (faces, faces_uv)]
    corners = topology.uv[split[1]].astype(np.float64)
    return corners - np.floor(corners.mean((0, 1))), model.mean[split[0]] * 1000


def _rasterise(corners, points, size):
    """Positions at texel centres; triangles of the same extent are filled together."""
    position, mask = np.zeros((size, size, 3), np.float32), np.zeros((size, size), bool)
    pixels = np.stack([corners[..., 0], 1 - corners[..., 1]], -1) * size - 0.5
    low = np.maximum(np.ceil(pixels.min(1) - _SLACK).astype(int), 0)
    extent = (np.floor(pixels.max(1) + _SLACK).astype(int) - low + 1).max(1)
    for step in range(1, extent.max() + 1):
        chosen = np.flatnonzero(extent == step)
        grid = np.stack(np.meshgrid(np.arange(step), np.arange(step)), -1).reshape(-1, 2)
        for part in np.array_split(chosen, len(chosen) * step * step // 2_000_000 + 1):
            texel = low[part][:, None] + grid
            weights = _barycentric(pixels[part], texel)
            triangle, place = np.nonzero((weights > -1e-3).all(0) & (texel < size).all(-1))
            x, y = texel[triangle, place].T
            position[y, x] = np.einsum("kn,nkc->nc", weights[:, triangle, place], points[part[triangle]])
            mask[y, x] = True
    return position, mask


def _barycentric(triangle, texel):
    """Weights (3, T, G) of texels (T, G, 2) in triangles (T, 3, 2)."""
    edge1, edge2 = triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0]
    determinant = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
    determinant = np.where(np.abs(determinant) < 1e-9, np.inf, determinant)[:, None]
    offset = texel - triangle[:, None, 0]
    w1 = (offset[..., 0] * edge2[:, None, 1] - offset[..., 1] * edge2[:, None, 0]) / determinant
    w2 = (edge1[:, None, 0] * offset[..., 1] - edge1[:, None, 1] * offset[..., 0]) / determinant
    return np.stack([1 - w1 - w2, w1, w2])


def _continue(field, mask, steps):
    """Carries a map (R, R, C) outwards from where `mask` holds, texel by texel, then fills the rest with its mean."""
    field, known = np.pad(field * mask[..., None], ((1, 1), (1, 1), (0, 0))), np.pad(mask, 1)
    inner = (slice(1, -1), slice(1, -1))
    for _ in range(steps):
        beside = known[:-2, 1:-1] | known[2:, 1:-1] | known[1:-1, :-2] | known[1:-1, 2:]
        y, x = np.argwhere(beside & ~known[inner]).T + 1
        around = ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))
        field[y, x] = sum(field[at] for at in around) / sum(known[at].astype(np.float32) for at in around)[:, None]
        known[y, x] = True
    field[~known] = field[inner][mask].mean(0)
    return field[inner]
