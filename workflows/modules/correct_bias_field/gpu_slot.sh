# Gives a shell a GPU of its own. Read in (by `source`, or as text in front of a task's script), it defines two functions:
#
#   take_gpu_slot COUNT   waits for one of the GPUs 0 to COUNT - 1 that no other shell has taken and names it in CUDA_VISIBLE_DEVICES. Where
#                         CUDA_VISIBLE_DEVICES is set already, be it to nothing, or SLURM has assigned GPUs, nothing is changed.
#   release_gpu_slot      gives it back before the shell ends.
#
# A slot is a file that is locked (flock) as long as it is open, in the shell or in a program that it has started. So a slot is free again
# once its holder has ended, however it ended, and never while a program of a shell that was killed still computes on it.
# Slots are for the tasks of one user on one machine, in /tmp/n4-gpu-slots-UID or where N4_GPU_SLOTS says. Needs bash and flock (util-linux).

take_gpu_slot() {
  if [ -n "${CUDA_VISIBLE_DEVICES+set}" ] || [ -n "${SLURM_JOB_GPUS:-}" ]; then
    echo "GPU: as assigned, CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES-not set}"
    return 0
  fi
  local count=$1 folder="${N4_GPU_SLOTS:-/tmp/n4-gpu-slots-$(id -u)}" queue slot
  mkdir -m 0700 "$folder" 2>/dev/null || true # Somebody else may have been first.
  if [ -L "$folder" ] || [ ! -O "$folder" ]; then
    echo "Cannot take a GPU as the folder of its locks must be one's own: current folder is $folder" >&2
    return 1
  fi
  # One shell at a time looks; the others wait in the order in which the system wakes them.
  exec {queue}>"$folder/queue"
  flock "$queue"
  while true; do
    for ((slot = 0; slot < count; slot++)); do
      exec {n4_gpu_lock}>"$folder/$slot"
      if flock --nonblock "$n4_gpu_lock"; then
        exec {queue}>&-
        export CUDA_VISIBLE_DEVICES=$slot
        echo "GPU: CUDA_VISIBLE_DEVICES=$slot"
        return 0
      fi
      exec {n4_gpu_lock}>&-
    done
    sleep 0.1
  done
}

release_gpu_slot() {
  [ -n "${n4_gpu_lock:-}" ] || return 0
  exec {n4_gpu_lock}>&-
  unset n4_gpu_lock CUDA_VISIBLE_DEVICES
}
