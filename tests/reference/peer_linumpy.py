"""A peer of linumpy's correction of OCT stacks, in NumPy and SimpleITK, written anew from what it does (linumpy, pull requests 109 and 116, commit cc685d4).

Both of its backends: "gpu" (its own N4, linumpy_n4.py: a fit on every n-th voxel whose lattice is stretched over the full grid) and "cpu" (SimpleITK
with axes, spacing and control points turned round, the field interpolated between shrunk voxels and left at 1 beyond the last ones). Around them its order
of steps: tissue mask, histogram matching that ends at 1, z profile, N4 per section, N4 over the whole of what that leaves, zero outside the mask.

Usage: python peer_linumpy.py JOBS.json                the jobs
       python peer_linumpy.py --against FOLDER         how far the peer is from linumpy itself, whose package lies in FOLDER
       python peer_linumpy.py --against-today FOLDER   the same of what its author's fork added: no fit, levelled profile, silhouettes

JOBS.json holds a list of jobs: files of little-endian float32 arrays in C order, and parameters (see `correct`). Corrected volume and field are written
as float32; versions are printed as JSON.
"""

import json
import sys

import numpy as np
import scipy
import SimpleITK as sitk
import skimage

from linumpy_n4 import control_points, log_field
from peer_oct import distribution, section_bounds, tissue_mask, z_profile, zero_mask


def simpleitk_field(image, mask, mm, distance, iterations, shrink):
    """The log field of a box on its full grid, by SimpleITK as linumpy calls it: its x is our z."""
    def turned(array):
        picture = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
        picture.SetSpacing([mm[2], mm[1], mm[0]])
        return picture

    whole = turned(image.astype(np.float32))
    small, inside = (sitk.Shrink(picture, [shrink] * 3) for picture in (whole, turned(mask.astype(np.uint8))))
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(list(iterations))
    n4.SetNumberOfControlPoints(control_points(image.shape, mm, distance)[::-1])
    n4.Execute(small, inside)
    field = sitk.Resample(n4.GetLogBiasFieldAsImage(small), whole, sitk.Transform(), sitk.sitkLinear, 0.0)
    return sitk.GetArrayFromImage(field).transpose(2, 1, 0).astype(np.float64)


FIELDS = {"gpu": log_field, "cpu": simpleitk_field}


def matched(volume, sections, bins, threshold):
    """Matching with a histogram that ends at 1: what is brighter falls outside and takes the last entry."""
    span = (threshold + max(1e-6, threshold * 1e-6), 1.0)
    centres, whole, _ = distribution(volume, bins, span)
    out = volume.copy()
    for z0, z1 in section_bounds(len(volume), sections):
        part = volume[z0:z1]
        _, own, count = distribution(part, bins, span)
        if count >= 500:
            table = np.interp(own, whole, centres)
            out[z0:z1] = np.where(part > threshold, np.interp(part, centres, table), part)
    return out


def correct(volume, mm, sections, mode, match, per_plane, iterations, shrink, distance, global_distance, tissue_threshold=0.0, zprofile=0.0, backend="gpu",
            equalize=False, silhouettes=None, dilate=0):
    """Corrected volume and field. Of linumpy of today: mode mask_only, equalize, silhouettes (1: of the stack) and how far they grow."""
    mask = tissue_mask(volume, (1, 2, 2), sections, 3, 2)
    image = matched(volume, None if per_plane else sections, 512, tissue_threshold) if match else volume
    if zprofile > 0 or equalize:
        image = np.where(mask, image * z_profile(image, mask, zprofile, 100, equalize)[:, None, None], image)
    log_field = FIELDS[backend]
    field = np.ones(volume.shape)
    if mode in ("per_section", "two_pass"):
        for z0, z1 in section_bounds(len(volume), sections):
            field[z0:z1] = np.exp(log_field(image[z0:z1], mask[z0:z1], mm, distance, iterations, shrink))
    if mode in ("global", "two_pass"):
        rest = image / np.maximum(field, 1e-6)
        field *= np.exp(log_field(rest, mask, mm, global_distance, iterations, shrink))
    kept = mask if silhouettes is None else zero_mask(mask, silhouettes, dilate)
    return np.where(kept, image / np.maximum(field, 1e-6), 0), field


