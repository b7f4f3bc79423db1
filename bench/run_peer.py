"""Runs one peer's N4 as often as it is told to, in one process, so that what it compiles or loads once is told apart.

Usage: python run_peer.py simpleitk|itk|n4ax|ants

Prints a line of JSON with its versions (or the error that keeps it from running), then for each job, a line of JSON on standard input, a line with
the seconds. A job is one of run_itk.py without confidences; `field`, where the log bias field goes, may be null. Everybody gets the same array, mask, iterations
and bins, runs every iteration, and works on as many threads as it takes by itself.
"""

import json
import os
import sys
import time
from importlib.metadata import version

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "reference"))


def read(path, dtype, shape):
    return np.fromfile(path, dtype).reshape(shape)


def load_simpleitk():
    import run_itk

    return lambda job, intensity, mask: run_itk.run_simpleitk(job, intensity, mask, None)[::2], ["simpleitk"]


def load_itk():
    import itk  # noqa: F401  what it loads belongs to the start, not to a fit
    import run_itk

    return lambda job, intensity, mask: run_itk.run_itk(job, intensity, mask, None)[::2], ["itk-core"]


def load_n4ax():
    import jax
    import n4ax

    jax.config.update("jax_platforms", "cpu")

    def fit(job, intensity, mask):
        """Without over-relaxation an iteration is an iteration of N4's."""
        begin = time.perf_counter()
        _, field = n4ax.n4(
            intensity,
            mask,
            iters=tuple(job["iterations"]),
            over_relax=1.0,
            conv_threshold=0.0,
            nbins=job["bins"],
            fwhm=job["fwhm"],
            wiener=job["wienerNoise"],
            return_bias=True,
        )
        field = np.asarray(jax.block_until_ready(field))
        return field, time.perf_counter() - begin

    return fit, ["n4ax", "jax"]


def load_ants():
    import ants

    def fit(job, intensity, mask):
        """Its arrays are [x, y, z]; the mesh is given in spans."""
        spacing = job["spacing"][::-1]
        image = ants.from_numpy(np.ascontiguousarray(intensity.T), spacing=spacing)
        inside = ants.from_numpy(np.ascontiguousarray(mask.T.astype("f4")), spacing=spacing)
        spans = [points - 3 for points in job["controlPoints"][::-1]]
        begin = time.perf_counter()
        bias = ants.n4_bias_field_correction(
            image,
            mask=inside,
            shrink_factor=1,
            convergence={"iters": job["iterations"], "tol": 0},
            spline_param=spans,
            return_bias_field=True,
        )
        seconds = time.perf_counter() - begin
        with np.errstate(divide="ignore"):
            return np.log(bias.numpy()).T, seconds

    return fit, ["antspyx"]


def say(answer):
    print(json.dumps(answer), flush=True)


def main(peer):
    load = {"simpleitk": load_simpleitk, "itk": load_itk, "n4ax": load_n4ax, "ants": load_ants}[peer]
    try:
        fit, packages = load()
    except ImportError as error:
        say({"error": f"{type(error).__name__}: {error}"})
        return
    say({"versions": {"python": sys.version.split()[0], **{name: version(name) for name in packages}}})
    for line in sys.stdin:
        job = json.loads(line)
        intensity = read(job["intensity"], "<f4", job["shape"])
        mask = read(job["mask"], "u1", job["shape"])
        field, seconds = fit(job, intensity, mask)
        if job["field"]:
            np.ascontiguousarray(field).astype("<f4").tofile(job["field"])
        say({"seconds": seconds})


if __name__ == "__main__":
    main(sys.argv[1])
