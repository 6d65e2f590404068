"""A language model of a few words, written as CMU Sphinx stores one."""
import numpy as np

BASE = np.log(1.0001)


def packed(entries, bits):
    """Bytes of entries, each a list of numbers that take `bits` bits, little end first; one empty entry behind them."""
    whole = at = 0
    for entry in [*entries, [0] * len(bits)]:
        for number, size in zip(entry, bits, strict=True):
            whole |= int(number) << at
            at += size
    return whole.to_bytes((at + 7) // 8, "little") + bytes(8)


def written(path, words, single, pairs, triples):
    """Writes a model of `words` (sorted); probabilities and backoffs are natural logarithms.

    single : word -> (probability, backoff) ; pairs : (before, word) -> (probability, backoff) ; triples : (earlier,
    before, word) -> probability, of which (before, word) and (earlier, before) are pairs
    """
    number = {word: k for k, word in enumerate(words)}
    seconds = sorted(pairs, key=lambda pair: (number[pair[1]], number[pair[0]]))
    thirds = sorted(triples, key=lambda three: (number[three[2]], number[three[1]], number[three[0]]))
    levels = np.zeros((3, 1 << 16), "<f4")
    levels[0, : len(seconds)] = [pairs[pair][0] for pair in seconds]
    levels[1, : len(seconds)] = [pairs[pair][1] for pair in seconds]
    levels[2, : len(thirds)] = [triples[three] for three in thirds]
    first_pair = np.searchsorted([number[pair[1]] for pair in seconds], np.arange(len(words) + 1))
    place = {pair: k for k, pair in enumerate(seconds)}
    first_triple = np.searchsorted([place[three[1:]] for three in thirds], np.arange(len(seconds) + 1))
    singles = np.zeros(len(words) + 1, [("probability", "<f4"), ("backoff", "<f4"), ("first", "<u4")])
    for word, (probability, backoff) in single.items():
        singles[number[word]] = probability / BASE, backoff / BASE, 0
    singles["first"] = first_pair
    word_bits, first_bits = len(words).bit_length(), len(thirds).bit_length()
    entries = [[number[pair[0]], k, k, first_triple[k]] for k, pair in enumerate(seconds)]
    entries.append([0, 0, 0, first_triple[-1]])
    middle = packed(entries, [word_bits, 16, 16, first_bits])
    size = ((1 + len(seconds)) * (word_bits + 32 + first_bits) + 7) // 8 + 8
    last = packed([[number[three[0]], k] for k, three in enumerate(thirds)], [word_bits, 16])
    spelled = "\0".join([*words, ""]).encode()
    counts = np.array([len(words), len(seconds), len(thirds), 1], "<u4").tobytes()
    path.write_bytes(b"".join([b"Trie Language Model\x03", counts, (levels / BASE).astype("<f4").tobytes(),
                               singles.tobytes(), middle[:size], last, np.uint32(len(spelled)).tobytes(), spelled]))
    return path
