"""Finds the OME-Zarr images and NIfTI files below the folders of the command line, reads each with zarr-python or nibabel, and prints a JSON list:
path, shape of all volumes (volumes, z, y, x) and CRC-32 of their values as float32, C order; or the error of the reader.
"""

import io
import json
import sys
import zlib
from pathlib import Path

import nibabel
import numpy as np
import zarr


def attributes_of(folder):
    for name in ("zarr.json", ".zattrs"):
        if (folder / name).is_file():
            try:
                found = json.loads((folder / name).read_text())
            except ValueError:  # Test data of specifications have comments in them, and invalid files.
                return {}
            found = found.get("attributes", {}) if name == "zarr.json" else found
            return found.get("ome", found)
    return {}


def letters_of(image, rank):
    """What each axis is, as t, c, z, y, x: space by its names where they are those, else by its place."""
    axes = [axis if isinstance(axis, dict) else {"name": axis} for axis in axes_of(image)] or [{"name": n} for n in "tczyx"[-rank:]]
    kinds = [axis.get("type") or {"t": "time", "c": "channel"}.get(axis["name"].lower(), "space") for axis in axes]
    space = [axis["name"].lower() for axis, kind in zip(axes, kinds) if kind == "space"]
    named = space if set(space) <= set("zyx") else list("zyx"[-len(space):])
    return "".join({"time": "t", "channel": "c"}.get(kind) or named.pop(0) for kind in kinds)


def axes_of(image):
    systems = image.get("coordinateSystems")
    if not systems:
        return image.get("axes", [])
    output = image["datasets"][0]["coordinateTransformations"][0]["output"]
    name = output["name"] if isinstance(output, dict) else output
    return next(system["axes"] for system in systems if system["name"] == name)


def read_zarr(folder):
    image = attributes_of(folder)["multiscales"][0]
    group = zarr.open_group(folder, mode="r")
    data = group[image["datasets"][0]["path"]][...]
    if (folder / "nifti").is_dir():
        header = io.BytesIO(np.asarray(group["nifti"]).tobytes())
        slope, inter = nibabel.Nifti1Header.from_fileobj(header, check=False).get_slope_inter()
        data = data if slope is None else slope * data + inter
    letters = letters_of(image, data.ndim)
    data = data.transpose([letters.index(letter) for letter in "tczyx" if letter in letters])
    return data.reshape((-1,) + (() if "z" in letters else (1,)) + data.shape[-3 if "z" in letters else -2:])


def read_nifti(path):
    data = np.asanyarray(nibabel.load(path).dataobj).T
    data = data.reshape((1,) * (3 - data.ndim) + data.shape) if data.ndim < 3 else data
    return data.reshape((-1,) + data.shape[-3:])


images = []
for root in map(Path, sys.argv[1:]):
    for path in sorted(root.rglob("*")):
        is_image = path.is_dir() and "multiscales" in attributes_of(path)
        if not is_image and not (path.is_file() and path.name.endswith((".nii", ".nii.gz"))):
            continue
        try:
            data = (read_zarr if is_image else read_nifti)(path)
            images.append(dict(path=str(path), shape=data.shape, crc=zlib.crc32(np.ascontiguousarray(data, "<f4").tobytes())))
        except Exception as error:  # What a reader refuses is a finding, whatever it throws.
            images.append(dict(path=str(path), error=f"{type(error).__name__}: {error}"))
print(json.dumps(images))
