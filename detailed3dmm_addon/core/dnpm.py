"""DNPM: a neural parametric model of facial displacement maps. Codes to maps (generator) and maps to codes (encoder).

After "DNPM: A Neural Parametric Model for the Synthesis of Facial Geometric Details" (ICME 2024): a style-modulated
generator driven by w+ codes, one a layer, that split into an identity and an expression part. Ours writes the paper's
V = V_p + V_r with a meaning: the templates of `creases.CreasePlacement` say where creases lie (V_p), the modulated
convolutions how deep each of them is and what else there is (V_r).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import nn
from torch.nn import functional as F

from .creases import CreasePlacement

PREVIEW, FULL, FINEST = 256, 512, 1024  # texels a side: layers work up to FULL, the templates' own detail up to FINEST
GRID = 64  # texels a side of the learned basis that the expression code mixes
LAYERS = 8
IDENTITY_STYLE, EXPRESSION_STYLE = 24, 80
LEAK = 0.2


@dataclass(frozen=True)
class Codes:
    """The latent code of B displacement maps.

    variant (B, 10), warp (B, 8) : where the person's creases lie, see `creases`;
    identity (B, LAYERS, 24), expression (B, LAYERS, 80) : w+ codes, one a layer.
    """

    variant: torch.Tensor
    warp: torch.Tensor
    identity: torch.Tensor
    expression: torch.Tensor

    def with_expression_of(self, other):
        """This person's creases under the other's expression."""
        return Codes(self.variant, self.warp, self.identity, other.expression)

    def blend(self, other, share):
        """Linear interpolation, `share` of the other."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Codes(*(torch.lerp(a, b, share) for a, b in pairs))

    def styles(self):
        """What modulates each layer, (B, LAYERS, 104)."""
        return torch.cat([self.identity, self.expression], -1)

    def tensors(self):
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True)
class Templates:
    """Crease templates of B persons: `maps` size -> (B, families, size, size) mm, and `octaves`, size -> what they show
    at that size and not at half of it."""

    maps: dict
    octaves: dict

    @classmethod
    def of(cls, maps):
        """From maps of successive sizes, each twice the one before."""
        octaves = {s: maps[s] - _upsampled(maps[s // 2], "bicubic") for s in maps if s // 2 in maps}
        return cls(maps, octaves)


class ModulatedConv(nn.Module):
    """3 x 3 convolution whose input channels are scaled by a style (Karras et al. 2020), without demodulation:
    the depth of a crease is an amplitude and must survive."""

    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.style = nn.Linear(IDENTITY_STYLE + EXPRESSION_STYLE, channels_in)
        self.conv = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        nn.init.normal_(self.style.weight, std=0.02)
        nn.init.ones_(self.style.bias)

    def forward(self, x, style):
        scale = self.style(style)
        if len(x) == 1:  # scaling the weights touches less memory than scaling a map
            x = F.conv2d(x, self.conv.weight * scale[:, :, None, None], self.conv.bias, padding=1)
        else:
            x = self.conv(x * scale[:, :, None, None])
        return F.leaky_relu(x, LEAK)


class BasisSynthesis(nn.Module):
    """The generator's start: smooth fields (B, 20, 64, 64) mixed linearly by a style, beside constant ones.

    Where StyleGAN starts from one constant, this starts from as many as the code has numbers; those of the expression
    are initialised with the principal strain fields, so that the first fields are the skin's strain.
    """

    def __init__(self, mixed=8, constant=12):
        super().__init__()
        self.style = nn.Linear(IDENTITY_STYLE + EXPRESSION_STYLE, EXPRESSION_STYLE)
        self.basis = nn.Parameter(0.01 * torch.randn(EXPRESSION_STYLE, mixed, GRID, GRID))
        self.mean = nn.Parameter(torch.zeros(mixed, GRID, GRID))
        self.constant = nn.Parameter(0.1 * torch.randn(constant, GRID, GRID))
        self.channels = mixed + constant

    @torch.no_grad()
    def start_from(self, fields, mean, constant):
        """Strain fields (80, n, G, G) of the standardised coefficients, their mean (n, G, G), and fields (m, G, G) that
        are the same for every face."""
        self.style.weight.copy_(torch.eye(EXPRESSION_STYLE, IDENTITY_STYLE + EXPRESSION_STYLE).roll(IDENTITY_STYLE, 1))
        self.style.bias.zero_()
        self.basis[:, : len(mean)], self.mean[: len(mean)] = fields, mean
        self.constant[: len(constant)] = constant

    def forward(self, style):
        mixed = torch.einsum("bc,ckhw->bkhw", self.style(style), self.basis) + self.mean
        return torch.cat([mixed, self.constant.expand(len(style), -1, -1, -1)], 1)


class Generator(nn.Module):
    """Codes -> displacement in mm, octave by octave.

    Layers make a complete map at 256: a gain per texel for each crease template, plus a residual. Every further octave
    adds what the templates show at that size and did not before, at gains that two more layers correct, along with the
    sum at 512: these layers see 2 x 2 texels of it as channels of one, which costs half of what they would at 512
    (sub-pixel convolution, Shi et al. 2016).

    families : how many crease templates a person has.
    """

    def __init__(self, families):
        super().__init__()
        self.start = BasisSynthesis()
        widths = (self.start.channels, 48, 48, 27)
        self.coarse = nn.ModuleList([ModulatedConv(*pair) for pair in zip(widths, widths[1:], strict=False)])
        self.middle = nn.ModuleList([ModulatedConv(27 + families, 16), ModulatedConv(16, 16)])
        self.gain = nn.Conv2d(16, families, 1)
        self.residual = nn.Conv2d(16, 1, 1)
        self.fine = nn.ModuleList([ModulatedConv(16 + 4 * families + 1, 16), ModulatedConv(16, 16)])
        self.fine_gain = nn.Conv2d(16, families, 1)
        self.fine_residual = nn.Conv2d(16, 4, 1)
        # The flat face is where learning starts.
        for layer in (self.gain, self.residual, self.fine_gain, self.fine_residual):
            nn.init.normal_(layer.weight, std=1e-3)
            nn.init.zeros_(layer.bias)
        self.register_buffer("rim_fade", torch.ones(1, 1, FULL, FULL))
        self._fades = {}

    def forward(self, codes, templates, size=FULL):
        """(B, 1, size, size) in mm.

        codes : Codes; templates : Templates up to this size; size : PREVIEW, FULL or FINEST
        """
        features, gain, height = self.preview(codes, self.features(codes), templates.maps[PREVIEW])
        if size >= FULL:
            gain, height = self.refined(codes, features, gain, height, templates.octaves[FULL])
        if size >= FINEST:
            height = self.sharpened(gain, height, templates.octaves[FINEST])
        return height * self.fade(size)

    def features(self, codes):
        """What the whole face does, (B, 27, 128, 128)."""
        styles = codes.styles()
        x = self.coarse[0](self.start(styles[:, 0]), styles[:, 1])
        x = self.coarse[1](x, styles[:, 2])
        return self.coarse[2](_upsampled(x), styles[:, 3])

    def preview(self, codes, features, templates):
        """Features (B, 16, 2H, 2W), gains (B, families, 2H, 2W) and map (B, 1, 2H, 2W), rims not faded, from features
        (B, 27, H, W) of the face or of a window in it, with its templates (B, families, 2H, 2W)."""
        styles = codes.styles()
        x = self.middle[0](torch.cat([_upsampled(features), templates], 1), styles[:, 4])
        x = self.middle[1](x, styles[:, 5])
        gain = self.gain(x)
        return x, gain, (gain * templates).sum(1, keepdim=True) + self.residual(x)

    def refined(self, codes, features, gain, height, octave):
        """The fine octaves' gains (B, families, H, W) and the map (B, 1, 2H, 2W) from what `preview` gave at (H, W) and
        the templates' octave (B, families, 2H, 2W)."""
        styles = codes.styles()
        x = self.fine[0](torch.cat([features, F.pixel_unshuffle(octave, 2), height], 1), styles[:, 6])
        x = self.fine[1](x, styles[:, 7])
        gain = gain + self.fine_gain(x)
        return gain, self.sharpened(gain, height, octave) + F.pixel_shuffle(self.fine_residual(x), 2)

    @staticmethod
    def sharpened(gain, height, octave):
        """Map of twice the texels: what the templates add in this octave, at the gains."""
        gain, height = _upsampled(gain.contiguous(), size=octave.shape[-2:]), _upsampled(height.contiguous(), "bicubic")
        for family in range(octave.shape[1]):  # one by one: their products together would not fit into the cache
            part = slice(family, family + 1)
            height = torch.addcmul(height, gain[:, part], octave[:, part])
        return height

    def fade(self, size):
        """What makes maps vanish at the rims, (1, 1, size, size); remembered until `rim_fade` changes."""
        key = (size, self.rim_fade._version)
        if key not in self._fades:
            self._fades = {k: v for k, v in self._fades.items() if k[1] == key[1]}
            with torch.inference_mode(False):  # a tensor that descent through the generator can use later
                self._fades[key] = _resized(self.rim_fade, size)
        return self._fades[key]


def standard_age(years):
    return (years - 50) / 20


class Mapping(nn.Module):
    """(skin, age, identity) and (strain, expression) -> the identity and expression parts of w+."""

    def __init__(self, strain_size=EXPRESSION_STYLE, expressions=53, identity_size=100):
        super().__init__()
        self.identity = _mlp(6 + 1 + identity_size, 128, LAYERS * IDENTITY_STYLE)
        self.expression = _mlp(strain_size + expressions, 160, LAYERS * EXPRESSION_STYLE)

    def forward(self, skin, age, identity, strain, expression):
        """w+ codes (B, LAYERS, 24) and (B, LAYERS, 80).

        skin : (B, 6); age : (B,) years; identity : (B, 100); strain : (B, 80); expression : (B, 53)
        """
        age = standard_age(age)[:, None]
        of_identity = self.identity(torch.cat([skin, age, 0.5 * identity], 1))
        of_expression = self.expression(torch.cat([strain, expression], 1)).view(-1, LAYERS, EXPRESSION_STYLE)
        # The strain itself is the code's start: the layers' basis was initialised to read it.
        return of_identity.view(-1, LAYERS, IDENTITY_STYLE), of_expression + strain[:, None]


# What the encoder reads off a map, with sizes: where creases lie and what the mapping takes; age as `standard_age`.
READ = {"variant": 10, "warp": 8, "skin": 6, "age": 1, "identity": 100, "strain": EXPRESSION_STYLE, "expression": 53}
FAINT = 0.02  # mm: what lies below is linear for the encoder, what lies above logarithmic


class Encoder(nn.Module):
    """Displacement map (B, 1, 256, 256) in mm -> a guess of what made it, dict of `READ` name -> (B, n).

    Young faces crease a hundredth as deep as old ones, so it looks at asinh(height / FAINT).
    """

    def __init__(self):
        super().__init__()
        widths = (1, 24, 32, 48, 64, 96)
        convs = []
        for a, b in zip(widths, widths[1:], strict=False):
            convs += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(8, b), nn.LeakyReLU(LEAK)]
        self.features = nn.Sequential(*convs)
        self.head = _mlp(96 * 8 * 8, 256, sum(READ.values()))

    def forward(self, displacement):
        numbers = self.head(self.features(torch.asinh(displacement / FAINT)).flatten(1))
        return dict(zip(READ, numbers.split(list(READ.values()), 1), strict=True))


class DNPM(nn.Module):
    """Placement, mapping, generator and encoder together, as they are stored."""

    def __init__(self, families, template_size=FINEST):
        super().__init__()
        self.placement = CreasePlacement(families, template_size)
        self.mapping = Mapping()
        self.generator = Generator(families)
        self.encoder = Encoder()

    def templates(self, codes, size=FULL):
        """The templates that `Generator` takes, for maps of this size."""
        return Templates.of(
            {s: self.placement(codes.variant, codes.warp, s) for s in (PREVIEW, FULL, FINEST) if s <= size}
        )

    def decode(self, codes, size=FULL):
        """Codes -> (B, 1, size, size) in mm, size PREVIEW, FULL or FINEST."""
        return self.generator(codes, self.templates(codes, size), size)

    def codes(self, identity, expression, strain, person, age):
        """Codes of faces: identity (B, 100), expression (B, 53), strain (B, 80), person (B, 24), age (B,)."""
        variant, warp, skin = self.placement.numbers(person, identity)
        return Codes(variant, warp, *self.mapping(skin, age, identity, strain, expression))

    def encode(self, displacement):
        """Codes of maps (B, 1, 256, 256) in mm: the encoder's guess through the mapping, so on its manifold."""
        read = self.encoder(displacement)
        age = 50 + 20 * read["age"][:, 0]
        of = self.mapping(read["skin"], age, read["identity"], read["strain"], read["expression"].clamp(0, 1))
        return Codes(read["variant"], read["warp"], *of)


def _mlp(inputs, hidden, outputs):
    layers = nn.Sequential(nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
    last = nn.Linear(hidden, outputs)
    nn.init.normal_(last.weight, std=0.01)
    nn.init.zeros_(last.bias)
    return layers.append(last)


def _upsampled(x, mode="bilinear", size=None):
    """Maps (B, C, H, W) at twice their size, or at `size`."""
    return F.interpolate(x, size or (2 * x.shape[-2], 2 * x.shape[-1]), mode=mode, align_corners=False)


def _resized(x, size):
    return F.interpolate(x, (size, size), mode="bilinear", antialias=True)
