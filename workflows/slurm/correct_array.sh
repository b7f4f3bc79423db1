#!/bin/bash
# Corrects many stacks with SLURM alone, one array task each:
#
#   sbatch --array=1-$(wc -l < stacks.txt) correct_array.sh stacks.txt results [options of n4 correct]
#
# stacks.txt names one image a line; each result bears its name in the folder results. The command is `n4`, or what the variable N4 says.
# Exit code 3 of a task tells that --mem is too little for it. With --gres=gpu:1 SLURM assigns a GPU; then give '--backend auto' too.
#
#SBATCH --job-name=n4
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=08:00:00
#SBATCH --output=n4-%A_%a.log
set -euo pipefail

list=$1
results=$2
shift 2
input=$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$list")
mkdir -p "$results"
# A tenth of the task's memory stays free for the system's own use of it.
# shellcheck disable=SC2086 # N4 may be a command with options.
exec ${N4:-n4} correct "$input" "$results/$(basename "$input")" \
  --n-processes "$SLURM_CPUS_PER_TASK" --memory-limit "$((SLURM_MEM_PER_NODE * 9 / 10))MiB" "$@"
