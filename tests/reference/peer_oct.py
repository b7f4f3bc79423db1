"""The steps of the OCT pipeline in NumPy, SciPy and scikit-image, for comparison: written from their definitions in docs/oct_pipeline.md, whole arrays at once.

Usage: python peer_oct.py JOBS.json

JOBS.json holds a list of jobs, as `PeerJob` in oct_peer.ts describes them: a step, its parameters, files of little-endian arrays in C order. Each answer
is written to the job's `output` as float64; versions are printed as JSON.
"""

import json
import sys

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import disk


def section_bounds(planes, sections):
    count = planes if sections is None else sections
    edges = [round(i * (planes / count)) for i in range(count + 1)]
    return list(zip(edges[:-1], edges[1:]))


def smoothed(volume, sigma):
    return ndimage.gaussian_filter(volume, sigma=sigma)


def otsu_thresholds(volume, sigma, sections):
    soft = smoothed(volume, sigma)
    parts = [soft[z0:z1] for z0, z1 in section_bounds(len(volume), sections)]
    above = [part[part > 0] for part in parts]
    return [-np.inf if values.size < 100 else threshold_otsu(values) for values in above]


def fill_holes(volume):
    return np.stack([ndimage.binary_fill_holes(plane) for plane in volume != 0])


def close_disk(volume, radius):
    return np.stack([ndimage.binary_closing(plane, structure=disk(radius)) for plane in volume != 0])


def close_along_z(volume, radius):
    return ndimage.binary_closing(volume != 0, structure=np.ones((2 * radius + 1, 1, 1), bool))


def tissue_mask(volume, sigma, sections, radius, z_radius):
    soft = smoothed(volume, sigma)
    mask = np.ones(volume.shape, bool)
    for (z0, z1), limit in zip(section_bounds(len(volume), sections), otsu_thresholds(volume, sigma, sections)):
        if limit > -np.inf:
            mask[z0:z1] = close_disk(fill_holes(soft[z0:z1] > limit), radius)
    return close_along_z(mask, z_radius) if sections > 1 else mask


def distribution(values, bins, span):
    counts, edges = np.histogram(values, bins=bins, range=span)
    running = np.cumsum(counts)
    return (edges[1:] + edges[:-1]) / 2, running / max(running[-1], 1), running[-1]


def matched(volume, sections, bins, threshold):
    span = (threshold + max(1e-6, threshold * 1e-6), max(1.0, float(volume.max())))
    centres, whole, total = distribution(volume, bins, span)
    out = volume.copy()
    for z0, z1 in section_bounds(len(volume), sections):
        _, own, count = distribution(volume[z0:z1], bins, span)
        if min(count, total) >= 500:
            table = np.interp(own, whole, centres)
            part = volume[z0:z1]
            out[z0:z1] = np.where(part > threshold, np.interp(part, centres, table), part)
    return out


def z_profile(volume, mask, sigma, least, equalize=0):
    gains = np.ones(len(volume))
    planes = [z for z in range(len(volume)) if np.count_nonzero(mask[z]) >= least]
    if len(planes) >= 3 and (sigma > 0 or equalize):
        means = np.array([volume[z][mask[z] != 0].mean(dtype=np.float64) for z in planes])
        gains[planes] = (np.median(means) if equalize else ndimage.gaussian_filter1d(means, sigma)) / np.maximum(means, 1e-6)
    return gains


def zero_mask(volume, sections, dilate):
    """What is kept of each section (1: the whole stack): all that any of its planes has, holes filled, grown by a disk."""
    kept = np.zeros(volume.shape, bool)
    for z0, z1 in section_bounds(len(volume), sections):
        silhouette = ndimage.binary_fill_holes((volume[z0:z1] != 0).any(axis=0))
        kept[z0:z1] = ndimage.binary_dilation(silhouette, structure=disk(dilate)) if dilate > 0 else silhouette
    return kept


def mask_only(volume, sections, silhouettes, dilate, sigma, equalize):
    """The correction without a fit, by linumpy's rules; silhouettes: None for each plane's own mask."""
    mask = tissue_mask(volume, (1, 2, 2), sections, 3, 2)
    image = matched(volume, sections, 512, 0)
    image = np.where(mask, image * z_profile(image, mask, sigma, 100, equalize)[:, None, None], image)
    return np.where(mask if silhouettes is None else zero_mask(mask, silhouettes, dilate), image, 0)


def agarose(volume, sigma):
    mean = volume.mean(axis=0, dtype=np.float64).astype(np.float32)
    soft = ndimage.gaussian_filter(mean, sigma)
    return (mean > 0) & (soft < threshold_otsu(soft[mean > 0]))


def normalised(volume, sigma, percentile):
    where = agarose(volume, sigma)
    planes = volume.astype(np.float64)
    cap = np.percentile(planes, percentile, axis=(1, 2))
    floor = np.minimum([np.median(plane[where]) for plane in planes], cap)
    divisor = np.percentile(cap - floor, 90)
    if divisor <= 0:
        divisor = (cap - floor).max()
    bounded = np.minimum(planes, cap[:, None, None]) - floor[:, None, None]
    return np.maximum(bounded, 0) / divisor


def scale_factors(volume, sections, sigma, percentile, low, high):
    bounds = section_bounds(len(volume), sections)
    measured = np.zeros(len(bounds))
    for i, (z0, z1) in enumerate(bounds):
        values = volume[z0:z1][volume[z0:z1] > 0].astype(np.float64)
        measured[i] = np.percentile(values, percentile) if values.size >= 500 else 0
    weight = ndimage.gaussian_filter1d((measured > 0).astype(np.float64), sigma)
    course = np.divide(ndimage.gaussian_filter1d(measured, sigma), weight, where=weight > 1e-6, out=np.zeros_like(weight))
    middle = np.median(course[course > 0])
    factors = np.divide(middle, course, where=course > 0, out=np.ones_like(course))
    return np.repeat(np.clip(factors, low, high), [z1 - z0 for z0, z1 in bounds])


def percentiles(volume, percentile):
    return np.percentile(volume.astype(np.float64), percentile, axis=(1, 2))


STEPS = {step.__name__: step for step in (
    smoothed, otsu_thresholds, fill_holes, close_disk, close_along_z, tissue_mask, matched, z_profile, zero_mask, mask_only, agarose, normalised,
    scale_factors, percentiles)}


def run(job):
    arrays = [np.fromfile(path, "<f4").reshape(job["shape"]) for path in job["inputs"]]
    result = np.asarray(STEPS[job["step"]](*arrays, **job["parameters"]), np.float64)
    result.astype("<f8").tofile(job["output"])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as jobs:
        for one in json.load(jobs):
            run(one)
    print(json.dumps({"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
                      "scikit-image": skimage.__version__}))
