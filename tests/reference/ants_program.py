"""ANTs' own N4BiasFieldCorrection, as antspyx carries it, with the words of its command line.

The compiled library is loaded alone: the package around it imports pandas, matplotlib and more for two to four seconds,
which are no part of ANTs.
"""

import glob
import sys
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location

[path] = glob.glob(f"{sysconfig.get_path('platlib')}/ants/lib.*.so")
spec = spec_from_file_location("lib", path)
library = module_from_spec(spec)
spec.loader.exec_module(library)
sys.exit(library.N4BiasFieldCorrection(sys.argv[1:]))
