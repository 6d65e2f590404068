"""Every text that a user meets inside Blender, in one place.

Labels and tooltips of properties, operators and panels are translated by Blender itself; what is put together at run
time goes through `message`. A translation is one more dictionary in `TRANSLATIONS`.
"""
import bpy

TAB = "Detailed3DMM"

# locale -> {(context, text): translated text}, as bpy.app.translations.register takes it
TRANSLATIONS = {}

PANEL_FACE = "Face"
PANEL_SHAPE = "Shape"
PANEL_COEFFICIENTS = "Raw Coefficients"
PANEL_EXPRESSION = "Expression"
PANEL_PERSON = "Age and Person"
PANEL_DETAIL = "Wrinkles"
PANEL_REGIONS = "By Region"
PANEL_TRANSFER = "Transfer"
PANEL_BAKE = "Bake"
PANEL_SKIN = "Skin and Eyes"
PANEL_STUDIO = "Studio"

LABEL_MASK = "Painted Mask"
NO_FACE_HINT = "Add a face, or select one"

LABELS = {
    "brows": "Brows", "eyes": "Eyes", "nose": "Nose and Cheeks", "jaw": "Jaw", "mouth": "Mouth", "all": "Everything",
    "browInnerUp": "Inner Up", "browOuterUp": "Outer Up", "browDown": "Down",
    "eyeBlink": "Blink", "eyeSquint": "Squint", "eyeWide": "Wide", "cheekSquint": "Cheek Raise",
    "eyeLookUp": "Look Up", "eyeLookDown": "Look Down", "eyeLookIn": "Look In", "eyeLookOut": "Look Out",
    "noseSneer": "Sneer", "cheekPuff": "Cheek Puff",
    "jawOpen": "Open", "jawForward": "Forward", "jawRight": "To the Right", "jawLeft": "To the Left",
    "mouthClose": "Lips Together",
    "mouthSmile": "Smile", "mouthFrown": "Frown", "mouthDimple": "Dimple", "mouthStretch": "Stretch",
    "mouthUpperUp": "Upper Lip Up", "mouthLowerDown": "Lower Lip Down", "mouthPress": "Press",
    "mouthPucker": "Pucker", "mouthFunnel": "Funnel", "mouthRollUpper": "Roll Upper Lip",
    "mouthRollLower": "Roll Lower Lip", "mouthShrugUpper": "Shrug Upper Lip", "mouthShrugLower": "Shrug Lower Lip",
    "mouthRight": "To the Right", "mouthLeft": "To the Left",
    "gaze_horizontal": "Gaze Sideways", "gaze_vertical": "Gaze Up",
    "_R": "Right", "_L": "Left",
}

DETAIL_LABELS = {
    "folds": "Folds", "wrinkles": "Wrinkles", "pores": "Pores", "memory": "Crease Memory",
    "photo": "Photo Relief",
    "forehead": "Forehead", "glabella": "Between Brows", "nose": "Nose", "mouth": "Mouth", "chin": "Chin",
    "neck": "Neck", "crows_feet": "Crow's Feet", "under_eyes": "Under Eyes", "cheeks": "Cheeks",
    "nasolabial": "Smile Lines",
}

TIPS = {
    "detail_folds": "Strength of what is wider than about 12 mm: bulges and broad folds",
    "detail_wrinkles": "Strength of wrinkles and creases narrower than about 12 mm",
    "detail_pores": "Strength of pores and fine lines: in the displacement from 2048 pixels on, else in the material",
    "detail_memory": "How much of its creases the relaxed face keeps: 0 none, 1 as its age says, 2 twice as much",
    "detail_photo": "Scars, moles and lines that the photo shows beyond the wrinkles of the model; they fade where an "
                    "expression folds the skin anew",
    "region": "Multiplies the height of everything in this region",
    "mask": "Painted strength of the wrinkles on the face's UVs: white keeps them, black takes them away",
    "gaze_horizontal": "Both eyes look to the face's left (positive) or right",
    "gaze_vertical": "Both eyes look up (positive) or down",
    "both": "The left and the right side together: {name}",
    "identity": "Coefficients of the face's shape, in standard deviations of the training faces",
    "person": "Where this person's creases lie: independent numbers, in standard deviations",
    "age": "Age in years: how deep and how early the skin folds, and which creases stay at rest",
    "use_detail": "Let wrinkles follow the face's shape and expression",
    "detail_strength": "Multiplies the height of every wrinkle",
    "live": "Update the wrinkles while sliders move and during playback. Off: only Bake updates them",
    "preview_resolution": "Size of the displacement image while a slider moves",
    "final_resolution": "Size of the displacement image once the hand rests, for renders and for baking",
    "detail_mode": "How the displacement image changes the surface",
    "link_sides": "One slider for the left and the right side",
    "character_preset": "Replace this face's shape, age and skin by a ready-made character",
    "expression_preset": "Put a ready-made expression on this face",
    "skin_seed": "Where freckles, moles and single hairs lie",
    "image": "The displacement image of this face, in millimetres",
}

