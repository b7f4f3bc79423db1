"""Copies a Zarr array chunk by chunk with zarr-python and two threads, codecs and chunks as they are.

    .venv/interop/bin/python bench/copy_zarr.py IN.ome.zarr/0 OUT.zarr
"""

import itertools
import sys
from concurrent.futures import ThreadPoolExecutor

import zarr

source = zarr.open_array(sys.argv[1], mode="r")
layout = {"shape": source.shape, "chunks": source.chunks, "dtype": source.dtype, "compressors": source.compressors}
target = zarr.create_array(sys.argv[2], fill_value=0, **layout)
starts = [range(0, size, edge) for size, edge in zip(source.shape, source.chunks)]


def copy(start):
    chunk = tuple(slice(at, at + edge) for at, edge in zip(start, source.chunks))
    target[chunk] = source[chunk]


with ThreadPoolExecutor(2) as threads:
    list(threads.map(copy, itertools.product(*starts)))
