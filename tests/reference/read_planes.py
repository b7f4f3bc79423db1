"""Puts the TIFF planes of a folder, in the order of their names, into one array of little-endian float32, C order [z, y, x], and prints its shape.

Usage: python read_planes.py FOLDER OUT
"""

import json
import sys
from pathlib import Path

import numpy as np
import tifffile

planes = [tifffile.imread(path) for path in sorted(Path(sys.argv[1]).glob("*.tif"))]
volume = np.stack(planes).astype("<f4")
volume.tofile(sys.argv[2])
print(json.dumps(volume.shape))
