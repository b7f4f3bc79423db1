#!/usr/bin/env bash
# All that only a GPU can answer, on a bare machine without a network: one part after the other, the most telling first.
# Each part has a time limit of its own and leaves what it found in $OUT before the next begins. Ends with 1, after all
# of them, where one failed or had no time left.
#   bash bench/hardware/prepare.sh         before, with the network
#   OUT=results bash bench/hardware/run.sh at most 560 s (SECONDS_IN_ALL)
#   PARTS="contract profile" ...           these parts alone
#   REHEARSE=1 ...                         all of it over the emulator (deno task build:emulator before)
# PYTHON names a Python that has cupy and jax; without them the peers are left out, with the reason.
set -u
cd "$(dirname "$0")/../.."
OUT=${OUT:-/tmp/n4-hardware}
carry=$PWD/.carry
work=${WORK:-/tmp/n4-hardware-work}
mkdir -p "$OUT" "$work/bin" "$work/cache" "$work/site"
limit_in_all=${SECONDS_IN_ALL:-560}
PARTS=${PARTS:-"machine contract stages profile head peers memcheck racecheck kernels webgpu two phantom"}
PYTHON=${PYTHON:-$(command -v python3)}
export PATH=$work/bin:$PATH:/usr/local/cuda/bin DENO_DIR=$work/cache PYTHONPATH=$work/site
export NO_COLOR=1 DENO_NO_UPDATE_CHECK=1 XLA_PYTHON_CLIENT_PREALLOCATE=false PYTHONUNBUFFERED=1

# A bare machine may have no xz; Python has its own.
unpack() {
  xz -dc "$1" 2>/dev/null ||
    "$PYTHON" -c "import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)" "$1"
}
if [ ! -x "$work/bin/deno" ]; then unpack "$carry/deno.xz" >"$work/bin/deno" && chmod +x "$work/bin/deno"; fi
[ -d "$work/cache/npm" ] || unpack "$carry/cache.tar.xz" | tar xf - -C "$work/cache"
"$PYTHON" -m zipfile -e "$carry"/n4ax-*.whl "$work/site" 2>/dev/null
dpkg -x "$carry"/libvulkan1*.deb "$work/vulkan" 2>/dev/null
echo "unpacked after $SECONDS s" | tee -a "$OUT/summary.txt"

failed=0
# part NAME LIMIT COMMAND...: where it is asked for and time is left
part() {
  local name=$1 limit=$2 start=$SECONDS left=$((limit_in_all - SECONDS - 5)) status=0
  shift 2
  case " $PARTS " in *" $name "*) ;; *) return 0 ;; esac
  if [ "$left" -lt 15 ]; then
    echo "$name: no time left" | tee -a "$OUT/summary.txt"
    failed=1
    return 0
  fi
  echo "=== $name: $*" >>"$OUT/log.txt"
  local begin
  begin=$(wc -c <"$OUT/log.txt")
  timeout -k 5 $((limit < left ? limit : left)) "$@" >>"$OUT/log.txt" 2>&1 </dev/null || status=$?
  echo "$name: exit code $status, $((SECONDS - start)) s" | tee -a "$OUT/summary.txt"
  [ "$status" -eq 0 ] && return 0
  failed=1
  tail -c "+$((begin + 1))" "$OUT/log.txt" | tail -n 12 | cut -c1-300
}
script() { part "$1" "$2" bash -o pipefail -c "$3"; }

# Without --quiet, which would leave out what tests print: the margins.
test="deno test --no-check --lock=tests/deno.lock --allow-ffi --allow-env --allow-read --allow-sys"
profile="deno run -A --no-check --lock=tests/deno.lock bench/hardware/profile.ts"
n4="deno run -A --no-check $PWD/scripts/n4.ts"
verify="deno run -A --no-check --lock=tests/deno.lock bench/verify_cuda.ts --output $OUT --python $PYTHON --only"
suite=tests/backends/cuda_hardware_test.ts
hardware="env N4_REQUIRE=cuda,cuda-emulator N4_CUDA_EMULATOR=hardware N4_PRINT_MARGINS=1"
phantom=128x256x256 largest=256x512x512
if [ -n "${REHEARSE:-}" ]; then
  export N4_CUDA_LIBRARY=$PWD/ffi/emulator/build/libn4_cuda_emulated.so
  suite=tests/backends/cuda/contract_test.ts
  hardware="env N4_REQUIRE=cuda-emulator N4_PRINT_MARGINS=1"
  profile="$profile --small"
  verify="${verify% --only} --library emulated --small --only"
  phantom=16x32x32 largest=16x32x32
else
  icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  [ -e $icd ] && export VK_DRIVER_FILES=$icd
fi
# The tests that meet every kernel within minutes; bench/cuda_checks.ts has the same ones.
few='--filter=/fits (a mask|confidences|a fine)|everything together|smooths all/'
sanitize="compute-sanitizer --error-exitcode 9 --tool"
counters=gpu__time_duration.sum,sm__throughput.avg.pct_of_peak_sustained_elapsed
counters+=,dram__throughput.avg.pct_of_peak_sustained_elapsed,l1tex__throughput.avg.pct_of_peak_sustained_elapsed
counters+=,sm__inst_executed_pipe_fp64.sum,launch__registers_per_thread
counters+=,sm__warps_active.avg.pct_of_peak_sustained_active
vulkan="export LD_LIBRARY_PATH=$work/vulkan/usr/lib/x86_64-linux-gnu DENO_WEBGPU_BACKEND=vulkan XDG_RUNTIME_DIR=/tmp"

script machine 20 "nvidia-smi; nvcc --version | tail -2; ldd --version | head -1; $PYTHON -V; $n4 doctor"
part contract 90 $hardware $test $suite
part stages 40 $hardware $test tests/backends/cuda/stages_test.ts
script profile 70 "$profile | tee $OUT/profile.jsonl"
part head 100 $verify times --case head
part peers 100 $verify times --case "$phantom"
part memcheck 80 $hardware $sanitize memcheck $test "$few" $suite
part racecheck 100 $hardware $sanitize racecheck $test "$few" $suite
script kernels 60 "ncu --clock-control none --csv --page raw --metrics $counters $profile --once >$OUT/kernels.csv"
script webgpu 90 "$vulkan; $profile --webgpu | tee $OUT/profile_webgpu.jsonl &&
  N4_REQUIRE=webgpu N4_PRINT_MARGINS=1 deno task suite webgpu"
part two 60 $verify processes
part phantom 120 $verify times --case "$largest"
cat "$OUT/summary.txt"
exit "$failed"
