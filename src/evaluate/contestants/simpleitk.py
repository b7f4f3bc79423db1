"""SimpleITK's N4 as a reference for `n4 compare` and `n4 benchmark`; needs numpy and SimpleITK.

Talks over standard input and output. A request is a line of JSON, an answer is one too; arrays follow their line as raw little-endian bytes
in C order [z, y, x]. On start it answers with its versions, or with an error that says what is missing. Requests:

  {"command": "load", "shape", "spacing", "grid", "iterations", "controlPoints", "threshold", "bins", "fwhm", "wienerNoise"}
      followed by intensities (float32) and mask (uint8). `grid` has the samples of each axis as [origin, factor, count].
  {"command": "run", "field": true or false}
      corrects, and answers {"seconds", "fitSeconds", "measures", "peakBytes"}; with `field`, the bias field follows (float32).

A run is what a user of SimpleITK writes: take every n-th voxel, fit there, get the field at full resolution, divide. All of it is in
`seconds`; `fitSeconds` is the filter's own run. Memory is the largest that was resident in this process.
"""

import json
import os
import sys
import time

# Whatever a library prints goes to standard error, so that answers stay alone on standard output.
ANSWERS = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)


def answer(content, array=None):
    ANSWERS.write(json.dumps(content).encode() + b"\n")
    if array is not None:
        ANSWERS.write(array.tobytes())
    ANSWERS.flush()


try:
    import numpy as np
    import SimpleITK as sitk
except ImportError as error:
    answer({"error": str(error)})
    sys.exit(0)


def read_array(dtype, shape):
    count = int(np.prod(shape))
    data = sys.stdin.buffer.read(count * np.dtype(dtype).itemsize)
    return np.frombuffer(data, dtype).reshape(shape)


def image_of(array, spacing, plane):
    """A slab of one plane is a 2-D image: along one voxel no spline can be fitted."""
    image = sitk.GetImageFromArray(array[0] if plane else array)
    image.SetSpacing((spacing[1:] if plane else spacing)[::-1])
    return image


def correct(job, intensity, mask):
    """Bias field, measures by level, seconds in all and of the fit."""
    plane = job["shape"][0] == 1
    axes = slice(1, None) if plane else slice(None)
    begin = time.perf_counter()
    take = tuple(slice(origin, origin + factor * count, factor) for origin, factor, count in job["grid"])
    spacing = [mm * factor for mm, (_, factor, _) in zip(job["spacing"], job["grid"])]
    samples = image_of(np.ascontiguousarray(intensity[take]), spacing, plane)
    inside = image_of(np.ascontiguousarray(mask[take]), spacing, plane)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(job["iterations"])
    n4.SetNumberOfControlPoints(job["controlPoints"][axes][::-1])
    n4.SetConvergenceThreshold(job["threshold"])
    n4.SetNumberOfHistogramBins(job["bins"])
    n4.SetBiasFieldFullWidthAtHalfMaximum(job["fwhm"])
    n4.SetWienerFilterNoise(job["wienerNoise"])
    measures = [[] for _ in job["iterations"]]
    n4.AddCommand(
        sitk.sitkIterationEvent,
        lambda: measures[n4.GetCurrentLevel()].append(n4.GetCurrentConvergenceMeasurement()),
    )
    before = time.perf_counter()
    n4.Execute(samples, inside)
    fitted = time.perf_counter() - before
    log_field = n4.GetLogBiasFieldAsImage(image_of(intensity, job["spacing"], plane))
    field = np.exp(sitk.GetArrayFromImage(log_field)).reshape(intensity.shape)
    corrected = intensity / field
    seconds = time.perf_counter() - begin
    assert corrected.shape == intensity.shape
    return field.astype("<f4"), measures, seconds, fitted


def peak_bytes():
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main():
    versions = {"python": sys.version.split()[0], "numpy": np.__version__, "SimpleITK": sitk.Version.VersionString()}
    answer({"versions": versions, "threads": sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()})
    job = intensity = mask = None
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        try:
            if request["command"] == "load":
                job = request
                intensity, mask = read_array("<f4", job["shape"]), read_array("u1", job["shape"])
                answer({})
                continue
            field, measures, seconds, fitted = correct(job, intensity, mask)
            about = {"seconds": seconds, "fitSeconds": fitted, "measures": measures, "peakBytes": peak_bytes()}
            answer(about, field if request["field"] else None)
        except Exception as error:  # Sent to whoever asked, in one line.
            answer({"error": " ".join(str(error).split())})


main()
