"""The eyeball: its centre, and how far a point lies outside its white and cornea."""
import numpy as np

BINS = np.radians(np.arange(0, 181, 3))


class Eyeball:
    """One eyeball of the mean face, and where identity and gaze take it.

    vertices : all that turns with the gaze; white : those of the outer surface, white and cornea.
    """

    def __init__(self, mean, white, inside):
        self.white, self.vertices = white, np.union1d(white, inside)
        points = mean[white]
        system = np.c_[2 * points, np.ones(len(points))]
        centre = np.linalg.lstsq(system, (points ** 2).sum(1), rcond=None)[0][:3]
        columns = np.c_[points, np.ones(len(points))]
        self._weights = columns @ np.linalg.solve(columns.T @ columns, np.r_[centre, 1.0])
        self._arms = points - centre
        radius = np.linalg.norm(self._arms, axis=1)
        axis = self._arms[radius > radius.max() - 5e-4].mean(0)
        self._axis = axis / np.linalg.norm(axis)
        angle = np.arccos(np.clip(self._arms @ self._axis / radius, -1, 1))
        bins = np.digitize(angle, BINS)
        filled = [number for number in range(len(BINS)) if (bins == number).any()]
        self._angles = np.array([angle[bins == number].mean() for number in filled])
        self._radii = np.array([radius[bins == number].max() for number in filled])

    def centre(self, points):
        """(..., 3) centre of the eyeball in meshes (..., V, 3), or its displacement."""
        return np.einsum("v,...vc->...c", self._weights, points[..., self.white, :])

    def arms(self, points):
        """(..., n, 3) from the centre to `vertices`."""
        return points[..., self.vertices, :] - self.centre(points)[..., None, :]

    def clearance(self, mesh, points, glance=0.0):
        """How far `points` (n, 3) lie outside the eyeball as it sits in `mesh` (V, 3), and the way out.

        glance : radians by which the eye may turn further, its cornea then being under other points

        Returns
        -------
        distance (n,) metres along the radius, negative inside; outwards (n, 3) unit vectors
        """
        centre = self.centre(mesh)
        arms = mesh[self.white] - centre
        u, stretch, v = np.linalg.svd(self._arms.T @ arms)
        turn = (u * [1, 1, np.sign(np.linalg.det(u @ v))]) @ v
        scale = stretch.sum() / (self._arms ** 2).sum()
        offset = points - centre
        radius = np.linalg.norm(offset, axis=1)
        angle = np.arccos(np.clip(offset @ (self._axis @ turn) / radius, -1, 1))
        surface = scale * np.interp(np.maximum(angle - glance, 0), self._angles, self._radii)
        return radius - surface, offset / radius[:, None]
