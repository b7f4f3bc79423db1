#!/usr/bin/env bash
# Gathers what bench/hardware/run.sh needs on a machine with a GPU and no network: Deno, the packages of the lock, peers.
#   bash bench/hardware/prepare.sh        in a clone, with the network; some 3 minutes; makes .carry, about 35 MB
set -euo pipefail
cd "$(dirname "$0")/../.."
carry=.carry
mkdir -p "$carry"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ -s "$carry/deno.xz" ] || nice xz -6 -T0 -c "$(readlink -f "$(command -v deno)")" >"$carry/deno.xz"

DENO_DIR=$scratch/cache deno cache --quiet --lock=tests/deno.lock scripts/n4.ts ffi/build.ts bench/verify_cuda.ts \
  bench/hardware/profile.ts tests/backends/*.ts tests/backends/cuda/*.ts tests/backends/webgpu/*.ts
# Deno wants a folder for every package of the lock. Of those that these programs do not import, package.json is enough.
(
  cd "$scratch"/cache/npm/*/
  for package in binaryen playwright-core assemblyscript @resvg/resvg-wasm @fontsource/inter; do
    for version in "$package"/*/; do
      [ -d "$version" ] && find "$version" -mindepth 1 -maxdepth 1 ! -name package.json -exec rm -rf {} +
    done
  done
) || true
tar cf - -C "$scratch/cache" npm | xz -9 >"$carry/cache.tar.xz"

python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --dest "$carry" n4ax==0.1.1
(cd "$carry" && apt-get -o APT::Sandbox::User=root download -q libvulkan1)
du -sh "$carry"
