"""Runs one peer's N4 as often as it is told to, in one process, so that what it compiles or loads once is told apart.

Usage: python run_peer.py simpleitk|itk|n4ax|n4ax-device|ants|linumpy|linumpy-cupy
       python run_peer.py linumpy-package FOLDER
       python run_peer.py simpleitk-defaults|simpleitk-shrunk-defaults|ants-defaults|niworkflows-defaults|n4ax-defaults|linumpy-defaults

Prints a line of JSON with its versions (or the error that keeps it from running), then for each job, a line of JSON on standard input, a line with
the seconds of the fit and, where it has one, of a whole call. A job is one of run_itk.py without confidences; `field`, where the log bias field goes, may be
null; `shrink` is for those who shrink by themselves. Everybody gets the same array, mask, iterations and bins, runs every iteration unless the job
has a threshold, and works on as many threads as it takes by itself.
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


def load_n4ax(platforms="cpu"):
    """`platforms` None: what JAX finds, a GPU first."""
    import jax
    import n4ax

    if platforms:
        jax.config.update("jax_platforms", platforms)

    def fit(job, intensity, mask):
        """Without over-relaxation an iteration is an iteration of N4's."""
        every = (slice(None, None, job.get("shrink", 1)),) * 3
        intensity, mask = np.ascontiguousarray(intensity[every]), np.ascontiguousarray(mask[every])
        begin = time.perf_counter()
        _, field = n4ax.n4(
            intensity,
            mask,
            iters=tuple(job["iterations"]),
            over_relax=1.0,
            conv_threshold=job["threshold"],
            nbins=job["bins"],
            fwhm=job["fwhm"],
            wiener=job["wienerNoise"],
            return_bias=True,
        )
        field = np.asarray(jax.block_until_ready(field))
        return field, time.perf_counter() - begin

    return fit, ["n4ax", "jax"], {"JAX runs on": str(jax.devices()[0])}


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


def loader(peer, words):
    """What starts a peer; its packages are imported when it is called."""
    if peer.endswith("-defaults"):
        import default_contestants

        return default_contestants.LOADERS[peer.removesuffix("-defaults")]
    if peer.startswith("linumpy"):
        import linumpy_contestants

        if peer == "linumpy-package":
            return lambda: linumpy_contestants.load_package(words[0])
        return lambda: linumpy_contestants.load_peer("cupy" if peer == "linumpy-cupy" else "numpy")
    return {
        "simpleitk": load_simpleitk,
        "itk": load_itk,
        "n4ax": load_n4ax,
        "n4ax-device": lambda: load_n4ax(None),
        "ants": load_ants,
    }[peer]


def main(peer, *words):
    try:
        fit, packages, *told = loader(peer, words)()
    except ImportError as error:
        say({"error": f"{type(error).__name__}: {error}"})
        return
    versions = {"python": sys.version.split()[0], **{name: version(name) for name in packages}}
    say({"versions": {**versions, **(told[0] if told else {})}})
    for line in sys.stdin:
        job = json.loads(line)
        intensity = read(job["intensity"], "<f4", job["shape"])
        mask = read(job["mask"], "u1", job["shape"])
        field, seconds, *whole = fit(job, intensity, mask)
        if job["field"]:
            np.ascontiguousarray(field).astype("<f4").tofile(job["field"])
        say({"seconds": seconds, **({"wholeSeconds": whole[0]} if whole else {})})


if __name__ == "__main__":
    main(*sys.argv[1:])
