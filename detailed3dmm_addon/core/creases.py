"""Where a person's creases lie: learned template planes, blended and warped by the person code (the placement part).

Convolutions do not learn to move a crease by half its wavelength, a warp does so exactly; it is differentiable in the
code, which is how the encoder finds the code of a given map. Depth is the generator's business (`dnpm`).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn
from torch.nn import functional as F

from .person import SKIN, VARIANT, WARP

FIELD_GRID = 16  # texels a side of the smooth fields: about 18 mm a texel
VARIANT_SHARPNESS = 4.0


class CreasePlacement(nn.Module):
    """Crease templates of a person: full-strength creases of each family.

    planes : (families, 2, R, R) mm, half precision; variant_noise, side_noise : (families, G, G), even and odd about
    the midline; warp_fields : (8, 2, G, G) map units; skin_fields : (6, G, G); identity_effect : (14, 100), what the
    identity adds to the warp and skin numbers.
    """

    def __init__(self, families, resolution, identity_size=100):
        super().__init__()
        grid = (FIELD_GRID, FIELD_GRID)
        self.register_buffer("planes", torch.zeros(families, 2, resolution, resolution, dtype=torch.half))
        self.register_buffer("variant_noise", torch.zeros(families, *grid))
        self.register_buffer("side_noise", torch.zeros(families, *grid))
        self.register_buffer("warp_fields", torch.zeros(8, 2, *grid))
        self.register_buffer("skin_fields", torch.zeros(6, *grid))
        self.register_buffer("identity_effect", torch.zeros(14, identity_size))
        self._resized = {}

    def numbers(self, person, identity):
        """Variant (B, 10), warp (B, 8) and skin (B, 6) numbers of persons (B, 24) with identities (B, 100)."""
        inherited = identity @ self.identity_effect.T
        return person[:, VARIANT], person[:, WARP] + inherited[:, :8], person[:, SKIN] + inherited[:, 8:]

    def skin(self, skin_numbers, size):
        """Fields (B, 2, size, size): natural logarithms of what multiplies critical strain and wavelength."""
        n, f = skin_numbers, self.skin_fields
        critical = torch.einsum("bi,ihw->bhw", n[:, :4], f[:4]) + 0.18 * n[:, 5, None, None]
        wavelength = torch.einsum("b,hw->bhw", n[:, 4], f[4]) + f[5]
        return _upsample(torch.stack([critical, wavelength], 1), size)

    def forward(self, variant, warp, size):
        """Templates (B, families, size, size) in mm. A person's mirror image has the mirrored templates."""
        families = len(self.planes)
        drawing = torch.sigmoid(VARIANT_SHARPNESS * (self.variant_noise + variant[:, :families, None, None]))
        side = torch.sigmoid(VARIANT_SHARPNESS * (self.side_noise + variant[:, families:, None, None]))
        grid = self._warped_grid(warp, size)
        # A family at a time: all of them at 1024 would take ten times the memory.
        chosen = [
            F.grid_sample(
                _blended(planes.float(), _upsample(drawing[:, i : i + 1], size), _upsample(side[:, i : i + 1], size)),
                grid, padding_mode="zeros", align_corners=False,
            )
            for i, planes in enumerate(self._planes_at(size))
        ]  # fmt: skip
        return torch.cat(chosen, 1)

    def _planes_at(self, size):
        """The planes resampled to a size, remembered until they change."""
        if self.planes.shape[-1] == size:
            return self.planes
        key = (size, self.planes._version, self.planes.device)
        if key not in self._resized:
            self._resized = {k: v for k, v in self._resized.items() if k[1:] == key[1:]}
            with torch.inference_mode(False):  # a tensor that descent through the warp can use later
                planes = F.interpolate(self.planes.float(), (size, size), mode="bilinear", antialias=True)
            self._resized[key] = planes.half()
        return self._resized[key]

    def _warped_grid(self, warp, size):
        shift = _upsample(torch.einsum("bi,ichw->bchw", warp, self.warp_fields), size)
        centres = (torch.arange(size, device=warp.device) + 0.5) / size * 2 - 1
        return torch.stack(torch.meshgrid(centres, centres, indexing="xy"), -1) + 2 * shift.permute(0, 2, 3, 1)


def _blended(planes, drawing, side):
    """Two drawings (2, R, R), each as it is or mirrored, by masks (B, 1, R, R)."""
    first, second = torch.lerp(planes.flip(-1), planes, side).unbind(1)
    return torch.lerp(second[:, None], first[:, None], drawing)


def _upsample(fields, size):
    """Smooth fields (B, C, G, G) at `size` texels: bicubic, as two products with one matrix."""
    matrix = _bicubic(fields.shape[-1], size).to(fields)
    return matrix @ fields @ matrix.T


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def _bicubic(coarse, size):
    """(size, coarse): what each node weighs at each texel."""
    nodes = torch.eye(coarse)[None, None]
    return F.interpolate(nodes, (size, coarse), mode="bicubic", align_corners=False)[0, 0]
