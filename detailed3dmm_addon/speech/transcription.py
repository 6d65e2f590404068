"""Words of English speech, written down by Moonshine Tiny (Jeffries et al. 2024, arXiv:2410.15608; MIT licence).

The recogniser hears pieces of some seconds. It always answers with English, whatever it hears: who uses its words has
to see that they fit (`alignment`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core.errors import Detailed3DMMError
from ..core.memory import give_back
from . import transcription_models as models
from .audio import RATE

TOKENS_A_SECOND = 6.5  # English speech has fewer; a decoder that goes round in circles has no end
BATCH = 4  # pieces decoded at once: what a step costs is reading the weights
REPEATED = 3  # times in a row that words come before they are taken for a circle
_START, _END = 1, 2
_KEYS = "past_key_values."  # what the decoder's inputs of earlier steps are called; its outputs begin with "present."
_SHORTEST = RATE // 4  # samples that the encoder needs at least


def is_available():
    """Whether words can be written down here: the models and ONNX Runtime are there."""
    return not what_is_missing()


def what_is_missing():
    """A sentence on what automatic transcripts lack here; empty where nothing is missing."""
    from importlib.util import find_spec

    if find_spec("onnxruntime") is None:
        return "Automatic transcripts need the Python package onnxruntime, which the extension package brings."
    if models.are_there():
        return ""
    return (
        "Automatic transcripts need networks that are missing: install Detailed3DMM again, or in a checkout run "
        "python3 tools/speech_models.py."
    )


@dataclass(frozen=True)
class Transcriber:
    """The recogniser.

    encoder, decoder : onnxruntime.InferenceSession; tokens : list of bytes, what each token writes
    """

    encoder: object
    decoder: object
    tokens: list

    def written(self, pieces):
        """Words of pieces of a recording.

        Parameters
        ----------
        pieces : list of (N,) float32, 16 kHz, -1..1

        Returns
        -------
        list of str, empty where nothing was understood
        """
        order = sorted(range(len(pieces)), key=lambda k: len(pieces[k]))  # those in a batch end at about the same step
        batches = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
        with ThreadPoolExecutor(1) as other:  # two threads in all: this one hears, too, which takes less memory
            half = other.submit(self._batches, pieces, batches[1::2])
            texts = self._batches(pieces, batches[::2]) | half.result()
        return [texts[k] for k in range(len(pieces))]

    def _batches(self, pieces, batches):
        """Words by number of the piece, one batch (numbers of pieces) after another."""
        return {k: text for batch in batches
                for k, text in zip(batch, self._batch([pieces[k] for k in batch]), strict=True)}  # fmt: skip

    def _batch(self, pieces):
        heard = [self._encoded(np.pad(piece, (0, max(_SHORTEST - len(piece), 0)))) for piece in pieces]
        return [without_circles(self._text(tokens)) for tokens in self._decoded(heard)]

    def _encoded(self, samples):
        """(T, 288) of one piece, alone: padding would change what the encoder's normalisation over time makes of it."""
        feed = {"input_values": samples[None], "attention_mask": np.ones((1, len(samples)), np.int64)}
        return self.encoder.run(None, feed)[0][0]

    def _decoded(self, heard):
        """Lists of tokens, the likeliest at each step, of pieces (T, 288) of any lengths."""
        most = [int(len(piece) * models.SAMPLES_A_FRAME / RATE * TOKENS_A_SECOND) + 1 for piece in heard]
        tokens, rows = [[] for _ in heard], np.arange(len(heard))
        last, past = np.full((len(heard), 1), _START), self._nothing_yet(len(heard))
        feed = _padded(heard)
        while len(rows):
            logits, past = self._step(feed, last, past)
            last = logits[:, -1].argmax(-1)[:, None]
            for row, token in zip(rows, last[:, 0].tolist(), strict=True):
                tokens[row].append(token)
            going = np.array([tokens[row][-1] != _END and len(tokens[row]) < most[row] for row in rows])
            if not going.all():
                rows, last = rows[going], last[going]
                for arrays in (feed, past):  # one by one: together they take more memory than the recogniser
                    for name in arrays:
                        arrays[name] = arrays[name][going]
        return tokens

    def _nothing_yet(self, count):
        """The keys and values before the first step."""
        shapes = {i.name: (count, i.shape[1], 1, i.shape[3]) for i in self.decoder.get_inputs()
                  if i.name.startswith(_KEYS)}  # fmt: skip
        return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}

    def _step(self, feed, last, past):
        """Logits (B, 1, tokens) after one more token, and all keys and values; those of the sound stay as they were."""
        first = next(iter(past.values())).shape[2] == 1 and (last == _START).all()
        changing = [name for name in past if first or ".decoder." in name]
        wanted = ["logits", *(name.replace(_KEYS, "present.") for name in changing)]
        logits, *values = self.decoder.run(
            wanted, {**feed, **past, "input_ids": last, "use_cache_branch": np.array([not first])}
        )
        return logits, {**past, **dict(zip(changing, values, strict=True))}

    def _text(self, tokens):
        pieces = [self.tokens[token] for token in tokens]
        written = b"".join(piece for piece in pieces if not (piece.startswith(b"<") and piece.endswith(b">")))
        return written.decode("utf-8", errors="ignore").replace("▁", " ").strip()


def without_circles(text):
    """The text up to where the same words come again and again: a decoder that lost its way repeats itself."""
    words = text.split()
    for start in range(len(words)):
        for size in range(1, (len(words) - start) // REPEATED + 1):
            once = words[start : start + size]
            if words[start : start + REPEATED * size] == REPEATED * once:
                return " ".join(words[: start + size])
    return text


def _padded(heard):
    """What the decoder reads of encoded pieces (T, 288) of any lengths, made one array."""
    longest = max(map(len, heard))
    states = np.stack([np.pad(piece, ((0, longest - len(piece)), (0, 0))) for piece in heard])
    mask = np.arange(longest) < np.array([[len(piece)] for piece in heard])
    # The decoder takes the mask of samples and keeps one of each frame.
    mask = np.repeat(mask, models.SAMPLES_A_FRAME, axis=1)
    return {"encoder_hidden_states": states, "encoder_attention_mask": mask.astype(np.int64)}


@lru_cache(maxsize=1)
def transcriber():
    """The installed one.

    Raises
    ------
    WeightsError
        If its models are missing or altered.
    Detailed3DMMError
        If ONNX Runtime is missing.
    """
    tokens = token_table(models.read(models.TOKENS))
    paths = [models.checked(name) for name in (models.ENCODER, models.DECODER)]
    try:
        import onnxruntime
    except ImportError as error:
        raise Detailed3DMMError(what_is_missing()) from error
    options = _options(onnxruntime)
    sessions = [onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
                for path in paths]  # fmt: skip
    give_back()  # sessions are made of copies of copies: 60 MB
    return Transcriber(*sessions, tokens)


def _options(onnxruntime):
    """Of a session: one thread, since pieces are heard side by side; what it takes in memory is given back."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3  # errors alone
    return options


def token_table(content):
    """What each token writes, as bytes: its length (from 128 on in two bytes, the lower first), then the bytes."""
    tokens, at = [], 0
    while at < len(content):
        size, at = content[at], at + 1
        if size >= 128:
            size, at = size - 128 + 128 * content[at], at + 1
        tokens.append(content[at : at + size])
        at += size
    return tokens
