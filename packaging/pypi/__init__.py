"""Starts n4, a Deno program, with the permissions that it needs and no other."""

import os
import sys

from deno import find_deno_bin

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_FLAGS = []  # filled in by packaging/pack.ts


def _run(*words):
    library = os.environ.get("N4_CUDA_LIBRARY") or os.path.join(_FOLDER, "ffi", "prebuilt", "linux-x64", "libn4_cuda.so")
    program = os.path.join(_FOLDER, "lib", "n4.js")
    command = [find_deno_bin(), *_FLAGS, "--allow-ffi=" + library, program, *words, *sys.argv[1:]]
    os.environ["DENO_NO_UPDATE_CHECK"] = "1"
    if os.name != "nt":
        os.execv(command[0], command)
    # On Windows a program that is put in this one's place would run on behind the shell's back.
    import subprocess

    sys.exit(subprocess.call(command))


def n4():
    """The command n4."""
    _run()


def ants():
    """The command N4BiasFieldCorrection."""
    _run("ants")
