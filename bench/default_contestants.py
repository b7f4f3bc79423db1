"""The peers as their users call them, for run_peer.py: every choice theirs but the mask and a share of the iterations that they would take at most.

Each takes a job whose `budget` is that share, and gives the corrected array, log(intensity / corrected) as its field, and the seconds from array to array.
"""

import time

import numpy as np


def share(iterations, budget):
    return [max(1, round(count * budget)) for count in iterations]


def timed(intensity, correct):
    """Field and seconds of a correction; the field's own arithmetic is not counted."""
    begin = time.perf_counter()
    corrected = np.asarray(correct())
    seconds = time.perf_counter() - begin
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(intensity) - np.log(corrected), seconds


def load_simpleitk(shrink=1):
    """`shrink` 1: the filter as it is; 4: as its own example does, the field evaluated on the full grid."""
    import SimpleITK as sitk

    def fit(job, intensity, mask):
        def correct():
            image, inside = sitk.GetImageFromArray(intensity), sitk.GetImageFromArray(mask)
            for picture in (image, inside):
                picture.SetSpacing(job["spacing"][::-1])
            n4 = sitk.N4BiasFieldCorrectionImageFilter()
            n4.SetMaximumNumberOfIterations(share(n4.GetMaximumNumberOfIterations(), job["budget"]))
            if shrink == 1:
                return sitk.GetArrayFromImage(n4.Execute(image, inside))
            n4.Execute(*(sitk.Shrink(picture, [shrink] * 3) for picture in (image, inside)))
            return sitk.GetArrayFromImage(image / sitk.Exp(n4.GetLogBiasFieldAsImage(image)))

        return timed(intensity, correct)

    return fit, ["simpleitk"]


def load_ants(levels=4, distance=None):
    """`levels` 4, `distance` None: its own numbers; 5, 200: the last step of niworkflows' brain extraction."""
    import ants

    def fit(job, intensity, mask):
        """Its arrays are [x, y, z]; 50 iterations a level and 1e-7 are its own numbers."""
        spacing = job["spacing"][::-1]
        convergence = {"iters": share([50] * levels, job["budget"]), "tol": 1e-7}

        def correct():
            image = ants.from_numpy(np.ascontiguousarray(intensity.T), spacing=spacing)
            inside = ants.from_numpy(np.ascontiguousarray(mask.T.astype("f4")), spacing=spacing)
            told = {"mask": inside, "convergence": convergence, "spline_param": distance}
            return ants.n4_bias_field_correction(image, **told).numpy().T

        return timed(intensity, correct)

    return fit, ["antspyx"]


def load_n4ax():
    import jax
    import n4ax

    jax.config.update("jax_platforms", "cpu")

    def fit(job, intensity, mask):
        iterations = tuple(share([8, 12, 12, 8], job["budget"]))
        return timed(intensity, lambda: jax.block_until_ready(n4ax.n4(intensity, mask, iters=iterations)))

    return fit, ["n4ax", "jax"]


def load_linumpy():
    import linumpy_n4

    def fit(job, intensity, mask):
        """Shrink factor 4, 10 mm between control points, [25, 25, 25]: the defaults of its function, in its float32."""
        every, shape = (slice(None, None, 4),) * 3, intensity.shape

        def correct():
            inside = mask[every] != 0
            asked = linumpy_n4.control_points(shape, job["spacing"], 10)
            points = [max(4, min(count, n)) for count, n in zip(asked, inside.shape)]
            lattice = linumpy_n4.fit(intensity[every], inside, points, share([25, 25, 25], job["budget"]))
            return intensity / np.maximum(np.exp(linumpy_n4.evaluate(lattice, shape)), 1e-6)

        return timed(intensity, correct)

    return fit, ["numpy"]


LOADERS = {
    "simpleitk": load_simpleitk,
    "simpleitk-shrunk": lambda: load_simpleitk(4),
    "ants": load_ants,
    "niworkflows": lambda: load_ants(5, 200),
    "n4ax": load_n4ax,
    "linumpy": load_linumpy,
}
