"""The figures of `n4 compare` and `n4 benchmark` by NumPy and SciPy, in float64. Called by run_figures_parity.ts.

Usage: python peer_figures.py CASES.json

A case names raw arrays (float32 input, two corrected volumes, two fields, the true field; uint8 mask). The answer, on standard output, has for each case
every figure by its key, and the counts of the histograms over the given edges.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
from scipy import stats

FLOOR = 1e-6


def read(path, dtype="<f4"):
    return np.fromfile(path, dtype)


def log(values):
    return np.log(np.maximum(values.astype("f8"), FLOOR))


def variation(values):
    return np.std(values) / np.mean(values)


def figures(case):
    source, mask = read(case["input"]), read(case["mask"], "u1") != 0
    corrected = [read(path) for path in case["corrected"]]
    field = [read(path) for path in case["field"]]
    truth = read(case["truth"]).astype("f8")
    level = np.percentile(log(source), 5)
    made = (log(source) > level) & (source > 0)
    mask &= np.isfinite(field[0]) & np.isfinite(field[1]) & np.isfinite(corrected[0]) & np.isfinite(corrected[1])
    inside = [c[mask].astype("f8") for c in corrected]
    fields = [f[mask].astype("f8") for f in field]
    logs = [log(values) for values in (source[mask], *(c[mask] for c in corrected))]
    tissue = logs[0] > np.median(logs[0])
    spread = [np.percentile(v[tissue], 90) - np.percentile(v[tissue], 10) for v in logs]
    means = [np.mean(v) for v in inside]
    difference = inside[1] / means[1] - inside[0] / means[0]
    scaled = [logs[0], *(np.log(np.maximum(c * (np.mean(source[mask].astype("f8")) / m), FLOOR)) for c, m in zip(inside, means))]
    log_fields = [log(f[mask]) for f in field]
    found = {
        "maskCoverage": 100 * mask.sum() / mask.size,
        "fieldLogMean:a": log_fields[0].mean(),
        "fieldLogMean:b": log_fields[1].mean(),
        "fieldCorrelation": stats.pearsonr(*log_fields).statistic,
        "contrastRatio": spread[2] / max(spread[1], FLOOR),
        "medianError": np.median(np.abs(difference)),
        "p95Error": np.percentile(np.abs(difference), 95),
        "largestFieldDifference": np.max(np.abs(fields[1] / fields[1].mean() - fields[0] / fields[0].mean())),
        "benchmark:fieldCorrelation": np.corrcoef(fields[1], fields[0])[0, 1],
        "benchmark:truthVariation": variation(fields[1] / truth[mask]),
    }
    for name, i in (("input", 0), ("a", 1), ("b", 2)):
        found[f"tissueSpread:{name}"] = spread[i]
        found[f"tissueMedian:{name}"] = np.median(logs[i][tissue])
        found[f"maskVariation:{name}"] = variation([source[mask].astype("f8"), *inside][i])
    counts = [np.histogram(v, np.array(case["logEdges"]))[0].tolist() for v in scaled]
    counts.append(np.histogram((100 * difference).astype("f4"), np.array(case["differenceEdges"]))[0].tolist())
    return {"figures": {key: float(value) for key, value in found.items()}, "counts": counts, "made": int(made.sum())}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as cases:
        answers = [figures(case) for case in json.load(cases)]
    print(json.dumps({"versions": {name: version(name) for name in ("numpy", "scipy")}, "answers": answers}))
