"""Detailed3DMM: a 3DMM whose identity and expression also drive the displacement, with person and age beside them.

torch is imported with this module, so import it where detail is first needed.
"""

from __future__ import annotations

import json
import warnings
import zlib
from collections import OrderedDict
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch.nn import functional as F

from . import weights
from .base_model import IDENTITY_SIZE, BaseModel
from .checks import vector
from .detail_controls import FINE, DetailControls, resized
from .dnpm import DNPM, FINEST, FULL, PREVIEW, Codes, Templates
from .errors import ParameterError
from .person import OLDEST, PERSON_CODE_SIZE, YOUNGEST, checked_person
from .strain import StrainCode

LARGEST = 4096
DEFAULTS = DetailControls()
REMEMBERED_PERSONS = 2
IDENTITY_LIMIT, PERSON_LIMIT, STRAIN_LIMIT = 3.5, 3.5, 10.0  # standard deviations that training reached
REFINEMENT_STEPS = 100
STRAINED = (0.006, 0.03)  # skin strained less than the first stays as it is at rest; buckling starts beyond the second


class Detailed3DMM:
    """Faces to displacement maps, maps to codes and back.

    >>> model = Detailed3DMM.load()
    >>> height = model.displacement(np.zeros(100), expression, person=np.zeros(24), age=45)     # (1024, 1024) mm
    """

    def __init__(self, base, tensors, metadata):
        self.base = base
        self.strain = StrainCode({k.removeprefix("strain."): v for k, v in tensors.items() if k.startswith("strain.")})
        state = _state(tensors)
        self.network = DNPM(len(json.loads(metadata["families"])), state["placement.planes"].shape[-1])
        self.network.load_state_dict(state)
        self.network.eval().to(memory_format=torch.channels_last)
        self._templates, self._rests = OrderedDict(), OrderedDict()

    @staticmethod
    @lru_cache(maxsize=1)
    def load():
        """The model of this installation, read once. Raises WeightsError if a file is missing or damaged."""
        return Detailed3DMM(BaseModel.load(), *weights.load("detailed3dmm"))

    def displacement(self, identity, expression, person, age, resolution=1024, controls=DEFAULTS):
        """Displacement of a face.

        Parameters
        ----------
        identity : (100,), standard deviations; expression : (53,); person : (24,); age : years
        resolution : texels a side, 64..4096; from 2048 on the map carries the fine band: pores and fine lines
        controls : DetailControls, what the artist changes in all that

        Returns
        -------
        (resolution, resolution) float32, mm along the normal, row 0 at V = 1
        """
        _check_resolution(resolution)
        codes, field = self._codes_and_strain(identity, expression, person, age)
        shown, moving = codes, field
        if controls.expression_of is not None:
            other, moving = self._codes_and_strain(*controls.expression_of, person, age)
            shown = codes.with_expression_of(other)
        if controls.style is not None:
            shown = self._styled(shown, controls.style)
        size = _network_size(resolution)
        rest = self._remembered_rest(shown, size)
        moved = _strained_share(self.strain.magnitude(moving), size) * (self.decode(shown, size) - rest)
        height = _resized(controls.relief(rest, moved, self._fade(size)), resolution)
        if resolution >= FINE and controls.pores:
            height += self._fine(field, person, age, resolution, controls)
        return height

    def codes(self, identity, expression, person, age):
        """The DNPM code (a batch of one) of a face; arguments as in `displacement`."""
        return self._codes_and_strain(identity, expression, person, age)[0]

    @torch.inference_mode()
    def _codes_and_strain(self, identity, expression, person, age):
        identity = _limited(vector(identity, IDENTITY_SIZE, "identity"), IDENTITY_LIMIT, "identity")
        expression = vector(expression, len(self.base.expression_names), "expression")
        person = _limited(checked_person(person), PERSON_LIMIT, "person code")
        age = float(np.clip(age, YOUNGEST, OLDEST))
        field = self.strain.field(self.base.neutral(identity), self.base.vertices(identity, expression), expression)
        strain = np.clip(self.strain(field), -STRAIN_LIMIT, STRAIN_LIMIT)
        batch = (torch.from_numpy(np.asarray(a, np.float32))[None] for a in (identity, expression, strain, person))
        return self.network.codes(*batch, torch.tensor([age])), field

    @torch.inference_mode()
    def decode(self, codes, resolution=1024):
        """Displacement (resolution, resolution) float32 mm of a code (a batch of one)."""
        _check_resolution(resolution)
        size = _network_size(resolution)
        height = self.network.generator(codes, self._remembered_templates(codes, size), size)
        return _resized(height[0, 0].contiguous().numpy(), resolution)

    def encode(self, displacement):
        """The code (a batch of one) of a displacement map (R, R) in mm: the encoder's answer, refined by descent."""
        displacement = np.asarray(displacement, np.float32)
        if displacement.ndim != 2 or displacement.shape[0] != displacement.shape[1] or len(displacement) < 64:
            raise ParameterError(f"A displacement map must be square, at least 64 x 64, not {displacement.shape}.")
        if not np.isfinite(displacement).all():
            raise ParameterError("The displacement map holds values that are not finite numbers.")
        target = torch.from_numpy(displacement)[None, None]
        target = F.interpolate(target, (PREVIEW, PREVIEW), mode="bilinear", antialias=True)
        with torch.inference_mode():
            start = self.network.encode(target)
        return self._refined(start, target)

    def _refined(self, codes, target, rate=0.2):
        """Codes moved towards the map by Adam through the generator, placement included, in ever smaller steps."""
        free = {name: tensor.clone().requires_grad_() for name, tensor in codes.tensors().items()}
        optimiser = torch.optim.Adam(free.values(), lr=rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, REFINEMENT_STEPS)
        best, best_error = codes, np.inf
        for _ in range(REFINEMENT_STEPS):
            optimiser.zero_grad()
            error = F.mse_loss(self.network.decode(Codes(**free), PREVIEW), target)
            if error.item() < best_error:
                best, best_error = Codes(**{k: v.detach().clone() for k, v in free.items()}), error.item()
            error.backward()
            optimiser.step()
            schedule.step()
        return best

    @cached_property
    def fingerprint(self):
        """What a `detail_controls.Style` is stored with: it means nothing to another network."""
        return zlib.crc32(self.network.mapping.identity[-1].weight.detach().numpy().tobytes())

    def _styled(self, codes, style):
        if style.model != self.fingerprint or style.numbers.size != codes.identity.numel():
            warnings.warn("The detail taken from a displacement image was made with other weights and is left out: "
                          "take it again from the image.", stacklevel=3)  # fmt: skip
            return codes
        return replace(codes, identity=codes.identity + torch.from_numpy(style.numbers).view_as(codes.identity))

    def _fade(self, size):
        return self.network.generator.fade(size)[0, 0].numpy()

    @cached_property
    def _fine_band(self):
        from .fine_band import FineBand

        return FineBand()

    def _fine(self, field, person, age, resolution, controls):
        """Pores and fine lines (resolution, resolution), mm, strained by the expression that the mesh shows."""
        height = self._fine_band.height(self.strain.grid(field), person, age, resolution)
        if not controls.local:
            return height if controls.pores == 1 else controls.pores * height
        return height * resized(controls.pores * controls.strength(FULL), resolution)

    def _remembered_templates(self, codes, size):
        """A person's templates do not depend on the expression."""
        key = (codes.variant.numpy().tobytes(), codes.warp.numpy().tobytes(), size)
        return _remembered(self._templates, key, lambda: _compact(self.network.templates(codes, size)))

    def _remembered_rest(self, codes, resolution):
        """The map of this person's relaxed face: the expression part of its code is the same for everybody."""
        parts = (codes.variant, codes.warp, codes.identity)
        key = (*(p.numpy().tobytes() for p in parts), resolution)
        return _remembered(self._rests, key, lambda: self.decode(Codes(*parts, self._relaxed), resolution))

    @cached_property
    def _relaxed(self):
        """The expression part of every relaxed face's code: no strain."""
        nobody = np.zeros(IDENTITY_SIZE), np.zeros(len(self.base.expression_names)), np.zeros(PERSON_CODE_SIZE)
        return self.codes(*nobody, YOUNGEST).expression