def against(folder):
    """Largest relative difference of fields between the peer and linumpy itself, for both backends, on a random box with a smooth bias."""
    sys.path.insert(0, folder)
    from linumpy.intensity.bias_field import n4_correct  # its package, where there is one

    grid = np.meshgrid(*[np.linspace(-1, 1, n) for n in (24, 60, 52)], indexing="ij")
    random = np.random.default_rng(1)
    tissue = np.where(np.sin(9 * grid[2] + 4 * grid[0]) > 0, 0.9, 0.6) * random.gamma(20, 1 / 20, grid[0].shape)
    volume = (tissue * np.exp(0.3 * (grid[0] - grid[1] ** 2))).astype(np.float32)
    mask = grid[1] ** 2 + grid[2] ** 2 < 0.8
    mm, distance = (0.2, 0.1, 0.1), 1.0
    for backend in FIELDS:
        for shrink, iterations in ((1, [10]), (2, [25, 25, 25])):
            own = np.exp(FIELDS[backend](volume.astype(np.float64), mask, mm, distance, iterations, shrink))
            options = {"shrink_factor": shrink, "n_iterations": iterations, "spline_distance_mm": distance}
            _, theirs = n4_correct(volume, mask, voxel_size_mm=mm, backend=backend, **options)
            print(backend, options, f"{np.abs(own / theirs - 1).max():.1e}")


def against_today(folder):
    """The same of the steps that came later (commits 38e128f and 8768775 of its author's fork), without a fit: share of voxels that differ, and how far."""
    sys.path.insert(0, folder)
    from linumpy.intensity import bias_field, normalization

    grid = np.meshgrid(*[np.linspace(-1, 1, n) for n in (24, 90, 110)], indexing="ij")
    random = np.random.default_rng(2)
    tissue = np.where(np.sin(9 * grid[2] + 4 * grid[0]) > 0, 0.9, 0.6) * np.exp(-0.5 * (np.arange(24) % 8) / 8)[:, None, None]
    inside = (grid[1] - 0.2 * grid[0]) ** 2 + grid[2] ** 2 < 0.5
    volume = (np.where(inside, tissue, 0.06) * random.gamma(20, 1 / 20, inside.shape) / 2).astype(np.float32)
    for equalize, silhouettes, dilate in ((False, None, 0), (True, None, 0), (True, 1, 0), (False, 1, 5)):
        own, _ = correct(volume.astype(np.float64), None, 3, "mask_only", True, False, None, 4, 2, 10, zprofile=2.0, equalize=equalize,
                         silhouettes=silhouettes, dilate=dilate)
        mask = bias_field.compute_tissue_mask(volume, smoothing_sigma=2.0, n_serial_slices=3)
        theirs = normalization.apply_histogram_matching(volume, 3, 512, 0.0)
        theirs = normalization.apply_zprofile_smoothing(theirs, mask, sigma=2.0, equalize=equalize)
        theirs = theirs * (bias_field.tissue_mask_silhouette_xy(mask, dilate_px=dilate) if silhouettes else mask)
        zeros = np.mean((own == 0) != (theirs == 0))
        print(f"equalize {equalize}, silhouettes {silhouettes}, dilate {dilate}: {zeros:.1e} {np.abs(own - theirs).max() / theirs.max():.1e}")


def run(job):
    volume = np.fromfile(job["input"], "<f4").reshape(job["shape"]).astype(np.float64)
    corrected, field = correct(volume, **job["parameters"])
    corrected.astype("<f4").tofile(job["output"])
    field.astype("<f4").tofile(job["field"])


if __name__ == "__main__":
    if sys.argv[1] == "--against":
        against(sys.argv[2])
        sys.exit()
    if sys.argv[1] == "--against-today":
        against_today(sys.argv[2])
        sys.exit()
    with open(sys.argv[1], encoding="utf-8") as jobs:
        for one in json.load(jobs):
            run(one)
    print(json.dumps({"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
                      "scikit-image": skimage.__version__, "SimpleITK": sitk.Version_VersionString()}))
