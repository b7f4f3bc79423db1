"""Opens every OME-Zarr named on the command line with zarr-python, ome-zarr-py and ngff-zarr, validates it against ome-zarr-models, and prints one JSON object:
path to the levels as each tool sees them (shape, voxel scale, unit, sum of the values' bytes), or to the error of the tool that refused.
"""

import json
import sys
import zipfile
import zlib
from pathlib import Path

import ngff_zarr
import niizarr
import numpy as np
import ome_zarr.io
import ome_zarr.reader
import ome_zarr_models
import zarr


def checksum(data):
    return zlib.crc32(np.ascontiguousarray(np.asarray(data)).tobytes())


def by_zarr(path):
    root = zarr.open_group(zarr.storage.ZipStore(path, mode="r") if path.endswith((".zip", ".ozx")) else path, mode="r")
    levels = []
    for dataset in root.attrs.get("ome", root.attrs)["multiscales"][0]["datasets"]:
        array = root[dataset["path"]]
        scale = next(t["scale"] for t in dataset["coordinateTransformations"] if t["type"] == "scale")
        levels.append(dict(shape=array.shape, dtype=str(array.dtype), scale=scale, crc=checksum(array[...])))
    return levels


def by_ome_zarr(path):
    node = next(iter(ome_zarr.reader.Reader(ome_zarr.io.parse_url(path))()))
    return [dict(shape=data.shape, dtype=str(data.dtype), crc=checksum(data)) for data in node.data]


def check_archive(path):
    """What RFC-9 asks of an archive, and recommends."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    groups = [name for name in names if name.rsplit("/", 1)[-1] == "zarr.json"]
    assert names[0] == "zarr.json" and names[: len(groups)] == groups, "metadata first"
    assert [name.count("/") for name in groups] == sorted(name.count("/") for name in groups), "breadth first"
    assert all(entry.compress_type == zipfile.ZIP_STORED for entry in entries), "stored"
    assert b"PK\6\6" in Path(path).read_bytes()[-200:], "64-bit records"


def by_ngff_zarr(path):
    if path.endswith(".ozx"):
        assert ngff_zarr.read_ozx_version(path) == "0.5" and ngff_zarr.read_ozx_json_first(path)
        check_archive(path)
    images = ngff_zarr.from_ngff_zarr(path, validate=True).images
    return [dict(shape=i.data.shape, dtype=str(i.data.dtype), crc=checksum(i.data),
                 scale=[i.scale.get(d, 1.0) for d in i.dims], unit=(i.axes_units or {}).get("z"),
                 translation=[i.translation.get(d, 0.0) for d in i.dims],
                 orientation=[getattr(o, "value", None) for o in ((i.axes_orientations or {}).get(d) for d in "zyx")])
            for i in images]


def by_models(path):
    group = zarr.open_group(path, mode="r")
    image = ome_zarr_models.open_ome_zarr(group)
    return dict(kind=type(image).__name__, version=getattr(getattr(image, "ome_attributes", None), "version", None))


def by_nifti_zarr(path):
    image = niizarr.zarr2nii(path)
    return dict(affine=image.header.get_best_affine().ravel(), shape=image.shape, crc=checksum(np.asarray(image.dataobj).T))


found = {}
for path in sys.argv[1:]:
    tools = {"zarr": by_zarr} if path.endswith(".zip") else {"zarr": by_zarr, "ngff-zarr": by_ngff_zarr} if path.endswith(".ozx") else {
        "zarr": by_zarr, "ome-zarr-py": by_ome_zarr, "ngff-zarr": by_ngff_zarr, "ome-zarr-models": by_models}
    if path.endswith(".nii.zarr"):
        tools["nifti-zarr"] = by_nifti_zarr
    found[path] = {}
    for name, tool in tools.items():
        try:
            found[path][name] = tool(path)
        except Exception as error:  # What a tool refuses is a finding, whatever it throws.
            found[path][name] = f"{type(error).__name__}: {error}"
print(json.dumps(found, default=lambda value: value.tolist() if isinstance(value, np.ndarray) else str(value)))
