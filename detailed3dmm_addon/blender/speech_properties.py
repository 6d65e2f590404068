"""What a face stores of how it speaks."""
import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ..speech.phones import VISEMES
from . import compat, strings

STILL = set()  # not animatable: a bake reads it
OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}
SLIDERS = ("intensity", "jaw", "lips", "upper_face", "blinks", "head", "style", "emotion_strength", "smoothing")
_RANGES = {"style": (-1.0, 1.0, 0.0), "smoothing": (0.0, 1.0, 0.0), "emotion_strength": (0.0, 2.0, 1.0)}
_PREFIX = "viseme_"
VISEME_PROPERTIES = {group: _PREFIX + group.lower().replace(" ", "_") for group in VISEMES}


def _slider(name):
    low, high, default = _RANGES.get(name, (0.0, 2.0, 1.0))
    return FloatProperty(
        name=name.replace("_", " ").title(), description=strings.TIPS[name], min=low, max=high, default=default,
        precision=2, options=STILL, override=OVERRIDABLE)


def _viseme(group):
    return FloatProperty(name=group, description=strings.TIPS["viseme"].format(name=group), min=0.0, max=2.0,
                         default=1.0, precision=2, options=STILL, override=OVERRIDABLE)


def _choose_preset(settings, _context):
    chosen = next(values for identifier, _name, _tip, values in strings.SPEECH_PRESETS
                  if identifier == settings.preset)
    for name in SLIDERS:
        if not name.startswith("emotion"):
            setattr(settings, name, chosen.get(name, _RANGES.get(name, (0, 0, 1.0))[2]))


class DETAILED3DMM_PG_speech(bpy.types.PropertyGroup):
    """Recording, performance and bake of a face that speaks."""
    __annotations__ = {
        "filepath": StringProperty(name="Recording", description=strings.TIPS["speech_filepath"], subtype="FILE_PATH",
                                   options=compat.path_options(), override=OVERRIDABLE),
        "transcript": PointerProperty(type=bpy.types.Text, name="Transcript",
                                      description=strings.TIPS["speech_transcript"], override=OVERRIDABLE),
        "automatic": BoolProperty(name="Automatic Words", description=strings.TIPS["speech_automatic"], default=True,
                                  options=STILL, override=OVERRIDABLE),
        "start": IntProperty(name="Start", description=strings.TIPS["speech_start"], default=1, options=STILL,
                             override=OVERRIDABLE),
        "preset": EnumProperty(name="Manner", description=strings.TIPS["speech_preset"],
                               items=[preset[:3] for preset in strings.SPEECH_PRESETS], update=_choose_preset,
                               options=STILL),
        **{name: _slider(name) for name in SLIDERS},
        "emotion": EnumProperty(name="Emotion", description=strings.TIPS["emotion"], items=strings.SPEECH_EMOTIONS,
                                options=STILL, override=OVERRIDABLE),
        "seed": IntProperty(name="Seed", description=strings.TIPS["speech_seed"], min=0, options=STILL,
                            override=OVERRIDABLE),
        "offset": FloatProperty(name="Timing", description=strings.TIPS["offset"], min=-2.0, max=2.0, soft_min=-0.3,
                                soft_max=0.3, step=1, precision=3, unit="TIME_ABSOLUTE", options=STILL,
                                override=OVERRIDABLE),
        **{name: _viseme(group) for group, name in VISEME_PROPERTIES.items()},
        "layered": BoolProperty(name="Layers", description=strings.TIPS["layered"], options=STILL),
        "replace": BoolProperty(name="Replace", description=strings.TIPS["replace"], default=True, options=STILL),
        "add_sound": BoolProperty(name="Sound", description=strings.TIPS["add_sound"], default=True, options=STILL),
        "markers": BoolProperty(name="Markers", description=strings.TIPS["markers"], options=STILL),
        "extend": BoolProperty(name="Extend Scene", description=strings.TIPS["extend"], default=True, options=STILL),
        "head_target": EnumProperty(name="Head", description=strings.TIPS["head_target"], items=strings.SPEECH_HEADS,
                                    options=STILL),
        "head_bone": StringProperty(name="Bone", description=strings.TIPS["head_bone"], options=STILL),
        "first": IntProperty(name="First", description=strings.TIPS["range"], default=1, options=STILL),
        "last": IntProperty(name="Last", description=strings.TIPS["range"], default=50, options=STILL),
        "blend": IntProperty(name="Blend", description=strings.TIPS["range_blend"], default=3, min=0, soft_max=12,
                             options=STILL),
        "bake": StringProperty(options={"HIDDEN"}),
    }

    def performance(self):
        """The sliders as speech.take.SpeechSettings."""
        from ..speech.take import SpeechSettings
        visemes = {group: getattr(self, name) for group, name in VISEME_PROPERTIES.items() if getattr(self, name) != 1}
        return SpeechSettings(emotion=self.emotion, seed=self.seed, offset=self.offset, visemes=visemes,
                              **{name: getattr(self, name) for name in SLIDERS})

    def text(self):
        """The transcript; None where there is none."""
        return self.transcript.as_string().strip() or None if self.transcript else None
