"""Stand-ins for the programs of ANTs around N4BiasFieldCorrection in its script sliceBySliceOperation.sh."""

import sys
from pathlib import Path

import nibabel
import numpy


def load(path):
    return numpy.asarray(nibabel.load(path).dataobj)


def save(values, path, affine=None):
    nibabel.save(nibabel.Nifti1Image(values.astype(numpy.float32), numpy.eye(4) if affine is None else affine), path)


program, *words = Path(sys.argv[1]).name, *sys.argv[2:]
if program == "PrintHeader":
    print("x".join(map(str, nibabel.load(words[0]).shape)))
elif program == "ExtractSliceFromImage":
    save(numpy.take(load(words[1]), int(words[4]), axis=int(words[3])), words[2])
elif program == "TileImages":
    save(numpy.stack([load(path).squeeze() for path in words[3:]], axis=2), words[1])
elif program == "PermuteFlipImageOrientationAxes":
    save(numpy.transpose(load(words[1]), [int(axis) for axis in words[3:6]]), words[2])
elif program == "CopyImageHeaderInformation":
    save(load(words[1]), words[2], nibabel.load(words[0]).affine)
else:
    sys.exit(f"Cannot run {program} as there is no stand-in for it")
