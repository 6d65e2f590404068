"""What can go wrong for a reason that the user can do something about.

`str(error)` is one sentence that says what is wrong and what to do: panels report it and the command line prints it.
"""


class Detailed3DMMError(Exception):
    """Base of every error that is shown to the user."""


class ParameterError(Detailed3DMMError):
    """A value outside what a function accepts: its name, its size, its range."""


class WeightsError(Detailed3DMMError):
    """Trained weights that are missing, truncated or altered."""


class FileFormatError(Detailed3DMMError):
    """A file that cannot be read as what it was given for."""


class AudioError(Detailed3DMMError):
    """A sound file that cannot be spoken from: not audio, empty, cut off, damaged, or gone."""


class PhotoError(Detailed3DMMError):
    """A picture that no face can be taken from: not a picture, cut off, too large, or without a face that will do."""
