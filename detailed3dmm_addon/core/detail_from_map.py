"""A person's creases from a displacement map, a scan's or a bake's: found by descent, kept so that they go on moving.

What a map shows under a known expression is put down to the person: the expression part of the code stays that of the
face, and where its creases lie (person code) and how its skin answers (style) are moved until the generator draws the
map. Every other expression then moves the creases that were found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional as F

from . import displacement_file
from .character import Character
from .detail_controls import DetailControls, Style, low_pass_gain, to_dict
from .dnpm import PREVIEW, Codes
from .person import PERSON_CODE_SIZE, VARIANT, WARP

_STEPS, _RATE = 60, 0.05
_LONGEST = 45.0  # mm: slower relief is the shape of the head, which the base mesh has to show
_LIMIT = 3.5  # standard deviations that person codes reached in training
_LARGEST_STYLE = 10.0
_PRIOR = 2e-4  # how much a squared standard deviation of the code costs, in shares of the map's own energy


@dataclass(frozen=True, eq=False)
class Wearer:
    """Who shows a map's creases.

    character : Character with the map's person code and style;
    explained : share 0..1 of the map's relief (squared, wavelengths up to 45 mm) that they draw
    """

    character: Character
    explained: float


def wear(model, displacement, character):
    """Give a character the creases of a map, step by step.

    Parameters
    ----------
    model : Detailed3DMM; displacement : (R, R), mm; character : Character, with the expression that the map shows

    Yields
    ------
    share 0..1 of the work that is done; the generator's value, see `steps.finished`, is a Wearer

    Raises
    ------
    ParameterError
        If the map is not square, not finite, too small, or as good as flat.
    """
    displacement_file.check_relief(displacement)
    expression = character.expression_vector(model.base.expression_names)
    own = model.codes(character.identity, expression, character.detail, character.age)
    found, error = yield from _descent(model.network, torch.from_numpy(np.asarray(displacement, np.float32)), own)
    person = _person(model, found, character)
    style = found["identity"] - model.codes(character.identity, expression, person, character.age).identity
    style = Style(np.clip(style.numpy(), -_LARGEST_STYLE, _LARGEST_STYLE), model.fingerprint)
    table = {**character.detail_controls, **to_dict(DetailControls(style=style))}
    table.pop("expression_of", None)  # the face shows the map under its own expression
    return Wearer(replace(character, detail=person, detail_controls=table), max(0.0, 1 - error))


def _descent(network, displacement, own):
    """Placement and identity style that draw a map under the expression of `own`; yields the share that is done.

    Gives {variant, warp, identity} and the error's share of the map's energy.
    """
    target = F.interpolate(displacement[None, None], (PREVIEW, PREVIEW), mode="bilinear", antialias=True)
    with torch.inference_mode():
        start = network.encode(target)
    free = {name: getattr(start, name).clone().requires_grad_() for name in ("variant", "warp", "identity")}
    expression = own.expression.clone()  # of use in descent, unlike what inference made
    fade = network.generator.fade(PREVIEW)
    target = _detail_band(target) * fade
    energy = target.square().mean()
    optimiser = torch.optim.Adam(free.values(), lr=_RATE)
    best, least = None, np.inf
    for step in range(_STEPS):
        optimiser.zero_grad()
        drawn = network.decode(Codes(**free, expression=expression), PREVIEW)
        error = F.mse_loss(_detail_band(drawn) * fade, target) / energy
        if error.item() < least:
            least, best = error.item(), {name: tensor.detach().clone() for name, tensor in free.items()}
        (error + _PRIOR * (free["variant"].square().sum() + free["warp"].square().sum())).backward()
        optimiser.step()
        yield (step + 1) / _STEPS
    return best, least


def _person(model, found, character):
    """Person code (24,) whose placement is the one found; its skin numbers stay the character's."""
    nobody = torch.zeros(1, PERSON_CODE_SIZE)
    with torch.inference_mode():
        inherited = model.network.placement.numbers(nobody, torch.from_numpy(character.identity.copy())[None])[1]
    person = character.detail.copy()
    person[VARIANT], person[WARP] = found["variant"][0].numpy(), (found["warp"] - inherited)[0].numpy()
    placement = slice(VARIANT.start, WARP.stop)
    person[placement] = np.clip(person[placement], -_LIMIT, _LIMIT)
    return person


def _detail_band(maps):
    """What of maps (1, 1, PREVIEW, PREVIEW) is shorter than `_LONGEST`."""
    gain = 1 - torch.from_numpy(low_pass_gain(PREVIEW, _LONGEST))
    return torch.fft.irfft2(torch.fft.rfft2(maps) * gain, s=maps.shape[-2:])
