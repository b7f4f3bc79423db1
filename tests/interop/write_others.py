"""Writes images with ome-writers, bioio-ome-zarr, iohub, tensorstore and spatialdata, as far as they are installed, into the folder of the command line, for
`fixtures.ts`: packages that are too large for every run of the suite.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(sys.argv[1])
z, y, x = np.meshgrid(np.arange(11), np.arange(23), np.arange(37), indexing="ij")
VOLUME = ((z * 7919 + y * 104729 + x * 1299709) % 32749).astype("u2")
EDGES = {"z": 3.0, "y": 2.0, "x": 2.0}


def by_ome_writers():
    import ome_writers

    space = [ome_writers.Dimension(name=n, count=size, chunk_size=8, scale=EDGES[n], unit="micrometer", type="space") for n, size in zip("zyx", VOLUME.shape)]
    others = [ome_writers.Dimension(name="t", count=2, type="time"), ome_writers.Dimension(name="c", count=2, type="channel")]
    for form in ("tensorstore", "acquire-zarr", "zarrs-python", "zarr-python"):
        path = str(FOLDER / f"ome-writers-{form}.ome.zarr")
        settings = ome_writers.AcquisitionSettings(root_path=path, dimensions=others + space, dtype="uint16", format=form, overwrite=True)
        with ome_writers.create_stream(settings) as stream:
            for offset in range(4):
                for plane in VOLUME:
                    stream.append(plane + offset)


def by_bioio_ome_zarr():
    from bioio_ome_zarr.writers import OMEZarrWriter

    data = np.stack([VOLUME, VOLUME + 1])[None]
    for version in (2, 3):
        path = str(FOLDER / f"bioio-v{version}.ome.zarr")
        OMEZarrWriter(store=path, level_shapes=[data.shape], dtype="uint16", zarr_format=version).write_full_volume(data)


def by_iohub():
    from iohub import open_ome_zarr

    for version in ("0.4", "0.5"):
        with open_ome_zarr(FOLDER / f"iohub-{version}.zarr", layout="fov", mode="w", channel_names=["a", "b"], version=version) as image:
            image["0"] = np.stack([VOLUME, VOLUME + 1])[None]
        with open_ome_zarr(FOLDER / f"iohub-hcs-{version}.zarr", layout="hcs", mode="w", channel_names=["a"], version=version) as plate:
            plate.create_position("A", "1", "0")["0"] = VOLUME[None, None]


def by_tensorstore():
    import tensorstore

    blosc = {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 2, "blocksize": 0}
    inner = [{"name": "transpose", "configuration": {"order": [2, 0, 1]}}, {"name": "bytes", "configuration": {"endian": "big"}},
             {"name": "blosc", "configuration": blosc}]
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    shards = {"chunk_shape": [4, 8, 16], "codecs": inner, "index_codecs": index, "index_location": "start"}
    formats = {
        "zarr": {"chunks": [4, 8, 16], "dtype": "<u2", "dimension_separator": "/", "compressor": {"id": "blosc", "cname": "zstd", "clevel": 3, "shuffle": 2}},
        "zarr3": {"data_type": "uint16", "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8, 16, 32]}},
                  "codecs": [{"name": "sharding_indexed", "configuration": shards}]},
    }
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    image = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": list(EDGES.values())}]}]}
    for driver, metadata in formats.items():
        folder = FOLDER / f"tensorstore-{driver}.ome.zarr"
        spec = {"driver": driver, "kvstore": {"driver": "file", "path": str(folder / "0")}, "metadata": {"shape": VOLUME.shape, **metadata}}
        tensorstore.open(spec, create=True, delete_existing=True).result().write(VOLUME).result()
        if driver == "zarr":
            (folder / ".zgroup").write_text('{"zarr_format": 2}')
            (folder / ".zattrs").write_text(json.dumps({"multiscales": [{**image, "version": "0.4"}]}))
        else:
            attributes = {"ome": {"version": "0.5", "multiscales": [image]}}
            (folder / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": attributes}))


def by_spatialdata():
    import spatialdata
    from spatialdata.models import Image3DModel, Labels3DModel

    image = Image3DModel.parse(VOLUME[None], dims=("c", "z", "y", "x"), scale_factors=[2])
    labels = Labels3DModel.parse((VOLUME % 5).astype("i4"), dims=("z", "y", "x"))
    spatialdata.SpatialData(images={"image": image}, labels={"labels": labels}).write(FOLDER / "spatialdata.zarr", overwrite=True)


FOLDER.mkdir(parents=True, exist_ok=True)
for write in (by_ome_writers, by_bioio_ome_zarr, by_iohub, by_tensorstore, by_spatialdata):
    package = write.__name__[3:].replace("_", "-")
    try:
        write()
        print(package, importlib.metadata.version(package))
    except ModuleNotFoundError as error:
        print(package, "is not installed:", error)
