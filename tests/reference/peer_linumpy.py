"""A peer of linumpy's correction of OCT stacks, in NumPy: written from a description of what it does, as its source is not to be had here.

What the description gives: tissue mask and histogram matching (peer_oct.py, with a histogram that ends at 1), N4 per section, N4 over the whole of what
that leaves, `max(4, round(n mm / distance))` control points that are never refined, a basis whose indices are clamped at the low edge and never reach the
last control point, a histogram and a lookup by the nearest bin, a fit on block means whose lattice is stretched over the full grid, zero outside the mask.
What it leaves open is done the plain way: a block takes part where at least half of it is in the mask; everything in N4 that is not named above is ITK's.

Usage: python peer_linumpy.py JOBS.json

JOBS.json holds a list of jobs: files of little-endian float32 arrays in C order, and parameters (see `correct`). Corrected volume and field are written
as float32; versions are printed as JSON.
"""

import json
import sys

import numpy as np
import scipy
import skimage

from peer_oct import distribution, section_bounds, tissue_mask, z_profile


def control_points(samples, mm, distance):
    return [max(4, round(n * edge / distance)) for n, edge in zip(samples, mm)]


def spline_rows(n, points):
    """Index and weight of the four control points of each of n evenly spread samples."""
    spans = points - 3
    place = np.minimum(np.arange(n) * spans / max(n - 1, 1), spans - 1e-3 * spans / max(n - 1, 1))
    first = np.floor(place).astype(int)
    t = place - first
    weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    return np.clip(first[:, None] - 1 + np.arange(4), 0, points - 1), weights


def dense(n, points, weights_of):
    index, weights = spline_rows(n, points)
    rows = np.zeros((n, points))
    np.add.at(rows, (np.arange(n)[:, None], index), weights_of(weights))
    return rows


def evaluate(lattice, shape):
    for axis, n in enumerate(shape):
        rows = dense(n, lattice.shape[axis], lambda w: w)
        lattice = np.moveaxis(np.tensordot(rows, lattice, (1, axis)), 0, axis)
    return lattice


def scatter(values, points, weights_of):
    for axis, count in enumerate(points):
        rows = dense(values.shape[axis], count, weights_of)
        values = np.moveaxis(np.tensordot(rows.T, values, (1, axis)), 0, axis)
    return values


def sharpened(u, bins, fwhm, noise):
    """Expectation of the true log intensity, looked up in the nearest bin."""
    lo, hi = u.min(), u.max()
    slope = (hi - lo) / (bins - 1)
    where = np.rint((u - lo) / slope).astype(int)
    size = 2 ** (int(np.ceil(np.log2(bins))) + 1)
    offset = (size - bins) // 2
    counts = np.zeros(size)
    counts[offset:offset + bins] = np.bincount(where, minlength=bins)
    width = fwhm / slope
    distance = np.minimum(np.arange(size), size - np.arange(size))
    blur = np.fft.fft(2 * np.sqrt(np.log(2) / np.pi) / width * np.exp(-4 * np.log(2) * (distance / width) ** 2)).real
    estimate = np.maximum(np.fft.ifft(np.fft.fft(counts) * blur / (blur**2 + noise)).real, 0)
    centres = lo + (np.arange(size) - offset) * slope
    above = np.fft.ifft(np.fft.fft(centres * estimate) * blur).real
    below = np.fft.ifft(np.fft.fft(estimate) * blur).real
    table = np.divide(above, below, out=np.zeros(size), where=below != 0)
    return table[offset:offset + bins][where]


def log_field(image, mask, mm, distance, iterations, shrink, threshold=0.001, bins=200, fwhm=0.15, noise=0.01):
    """The log field of a box, on its full grid."""
    small, inside = block_means(image, shrink), block_means(mask.astype(np.float64), shrink) >= 0.5
    inside &= small > 0
    points = control_points(image.shape, mm, distance)
    lattice = np.zeros(points)
    v = np.log(small[inside])
    omega = scatter(inside.astype(np.float64), points, lambda w: w**2)
    if v.size == 0 or v.max() == v.min():
        return np.zeros(image.shape)
    for most in iterations:
        for _ in range(most):
            u = v - evaluate(lattice, small.shape)[inside]
            residual = np.zeros(small.shape)
            residual[inside] = u - sharpened(u, bins, fwhm, noise)
            delta = scatter(residual, points, lambda w: w**3 / (w**2).sum(axis=1, keepdims=True))
            phi = np.divide(delta, omega, out=np.zeros(points), where=omega > 1.19e-8)
            lattice = lattice + phi
            change = np.exp(-evaluate(phi, small.shape)[inside])
            if change.std(ddof=1) / change.mean() <= threshold:
                break
    return evaluate(lattice, image.shape)


def block_means(volume, shrink):
    for axis in range(3):
        factor = min(shrink, volume.shape[axis])
        starts = np.arange(0, volume.shape[axis], factor)
        sums = np.add.reduceat(volume, starts, axis=axis)
        shape = [-1 if a == axis else 1 for a in range(3)]
        volume = sums / np.diff(np.append(starts, volume.shape[axis])).reshape(shape)
    return volume


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


def correct(volume, mm, sections, mode, match, per_plane, iterations, shrink, distance, global_distance, tissue_threshold=0.0, zprofile=0.0, mask=None):
    """Corrected volume and field. `mask` left out: the tissue mask."""
    mask = tissue_mask(volume, (1, 2, 2), sections, 3, 2) if mask is None else mask
    image = matched(volume, None if per_plane else sections, 512, tissue_threshold) if match else volume
    if zprofile > 0:
        image = np.where(mask, image * z_profile(image, mask, zprofile, 100)[:, None, None], image)
    field = np.ones(volume.shape)
    if mode != "global":
        for z0, z1 in section_bounds(len(volume), sections):
            field[z0:z1] = np.exp(log_field(image[z0:z1], mask[z0:z1], mm, distance, iterations, shrink))
    if mode != "per_section":
        rest = image / np.maximum(field, 1e-6)
        field *= np.exp(log_field(rest, mask, mm, global_distance, iterations, shrink))
    return np.where(mask, image / np.maximum(field, 1e-6), 0), field


def run(job):
    def load(path):
        return np.fromfile(path, "<f4").reshape(job["shape"]).astype(np.float64)

    mask = load(job["mask"]) != 0 if "mask" in job else None
    corrected, field = correct(load(job["input"]), mask=mask, **job["parameters"])
    corrected.astype("<f4").tofile(job["output"])
    field.astype("<f4").tofile(job["field"])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as jobs:
        for one in json.load(jobs):
            run(one)
    print(json.dumps({"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
                      "scikit-image": skimage.__version__}))