NO_PRESET = ("NONE", "Presets", "Choose one to apply it")

RESOLUTIONS = {size: str(size) for size in (128, 256, 512, 1024, 2048, 4096)}
DETAIL_MODES = (
    ("BUMP", "Bump", "Shading only: the fastest, for the viewport and EEVEE"),
    ("MODIFIER", "Modifier", "Subdivision and Displace modifiers: real geometry in the viewport and in every engine"),
    ("ADAPTIVE", "Adaptive", "Cycles' adaptive subdivision: real geometry in the render as fine as its pixels"),
)
UNITS = (
    ("mm", "Millimetres", "Of floating-point values"),
    ("cm", "Centimetres", "Of floating-point values"),
    ("m", "Metres", "Of floating-point values"),
)
SOURCES = (
    ("expression_of", "Swapped Expression Detail", "Let the wrinkles follow this face's own expression again"),
    ("style", "Detail from Image", "Forget how deep the image's creases were; where they lie stays with the person"),
)
BAKE_TARGETS = (
    ("PACKED", "In the File", "Pack the displacement image into the blend file"),
    ("EXR", "OpenEXR", "Also write a 32-bit OpenEXR file, in millimetres"),
    ("PNG", "16-bit PNG", "Also write a 16-bit PNG file, its range in millimetres in the text chunk"),
)

ERROR_NO_FACE = "Select a face made with Add Face."
ERROR_OBJECT_MODE = "Leave Edit Mode first."
ERROR_NOT_OBJECT_MODE = "Go to Object Mode first."
ERROR_LINKED = "This face is linked from another file: edit it there, or append it instead."
ERROR_TOPOLOGY = "This face's vertices or shape keys were changed, or another version made it: its sliders no longer " \
    "fit. Add a new face."
ERROR_NEEDS_TORCH = "Wrinkles need PyTorch: install the extension package that brings it, or run " \
    "\"pip install torch\" with Blender's own Python."
NEEDS_OPENCV = "Pores in the displacement need OpenCV: without it they stay in the material. The extension package " \
    "that brings PyTorch brings it too."
ERROR_FOLDER = "Choose where to write the file: {path} is not inside an existing folder."
ERROR_WRITE = "Cannot write {path}: {reason}."

ERROR_TWO_FACES = "Select two faces."
ERROR_NOTHING_TO_CLEAR = "This face shows its own detail."

STATUS_JOB = "{name} … {percent} %   ESC: cancel"
REPORT_CANCELLED = "Cancelled: nothing was changed"
REPORT_MASK = "{name}: paint it in Texture Paint mode. White keeps wrinkles, black takes them away"
REPORT_WORN = "The face shows {share} % of the image's relief"
REPORT_BAKED = "Baked {size} x {size} pixels, {low:.2f} to {high:.2f} mm"
REPORT_BAKED_TO = "Baked {size} x {size} pixels, {low:.2f} to {high:.2f} mm, to {path}"
REPORT_SAVED = "Saved {path}"
REPORT_KEYED = "Set keyframes on {count} expression keys at frame {frame}"

PANEL_OWN_BASE = "Own Base"
OWN_BASE_SHAPES = (
    ("MODEL", "The Model's", "The mean face of the model"),
    ("FACE", "The Active Face's", "The shape of the active face, on the model's topology"),
)
ERROR_NOT_OWN_BASE = "Select a mesh made with Import Own Base."
ERROR_OWN_BASE_FACE = "Choose the face that drives this mesh."
ERROR_OWN_BASE_UV = "This model came without texture coordinates: import it again with its UV file."
ERROR_OWN_BASE_CHANGED = "This mesh was changed since it was imported: import it again."
REPORT_OWN_BASE = "{name}: half of the face lies within {median:.2f} mm of ours bent onto it, 95 % within {high:.2f} mm"

