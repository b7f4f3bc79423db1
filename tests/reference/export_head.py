"""Writes a head and its mask, shrunk by picking every f-th voxel of a centred grid, as raw arrays that both sides read.

Usage: python export_head.py ch2better|inia19-t1-brain FACTOR PREFIX

Writes PREFIX.intensity (little-endian float32) and PREFIX.mask (uint8), both C order [z, y, x], and prints shape and spacing as JSON.
The heads are those of Debian's package mricron-data. The mask of ch2better is ch2bet > 0 at the nearest voxel, that of the other its voxels > 0.
"""

import json
import sys

import nibabel
import numpy as np

TEMPLATES = "/usr/share/mricron/templates"


def picked(length, factor):
    """Indices of a centred grid."""
    count = max(1, length // factor)
    origin = int(np.floor((length - 1 - (count - 1) * factor) / 2 + 0.5))
    return origin + factor * np.arange(count)


def nearest(indices, axis, affine, other_affine, other_length):
    """Indices of the nearest voxels of another image, axis by axis (both affines are diagonal), and whether they lie inside it."""
    world = affine[axis, axis] * indices + affine[axis, 3]
    there = np.rint((world - other_affine[axis, 3]) / other_affine[axis, axis]).astype(int)
    inside = (there >= 0) & (there < other_length)
    return np.clip(there, 0, other_length - 1), inside


def main(head, factor, prefix):
    image = nibabel.load(f"{TEMPLATES}/{head}.nii.gz")
    indices = [picked(length, factor) for length in image.shape]
    intensity = np.asarray(image.dataobj)[np.ix_(*indices)].astype("<f4")
    if head == "ch2better":
        other = nibabel.load(f"{TEMPLATES}/ch2bet.nii.gz")
        found = [nearest(indices[a], a, image.affine, other.affine, other.shape[a]) for a in range(3)]
        mask = np.asarray(other.dataobj)[np.ix_(*(there for there, _ in found))] > 0
        mask &= found[0][1][:, None, None] & found[1][1][None, :, None] & found[2][1][None, None, :]
    else:
        mask = intensity > 0
    intensity.T.tofile(f"{prefix}.intensity")
    mask.astype("u1").T.tofile(f"{prefix}.mask")
    spacing = [float(size) * factor for size in image.header.get_zooms()]
    print(json.dumps({"shape": intensity.shape[::-1], "spacing": spacing[::-1]}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
