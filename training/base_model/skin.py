"""The skin, and what lies on it without being part of its surface: lashes, the wet line and the linings of the lids."""
import numpy as np
from scipy.spatial import cKDTree

BOUND = ("M_LacrimalFluid", "M_EyeBlend", "M_EyeOcclusion", "M_EyeLashes")
NEIGHBOURS = 4


class Skin:
    """Triangles of face and head, and each bound vertex as a mean of the nearest skin at the lids."""

    def __init__(self, face, rims):
        quads = face.faces[face.face_material <= face.materials.index("M_BackHead")]
        self.triangles = np.concatenate([quads[:, :3], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])
        self.bound = face.material_vertices(*BOUND)
        lids = np.unique(np.concatenate([rim.rows[1:6].ravel() for rim in rims]))
        distance, nearest = cKDTree(face.mean[lids]).query(face.mean[self.bound], NEIGHBOURS)
        weights = 1 / (distance + 2e-4) ** 2
        self._weights = weights / weights.sum(1, keepdims=True)
        self._roots = lids[nearest]

    def extend(self, vertices, *fields):
        """Let bound vertices follow displacement fields (..., n, 3) of skin `vertices`, zero elsewhere.

        Returns
        -------
        vertices with the bound ones that move, then each field (..., m, 3)
        """
        place = np.full(self.triangles.max() + 1, -1)
        place[vertices] = np.arange(len(vertices))
        at = place[self._roots]
        touched = (at >= 0).any(1)
        weights = np.where(at >= 0, self._weights, 0)[touched]
        followed = [np.einsum("vk,...vkc->...vc", weights, field[..., np.maximum(at[touched], 0), :])
                    for field in fields]
        return (np.concatenate([vertices, self.bound[touched]]),
                *(np.concatenate([field, extra], -2) for field, extra in zip(fields, followed, strict=True)))