PANEL_SPEECH = "Speak"
PANEL_PERFORMANCE = "Performance"
PANEL_VISEMES = "Sounds"
PANEL_SPEECH_BAKE = "Bake"
PANEL_CORRECTIONS = "Corrections"
PANEL_SHOT = "Wrinkles for the Shot"
LABEL_TRANSCRIPT = "Transcript"
LABELS |= {"head": "Head"}
SPEECH_HEADS = (
    ("BONE", "Head Bone", "A bone bends the neck: that of the face's armature, or a new one where it has none"),
    ("OBJECT", "Object", "The whole object turns, through its delta rotation; its own rotation stays yours"),
)
SPEECH_EMOTIONS = (
    ("neutral", "Neutral", ""), ("happy", "Happy", ""), ("sad", "Sad", ""), ("angry", "Angry", ""),
    ("surprised", "Surprised", ""), ("afraid", "Afraid", ""), ("disgusted", "Disgusted", ""),
)
# identifier, name, tip, settings that differ from the defaults
SPEECH_PRESETS = (
    ("NATURAL", "Natural", "As people speak", {}),
    ("CALM", "Calm", "Read or told quietly", {"intensity": 0.85, "upper_face": 0.6, "head": 0.6, "style": -0.15}),
    ("LIVELY", "Lively", "Told with the whole face", {"intensity": 1.15, "upper_face": 1.5, "head": 1.5, "style": 0.2}),
    ("CLEAR", "Over-Articulated", "Every sound to be read off the lips", {"style": 1.0, "intensity": 1.1}),
    ("MUMBLED", "Mumbled", "The lips hardly part", {"style": -1.0, "head": 0.7, "upper_face": 0.7}),
    ("MOUTH", "Mouth Only", "Nothing but the mouth moves", {"upper_face": 0.0, "blinks": 0.0, "head": 0.0}),
)
TIPS |= {
    "speech_filepath": "Recording to speak: WAV, MP3, FLAC or Ogg, of any language and speaker",
    "speech_transcript": "What is said, as a text of this file: sharpens the timing, and may be left empty",
    "speech_automatic": "Where no transcript is given, English words are looked for and used as far as they fit; "
                        "other languages follow the sound alone",
    "speech_start": "Frame at which the recording begins",
    "speech_preset": "Set the sliders below for a manner of speaking",
    "intensity": "Size of everything that the face does",
    "jaw": "How far the jaw opens",
    "lips": "How far the lips round, spread and part",
    "upper_face": "How much brows and cheeks move with the voice",
    "blinks": "How often the eyes blink; 0 never",
    "head": "How much the head moves with the voice",
    "style": "From mumbled (-1) to over-articulated (1)",
    "emotion": "Expression that lies under the words",
    "emotion_strength": "Strength of that expression",
    "smoothing": "Softer, slower movements; lips that must close still do",
    "speech_seed": "Blinks, glances and gestures by chance: the same seed gives the same take",
    "offset": "Seconds by which the face is late (positive) or early (negative) against the sound",
    "viseme": "Strength of the sounds {name}",
    "layered": "Mouth, blinks, eyes, brows and head as NLA strips of their own, to be mixed and moved",
    "replace": "Earlier bakes of this recording, and others that overlap, go. One that was edited by hand is kept as "
               "an action without users. Off: those that overlap are muted. Other animation is never touched",
    "add_sound": "Put the recording into the sequencer at the same frame and keep playback in step with it",
    "markers": "A marker on the timeline for each sound",
    "extend": "Let the scene last until the end of the recording",
    "head_target": "What turns with the head",
    "head_bone": "Bone of the face's armature that turns; empty for the one called head",
    "range": "Frames to bake again: hand keys outside keep their shape",
    "range_blend": "Frames inside each end of the range over which what was there goes into what is new",
    "shot_folder": "Where the displacement of each frame is written, // is the blend file's folder",
    "show_shot": "Show the baked sequence instead of live wrinkles: it needs neither the add-on nor time",
}
ERROR_SPEECH_NEEDS = "Speech needs the Python package {module}: install the extension package that brings it, or run " \
    "\"pip install {module}\" with Blender's own Python."
ERROR_NO_WORDS = "No words were heard yet: speak a recording in English with automatic words first."
ERROR_NO_RECORDING = "Choose a recording first: a WAV, MP3, FLAC or Ogg file."
ERROR_FRAME_RATE = "The scene has {scene:g} frames a second, the take {curves:g}: bake it again."
ERROR_REBAKE_RATE = ("The face was baked at {baked:g} frames a second and plays at {scene:g} now: speak the whole "
                     "recording again, or set the frame rate back.")
