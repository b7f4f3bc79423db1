"""linumpy's N4 for run_peer.py: our peer of it on NumPy or CuPy, or linumpy's own code out of a folder that holds its package.

Beside the fit alone, samples resident, the whole call is timed: arrays up, fit, field on the full grid, corrected volume and field back.
"""

import sys
import time
from importlib import import_module

import numpy as np

import linumpy_n4

# linumpy evaluates its field in slabs of about this many bytes, three arrays together.
SLAB_BYTES = 2**31


def load_peer(module):
    """The peer on `numpy` or `cupy`."""
    xp = import_module(module)
    wait = xp.cuda.Device().synchronize if module == "cupy" else lambda: None
    home = xp.asnumpy if module == "cupy" else np.asarray

    def fit(job, intensity, mask):
        begin = time.perf_counter()
        volume, inside = xp.asarray(intensity), xp.asarray(mask) != 0
        every = (slice(None, None, job.get("shrink", 1)),) * 3
        options = {"bins": job["bins"], "fwhm": job["fwhm"], "noise": job["wienerNoise"], "stop": job["threshold"]}
        wait()
        ready = time.perf_counter()
        points = job.get("lastPoints", job["controlPoints"])
        lattice = linumpy_n4.fit(volume[every], inside[every], points, job["iterations"], xp, **options)
        wait()
        seconds = time.perf_counter() - ready
        log_field, corrected = np.empty_like(intensity), np.empty_like(intensity)
        step = max(1, SLAB_BYTES // (12 * intensity[0].size))
        for z in range(0, len(intensity), step):
            planes = slice(z, z + step)
            part = linumpy_n4.evaluate(lattice, intensity.shape, xp, planes)
            corrected[planes] = home(volume[planes] / xp.maximum(xp.exp(part), 1e-6))
            log_field[planes] = home(part)
        return log_field, seconds, time.perf_counter() - begin

    return fit, [], {module: xp.__version__}


def load_package(folder):
    """linumpy's own function; it has no fit apart from its call."""
    sys.path.insert(0, folder)
    bias_field = import_module("linumpy.gpu.n4")

    def fit(job, intensity, mask):
        begin = time.perf_counter()
        _, field = bias_field.n4_correct_gpu(
            intensity,
            mask != 0,
            shrink_factor=job.get("shrink", 1),
            n_iterations=list(job["iterations"]),
            spline_distance_mm=job["distance"],
            voxel_size_mm=tuple(job["spacing"]),
            convergence_tol=job["threshold"],
        )
        seconds = time.perf_counter() - begin
        return np.log(field), seconds, seconds

    return fit, []
