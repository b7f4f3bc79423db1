"""Runs ITK's N4 on raw arrays, through SimpleITK or (for confidence weights) through itk itself.

Usage: python run_itk.py JOBS.json

JOBS.json holds a list of jobs, as `ItkJob` in itk.ts describes them; its answer, a list in the same order, is printed as JSON. Arrays are
little-endian float32 (intensity, confidence, field) or uint8 (mask), C order [z, y, x]; an image has origin 0 and identity direction.
Every run has a filter of its own, since a used one starts from its last lattice. Threads are set from outside, never fewer than ITK has by itself:
fewer drop points.
"""

import json
import sys
import time

import numpy as np
import SimpleITK as sitk


def read(path, dtype, shape):
    """A raw array, or None where there is no file."""
    return None if path is None else np.fromfile(path, dtype).reshape(shape)


def sitk_image(array, spacing):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def run_simpleitk(job, intensity, mask, _confidence):
    """Log bias field, measures of every iteration, seconds; through SimpleITK."""
    spacing = job["spacing"][::-1]
    image = sitk_image(intensity, spacing)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(job["iterations"])
    n4.SetNumberOfControlPoints(job["controlPoints"][::-1])
    n4.SetNumberOfHistogramBins(job["bins"])
    n4.SetBiasFieldFullWidthAtHalfMaximum(job["fwhm"])
    n4.SetWienerFilterNoise(job["wienerNoise"])
    n4.SetConvergenceThreshold(job["threshold"])
    n4.SetMaskLabel(1)
    n4.SetUseMaskLabel(mask is not None)
    measures = []

    def note():
        measures.append([n4.GetCurrentLevel(), n4.GetElapsedIterations(), n4.GetCurrentConvergenceMeasurement()])

    n4.AddCommand(sitk.sitkIterationEvent, note)
    begin = time.perf_counter()
    n4.Execute(image) if mask is None else n4.Execute(image, sitk_image(mask, spacing))
    seconds = time.perf_counter() - begin
    field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image))
    return field, measures, seconds


def itk_image(array, spacing):
    import itk

    image = itk.image_from_array(array)
    image.SetSpacing(spacing)
    return image


def run_itk(job, intensity, mask, confidence):
    """The same through itk, whose filter takes confidences; the field is ln(input / corrected), since its spline type is not wrapped."""
    import itk

    spacing = job["spacing"][::-1]
    kind = itk.Image[itk.F, intensity.ndim]
    mask_kind = itk.Image[itk.UC, intensity.ndim]
    n4 = itk.N4BiasFieldCorrectionImageFilter[kind, mask_kind, kind].New()
    n4.SetInput(itk_image(intensity, spacing))
    if mask is not None:
        n4.SetMaskImage(itk_image(mask, spacing))
        n4.SetMaskLabel(1)
        n4.SetUseMaskLabel(True)
    if confidence is not None:
        n4.SetConfidenceImage(itk_image(confidence, spacing))
    n4.SetNumberOfFittingLevels(len(job["iterations"]))
    n4.SetMaximumNumberOfIterations(job["iterations"])
    n4.SetNumberOfControlPoints(job["controlPoints"][::-1])
    n4.SetNumberOfHistogramBins(job["bins"])
    n4.SetBiasFieldFullWidthAtHalfMaximum(job["fwhm"])
    n4.SetWienerFilterNoise(job["wienerNoise"])
    n4.SetConvergenceThreshold(job["threshold"])
    begin = time.perf_counter()
    n4.Update()
    seconds = time.perf_counter() - begin
    corrected = itk.array_from_image(n4.GetOutput()).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        field = np.log(intensity / corrected).astype(np.float32)
    return field, [], seconds


def run(job):
    shape = job["shape"]
    intensity = read(job["intensity"], "<f4", shape)
    mask = read(job["mask"], "u1", shape)
    confidence = read(job["confidence"], "<f4", shape)
    runner = {"simpleitk": run_simpleitk, "itk": run_itk}[job["package"]]
    field, measures, seconds = runner(job, intensity, mask, confidence)
    field.astype("<f4").tofile(job["field"])
    return {"seconds": seconds, "measures": measures, "versions": versions(job["package"])}


def versions(package):
    found = {"python": sys.version.split()[0], "numpy": np.__version__, "SimpleITK": sitk.Version.VersionString()}
    if package == "itk":
        import itk

        found["itk"] = itk.Version.GetITKVersion()
    return found


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as jobs:
        print(json.dumps([run(job) for job in json.load(jobs)]))