def save_codes(path, codes):
    """Codes as npz: `variant`, `warp`, `identity`, `expression` float32, see `dnpm.Codes`."""
    np.savez_compressed(path, **{name: tensor.numpy() for name, tensor in codes.tensors().items()})


def _check_resolution(resolution):
    if not 64 <= resolution <= LARGEST:
        raise ParameterError(f"The resolution must lie between 64 and {LARGEST}, not at {resolution}.")


def _network_size(resolution):
    """The size at which the network makes a map of this resolution."""
    return next((size for size in (PREVIEW, FULL) if resolution <= size), FINEST)


def _compact(templates):
    """What the generator reads of templates: beyond the preview's, only what an octave adds."""
    return Templates({PREVIEW: templates.maps[PREVIEW]}, templates.octaves)


def _resized(height, resolution):
    """A map (R, R) at another resolution, smooth between its texels."""
    if len(height) == resolution:
        return height
    size = (resolution, resolution)
    if resolution > len(height):
        import cv2

        return cv2.resize(height, size, interpolation=cv2.INTER_CUBIC)
    return F.interpolate(torch.from_numpy(height)[None, None], size, mode="bicubic", antialias=True)[0, 0].numpy()


def _strained_share(magnitude, resolution):
    """Where an expression reaches the skin, (resolution, resolution) in 0..1: the network's answer counts there only.

    magnitude : (G, G) strain, zero where it is not known, at the rims: what lies beside them decides there.
    """
    near = F.max_pool2d(torch.from_numpy(magnitude)[None, None], 5, stride=1, padding=2)
    x = ((near - STRAINED[0]) / (STRAINED[1] - STRAINED[0])).clamp(0, 1)
    share = F.avg_pool2d(x * x * (3 - 2 * x), 3, stride=1, padding=1, count_include_pad=False)
    return F.interpolate(share, (resolution, resolution), mode="bilinear", align_corners=False)[0, 0].numpy()


def _remembered(memory, key, make):
    """`memory[key]`, made where it is not there; the longest unused of more than a few goes."""
    if key not in memory:
        memory[key] = make()
        while len(memory) > REMEMBERED_PERSONS:
            memory.popitem(last=False)
    memory.move_to_end(key)
    return memory[key]


def _state(tensors):
    """Network tensors from their stored names; int8 planes carry their scale beside them."""
    state = {k.removeprefix("network."): np.asarray(v) for k, v in tensors.items() if k.startswith("network.")}
    planes = state.pop("placement.planes") * state.pop("placement.planes_scale").astype(np.float16)
    tensors = {name: torch.from_numpy(array.astype(np.float32)) for name, array in state.items()}
    return {**tensors, "placement.planes": torch.from_numpy(planes)}


def _limited(values, limit, what):
    if np.abs(values).max(initial=0) > limit:
        warnings.warn(f"The {what} lies beyond {limit} standard deviations; the detail uses {limit}.", stacklevel=3)
    return np.clip(values, -limit, limit)
