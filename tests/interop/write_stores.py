"""Writes OME-Zarr images with zarr-python, ome-zarr-py and ngff-zarr into the folder that is given, and `stores.json`, which says what is in them.

The value of a voxel is a formula of its place, `pattern`, which `pattern.ts` has as well.
"""

import json
import sys
from pathlib import Path

import ngff_zarr
import nibabel
import niizarr
import numpy as np
import ome_zarr.format
import ome_zarr.writer
import zarr
from numcodecs import Blosc, GZip, Zlib, Zstd
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

SHAPE = (11, 23, 37)
CHUNK = (4, 8, 16)
FOLDER = Path(sys.argv[1])
stores = []


def pattern(dtype, channels=1, shape=SHAPE):
    """Voxels of shape (channels, z, y, x)."""
    c, z, y, x = np.meshgrid(*(np.arange(n, dtype=np.int64) for n in (channels, *shape)), indexing="ij")
    mixed = c * 15485863 + z * 7919 + y * 104729 + x * 1299709
    kind = np.dtype(dtype)
    if kind.itemsize == 1:
        return (mixed % 251).astype(kind)
    if kind.kind == "f":
        return ((mixed % 65521) / 8 - 100).astype(kind)
    return (mixed % 32749).astype(kind)


def record(name, dtype, channels=1, unit="millimeter", scale=(1.0, 1.0, 1.0), level=0):
    stores.append(dict(path=name, dataType=np.dtype(dtype).name, channels=channels, unit=unit, scale=scale, level=level))


def multiscales(version, unit, scale, channel):
    axes = [{"name": "c", "type": "channel"}] if channel else []
    axes += [{"name": n, "type": "space", "unit": unit} for n in "zyx"]
    factors = ([1.0] if channel else []) + list(scale)
    moved = ([0.0] if channel else []) + [5.0, 0.0, 0.0]
    image = {"name": "image", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [
        {"type": "scale", "scale": factors}, {"type": "translation", "translation": moved}]}]}
    return {"multiscales": [{**image, "version": "0.4"}]} if version == 2 else {"ome": {"version": "0.5", "multiscales": [image]}}


def by_zarr(name, version, dtype, channels=0, unit="millimeter", scale=(0.02, 0.01, 0.01), **storage):
    root = zarr.open_group(FOLDER / name, mode="w", zarr_format=version)
    root.attrs.update(multiscales(version, unit, scale, channels > 0))
    data = pattern(dtype, max(1, channels))
    chunks = storage.pop("chunks", CHUNK)
    array = zarr.create(
        store=root.store, path="0", zarr_format=version, dtype=dtype, fill_value=0, overwrite=True,
        shape=data.shape if channels else SHAPE, chunks=(1, *chunks) if channels else chunks, **storage,
    )
    array[...] = data if channels else data[0]
    record(name, dtype, max(1, channels), unit, scale)


def write_version_2():
    codecs = {
        "zstd": Zstd(level=3), "gzip": GZip(level=5), "zlib": Zlib(level=5), "none": None,
        "blosc-lz4-shuffle": Blosc("lz4", 5, Blosc.SHUFFLE), "blosc-zstd-bitshuffle": Blosc("zstd", 3, Blosc.BITSHUFFLE),
        "blosc-zlib": Blosc("zlib", 5, Blosc.NOSHUFFLE), "blosc-lz4hc": Blosc("lz4hc", 5, Blosc.SHUFFLE),
    }
    for name, compressor in codecs.items():
        by_zarr(f"v2-{name}.zarr", 2, "<u2", compressor=compressor, dimension_separator="/")
    by_zarr("v2-dots.zarr", 2, "<f4", compressor=codecs["zstd"], dimension_separator=".")
    by_zarr("v2-big-endian-uint16.zarr", 2, ">u2", compressor=codecs["zstd"], dimension_separator="/")
    by_zarr("v2-big-endian-float32.zarr", 2, ">f4", compressor=None, dimension_separator="/")
    by_zarr("v2-f-order.zarr", 2, "<f4", compressor=codecs["zstd"], dimension_separator="/", order="F")
    by_zarr("v2-uint8-channels.zarr", 2, "|u1", channels=3, compressor=codecs["zstd"], dimension_separator="/")
    by_zarr("v2-micrometre.zarr", 2, "<f4", unit="micrometer", scale=(20.0, 10.0, 10.0), compressor=codecs["zstd"],
            dimension_separator="/")


