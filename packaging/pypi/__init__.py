"""Starts n4, a Deno program, with the permissions that it needs and no other."""

import os
import re
import sys
from urllib.parse import urlsplit

from deno import find_deno_bin

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_FLAGS = []  # filled in by packaging/pack.ts
_S3_VARIABLES = []  # likewise


def _run(*words):
    library = os.environ.get("N4_CUDA_LIBRARY") or os.path.join(_FOLDER, "ffi", "prebuilt", "linux-x64", "libn4_cuda.so")
    program = os.path.join(_FOLDER, "lib", "n4.js")
    command = [find_deno_bin(), *_FLAGS, *_for_servers(sys.argv[1:]), "--allow-ffi=" + library, program]
    command += [*words, *sys.argv[1:]]
    os.environ["DENO_NO_UPDATE_CHECK"] = "1"
    if os.name != "nt":
        os.execv(command[0], command)
    # On Windows a program that is put in this one's place would run on behind the shell's back.
    import subprocess

    sys.exit(subprocess.call(command))


def _for_servers(words):
    """Leave to reach the servers that inputs are on, and no others."""
    text = "\n".join(words)
    hosts = re.findall(r"https?://([^/?#\s]+)", text, re.IGNORECASE)
    if not re.search("s3://", text, re.IGNORECASE):
        return ["--allow-net=" + ",".join(hosts)] if hosts else []
    env = os.environ.get
    region = env("AWS_REGION") or env("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = env("AWS_ENDPOINT_URL_S3") or env("AWS_ENDPOINT_URL") or "https://s3." + region + ".amazonaws.com"
    hosts.append(urlsplit(endpoint).netloc)
    return ["--allow-net=" + ",".join(hosts), "--allow-env=" + ",".join(_S3_VARIABLES)]


def n4():
    """The command n4."""
    _run()


def ants():
    """The command N4BiasFieldCorrection."""
    _run("ants")
