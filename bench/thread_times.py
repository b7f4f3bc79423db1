"""Runs a command that reports its stages as JSON on standard error and prints, as JSON, what each took: wall seconds, and the processor seconds of the main thread, of each worker and of the other threads.

    python3 bench/thread_times.py deno run ... scripts/n4.ts correct IN OUT --json
"""

import collections
import json
import os
import subprocess
import sys
import time


def processor_seconds(pid):
    """Seconds of each thread by its name; a thread that has ended is missing."""
    seconds = collections.Counter()
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/comm") as name, open(f"/proc/{pid}/task/{task}/schedstat") as times:
                name = name.read().strip()
                kind = "main" if int(task) == pid else name if name.startswith("worker-") else "other"
                seconds[kind] += int(times.read().split()[0]) / 1e9
        except FileNotFoundError:
            pass
    return seconds


begin = time.perf_counter()
running = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
stages, under_way = collections.OrderedDict(), ["start"]
last, last_time = collections.Counter(), begin


def pass_to_stage():
    """Adds what has been used since the last call to the stage under way."""
    global last, last_time
    now, now_time = processor_seconds(running.pid), time.perf_counter()
    stage = stages.setdefault(under_way[-1], collections.Counter())
    for kind in now:
        stage[kind] += max(0, now[kind] - last[kind])
    stage["wall"] += now_time - last_time
    last, last_time = now, now_time


lines = []
for line in running.stderr:
    lines.append(line)
    event = json.loads(line) if line.startswith("{") else {}
    if event.get("event") != "stage":
        continue
    pass_to_stage()
    if event["state"] == "started":
        under_way.append(event["name"])
    else:
        under_way.pop()
code = running.wait()
print(json.dumps({"code": code, "stderr": "".join(lines)[-2000:] if code else "", "stages": stages}))
