"""linumpy's own N4 (its "gpu" backend, pull requests 109 and 116, commit cc685d4) in NumPy or CuPy, written anew from what it does.

Control points are never refined; a basis whose indices are clamped at the low edge and never reach the last control point; histogram and lookup by the
nearest bin; every operation over the whole grid, with the mask as weights. `xp` is numpy or cupy, `real` the type of its numbers; linumpy's is float32.
"""

import numpy as np


def control_points(shape, mm, distance):
    return [max(4, round(n * edge / distance)) for n, edge in zip(shape, mm)]


def basis(n, points, xp, real):
    """The matrix, n x points, of the weights of evenly spread samples; weights that share an index are added."""
    spans = points - 3
    place = np.arange(n) * (spans / max(n - 1, 1))
    first = np.floor(place).astype(int)
    t = place - first
    weights = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    rows = np.zeros((n, points))
    for k, weight in enumerate(weights):
        rows[np.arange(n), np.clip(first - 1 + k, 0, points - 1)] += weight / 6
    return xp.asarray(rows, dtype=real)


def contracted(values, matrices, xp):
    """`values` with every axis multiplied by its matrix."""
    for axis, matrix in enumerate(matrices):
        values = xp.moveaxis(xp.tensordot(matrix, values, axes=([1], [axis])), 0, axis)
    return values


def evaluate(lattice, shape, xp=np, planes=slice(None)):
    """The log field on a grid of `shape`, or on some planes of it."""
    rows = [basis(n, points, xp, lattice.dtype) for n, points in zip(shape, lattice.shape)]
    return contracted(lattice, [rows[0][planes], *rows[1:]], xp)


def sharpened(u, inside, weight, xp, bins, fwhm, noise):
    """Expectation of the true log intensity, looked up in the nearest bin."""
    real = u.dtype
    lo, hi = xp.where(inside, u, np.inf).min(), xp.where(inside, u, -np.inf).max()
    width = xp.maximum(hi - lo, 1e-6) / (bins - 1)
    where = xp.clip(((u - lo) / width + 0.5).astype(np.int64), 0, bins - 1)
    bell = xp.exp(-4 * np.log(2) * ((xp.arange(bins, dtype=real) - bins // 2) * width / fwhm) ** 2)
    blur = xp.fft.rfft(xp.roll(xp.pad(bell / bell.sum(), (0, bins)), -(bins // 2)))

    def blurred(values):
        return xp.fft.irfft(xp.fft.rfft(values, 2 * bins) * blur, 2 * bins)[:bins]

    counts = xp.fft.rfft(xp.bincount(where.ravel(), weights=weight.ravel(), minlength=bins), 2 * bins)
    estimate = xp.maximum(xp.fft.irfft(counts * blur.conj() / (abs(blur) ** 2 + noise), 2 * bins)[:bins], 0)
    centres = lo + xp.arange(bins, dtype=real) * width
    table = blurred(centres * estimate) / xp.maximum(blurred(estimate), 1e-12)
    return table.astype(real)[where]


def fit(image, inside, points, iterations, xp=np, real=np.float32, stop=0.001, bins=200, fwhm=0.15, noise=0.01):
    """The lattice of the log field of a grid that is shrunk already; with `stop` 0 all iterations run."""
    v = xp.log(xp.maximum(image, 1e-6)).astype(real)
    weight = inside.astype(real)
    total, lattice = xp.zeros_like(v), xp.zeros(points, real)
    up = [basis(n, count, xp, real) for n, count in zip(inside.shape, points)]
    down = [(rows**3 / (rows**2).sum(axis=1, keepdims=True)).T for rows in up]
    omega = contracted(weight, [(rows**2).T for rows in up], xp)
    for most in iterations:
        for _ in range(most):
            u = v - total
            residual = (u - sharpened(u, inside, weight, xp, bins, fwhm, noise)) * weight
            phi = contracted(residual, down, xp) / xp.maximum(omega, 1e-8)
            change = contracted(phi, up, xp)
            lattice, total = lattice + phi, total + change
            if stop > 0 and xp.linalg.norm(change) < stop * xp.linalg.norm(total):
                break
    return lattice


def log_field(image, mask, mm, distance, iterations, shrink, **options):
    """The log field of a box on its full grid."""
    every = (slice(None, None, shrink),) * 3
    inside = mask[every]
    points = [max(4, min(asked, n)) for asked, n in zip(control_points(image.shape, mm, distance), inside.shape)]
    v = image[every][inside]
    if v.size == 0 or np.ptp(np.log(np.maximum(v, 1e-6))) < 1e-8:
        return np.zeros(image.shape)
    return evaluate(fit(image[every], inside, points, iterations, real=np.float64, **options), image.shape)