def write_version_3():
    little = BytesCodec(endian="little")
    codecs = {
        "zstd": [little, ZstdCodec(level=1)], "zstd-checksum": [little, ZstdCodec(level=1, checksum=True)],
        "gzip": [little, GzipCodec(level=5)], "none": [little], "crc32c": [little, ZstdCodec(level=1), Crc32cCodec()],
        "blosc-lz4": [little, BloscCodec(cname="lz4", shuffle="shuffle", typesize=2)],
        "blosc-zstd": [little, BloscCodec(cname="zstd", shuffle="bitshuffle", typesize=2)],
        "big-endian": [BytesCodec(endian="big"), ZstdCodec(level=1)],
        "f-order": [TransposeCodec(order=(2, 1, 0)), little, ZstdCodec(level=1)],
    }
    for name, chain in codecs.items():
        by_zarr(f"v3-{name}.zarr", 3, "uint16", codecs=chain)
    for place in ("start", "end"):
        shards = ShardingCodec(chunk_shape=CHUNK, codecs=[little, ZstdCodec(level=1)], index_location=place)
        by_zarr(f"v3-shards-index-{place}.zarr", 3, "float32", chunks=(8, 24, 48), codecs=[shards])
    by_zarr("v3-uint8-channels.zarr", 3, "uint8", channels=2, codecs=[BytesCodec(), ZstdCodec(level=1)])
    by_zarr("v3-micrometre.zarr", 3, "float32", unit="micrometer", scale=(20.0, 10.0, 10.0), codecs=[little, ZstdCodec()])


def write_by_ome_zarr():
    for version, form in (("0.4", ome_zarr.format.FormatV04()), ("0.5", ome_zarr.format.FormatV05())):
        for dtype, channels in (("uint8", 2), ("uint16", 1), ("float32", 1)):
            name = f"ome-zarr-py-{version}-{dtype}.zarr"
            group = zarr.open_group(FOLDER / name, mode="w", zarr_format=2 if version == "0.4" else 3)
            data = pattern(dtype, channels)
            ome_zarr.writer.write_image(
                data if channels > 1 else data[0], group, scale_factors=(2,), fmt=form, axes="czyx" if channels > 1 else "zyx",
                axes_units={n: "micrometer" for n in "zyx"}, scale={"z": 20.0, "y": 10.0, "x": 10.0},
            )
            record(name, dtype, channels, "micrometer", (20.0, 10.0, 10.0))


def write_by_ngff_zarr():
    for version, dtype, shards in (("0.4", "uint16", None), ("0.5", "float32", None), ("0.5", "uint16", 2)):
        name = f"ngff-zarr-{version}-{dtype}{'-sharded' if shards else ''}.zarr"
        image = ngff_zarr.to_ngff_image(
            pattern(dtype)[0], dims=["z", "y", "x"], scale={"z": 0.02, "y": 0.01, "x": 0.01},
            axes_units={n: "millimeter" for n in "zyx"},
        )
        scales = ngff_zarr.to_multiscales(image, scale_factors=[2], chunks=8)
        ngff_zarr.to_ngff_zarr(str(FOLDER / name), scales, version=version, chunks_per_shard=shards)
        record(name, dtype, 1, "millimeter", (0.02, 0.01, 0.01))


def write_zip():
    store = zarr.storage.ZipStore(FOLDER / "v3.ome.zarr.zip", mode="w")
    root = zarr.open_group(store, mode="w", zarr_format=3)
    root.attrs.update(multiscales(3, "millimeter", (0.02, 0.01, 0.01), False))
    array = root.create_array("0", shape=SHAPE, chunks=CHUNK, dtype="float32")
    array[...] = pattern("float32")[0]
    store.close()
    record("v3.ome.zarr.zip", "float32", 1, "millimeter", (0.02, 0.01, 0.01))


def write_by_nifti_zarr():
    """A head with an oblique affine and scaled integers, as NIfTI and as nifti-zarr in both formats of Zarr."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in (20, 24, 16)), indexing="ij")
    head = np.where(x * x + y * y + z * z < 0.7, 900 + 200 * x + 100 * np.sin(9 * y) * np.cos(7 * z), 20).astype("<i2")
    affine = np.array([[-1.4, 0.4, 0, 40], [-0.3, -1.9, 0, 36], [0, 0, 3, -30], [0, 0, 0, 1]])
    image = nibabel.Nifti1Image(head, affine)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_slope_inter(0.5, 10)
    nibabel.save(image, FOLDER / "head.nii")
    for version in (2, 3):
        niizarr.nii2zarr(str(FOLDER / "head.nii"), str(FOLDER / f"head-v{version}.nii.zarr"), chunk=8, zarr_version=version)


write_version_2()
write_version_3()
write_by_ome_zarr()
write_by_ngff_zarr()
write_zip()
write_by_nifti_zarr()
(FOLDER / "stores.json").write_text(json.dumps({"shape": SHAPE, "stores": stores}))