ERROR_TWEAK_MODE = "Leave Tweak Mode in the NLA editor first."
ERROR_NLA_OFF = "This face's NLA tracks are switched off: switch them on in the NLA editor first."
ERROR_HEAD_BONE = "Choose the bone of {rig} that is the head, or let the object turn."
ERROR_AXIS_ANGLE = "Give the face an Euler or quaternion rotation first, or let a bone turn."
ERROR_NO_BAKE = "Bake a recording onto this face first."
ERROR_RANGE = "The take has no frames between {first} and {last}."
REPORT_SPOKEN = "{name}: {keys} keyframes from frame {first} to {last}"
REPORT_KEPT = "The earlier bake had been edited and is kept as {names}"
REPORT_NO_AUDIO = "This Blender has no audio: the face speaks, the sequencer stays as it is"
REPORT_WORDS = "The words are in the text {name}: correct them there and speak again"
REPORT_REBAKED = "Baked frames {first} to {last} again"
ERROR_SHOT_FOLDER = "Save the blend file first, or choose a folder that does not begin with //."
ERROR_SHOT_FOREIGN = "{path} was not written by this face's bake: choose another folder."
REPORT_SHOT = "Frames {first} to {last}: {drawn} drawn, {copied} like another frame, {kept} as they were"

PANEL_PHOTO = "From a Photo"
PANEL_PHOTO_OPTIONS = "Options"
LABEL_SEEN = "Seen in the Photo, the Rest Is Usual:"
LABEL_SEEN_PARTS = {"creases": "Creases", "age": "Age"}
_SEEN = ((0.05, "nothing"), (0.25, "little"), (0.5, "some"), (0.75, "much"), (1.0, "nearly all"))  # up to which share
TIPS |= {
    "photo_filepath": "Photo of the person: JPEG, PNG, TIFF, WebP or BMP",
    "photo_face": "Which face, where the photo shows several: counted from the left",
    "photo_more": "Another photo of the same person, for the shape of the face",
    "photo_texture": "Make the skin's texture of the photo, its light taken away; off: painted skin of the same tone",
    "photo_lights": "Add the light that the photo was taken in, as soft suns in a collection of their own",
    "photo_pack": "Keep the photo in the blend file; off: it is linked",
    "photo_frame": "Make the photo's camera the scene's, and renders as large as the photo",
    "photo_age": "Age in years: how deep the skin folds",
    "photo_age_known": "Say how old the person is; otherwise the age is read from the photo, as far as that shows it",
    "photo_strength": "How far the photo's texture covers the painted skin",
    "photo_opacity": "How far the photo covers what the camera sees behind or before the face",
    "landmarker": "Google's face_landmarker.task, which you download yourself: faces in photos are then found with its "
                  "478 landmarks, irises with them, and mouths by its scores too. Empty: with the network that is "
                  "installed",
    "photo_front": "Show the photo before the face, to compare them",
}
ERROR_NO_PHOTO = "Choose a photo first: JPEG, PNG, TIFF, WebP or BMP."
ERROR_PHOTO_NEEDS = "Faces from photos need the Python package {module}: install the extension package that brings " \
    "it, or run \"pip install {package}\" with Blender's own Python."
ERROR_NO_PHOTO_FACE = "Select a face made from a photo, or one of its pins."
ERROR_NO_PINS = "Show the landmark pins and move one first."
ERROR_PHOTO_GONE = "The photo {path} was moved or removed, and the blend file keeps no copy: put it back."
REPORT_REFITTED = "{name} fitted to {count} pins, half of the landmarks lie within {share:.1f} % of the eye distance"
REPORT_FACES = "Faces in the photo: {count}"
REPORT_RECONSTRUCTED = "{name}: half of the landmarks lie within {share:.1f} % of the eye distance of the face"


def seen(share):
    """How much of something a photo showed, 0..1, in words and as a percentage."""
    word = next((word for most, word in _SEEN if share <= most), _SEEN[-1][1])
    return f"{translated(word)} ({share:.0%})"


def label(name):
    """Translated label of an expression control, group or side."""
    return translated(LABELS[name])


def translated(text):
    """A label in the user's language, for text that Blender does not translate by itself (text put together)."""
    return bpy.app.translations.pgettext_iface(text)


def message(text, **values):
    """A report or error in the user's language, with its values filled in."""
    return bpy.app.translations.pgettext_tip(text).format(**values)
