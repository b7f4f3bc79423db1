"""Runs a command and prints, as JSON on the last line, its exit code, its wall and processor seconds and the largest memory that it held resident, in bytes.

    python3 bench/measured_command.py deno run ... scripts/n4.ts correct IN OUT
"""

import json
import resource
import subprocess
import sys
import time

begin = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
seconds = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(
    json.dumps(
        {
            "code": done.returncode,
            "stderr": done.stderr[-2000:] if done.returncode else "",
            "seconds": seconds,
            "processorSeconds": used.ru_utime + used.ru_stime,
            "peakBytes": used.ru_maxrss * 1024,  # Linux counts KiB.
        }
    )
)
