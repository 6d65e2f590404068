"""Whole mesh from sliders on one core: `python -m benchmarks.base_model`.

Medians of processor time (other programs do not count) in one run, interleaved: the model's `vertices` for a new
expression on the same face, for a new face at rest, and for both new; and the naive dense product of all 100 + 53 modes
with all 26,719 vertices in float32.
"""
import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported: one core is what is promised

import time  # noqa: E402

import numpy as np  # noqa: E402

from detailed3dmm_addon.core.base_model import BaseModel  # noqa: E402
from detailed3dmm_addon.core.presets import expression_presets  # noqa: E402

ROUNDS = 60


def main():
    model, random = BaseModel.load(), np.random.default_rng(0)
    identities = random.normal(size=(ROUNDS, 100)).astype(np.float32)
    expressions = [model.expression(preset.expression) for preset in expression_presets()]
    rest = np.zeros(len(model.expression_names), np.float32)
    modes = np.concatenate([model.modes(range(len(model.mean))),
                            model.offsets(np.zeros(100))[:len(rest)]]).astype(np.float32).reshape(153, -1)
    flat_mean = model.mean.ravel()

    def naive(identity, expression):
        return (flat_mean + np.concatenate([identity, expression]) @ modes).reshape(-1, 3)

    times = {name: [] for name in ("new expression", "new face at rest", "new face and expression", "naive")}
    for identity, other in zip(identities, identities[::-1], strict=True):
        expression = expressions[random.integers(len(expressions))]
        for name, call in (("new face at rest", lambda: model.vertices(identity, rest)),  # noqa: B023
                           ("new expression", lambda: model.vertices(identity, expression)),  # noqa: B023
                           ("new face and expression", lambda: model.vertices(other, expression)),  # noqa: B023
                           ("naive", lambda: naive(identity, expression))):  # noqa: B023
            if name == "new expression":
                call()  # the face is known, the hand moves on
            start = time.process_time()
            call()
            times[name].append((time.process_time() - start) * 1e3)
    medians = {name: float(np.median(values)) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:25s} {value:6.2f} ms   naive / this: {medians['naive'] / value:5.1f}")


if __name__ == "__main__":
    main()
