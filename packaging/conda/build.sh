#!/bin/sh
# Puts n4 under PREFIX, with two commands that start it as the launcher of the npm package does. See meta.yaml.
set -eu

share=$PREFIX/share/n4
mkdir -p "$share" "$PREFIX/bin"
cp -R lib ffi "$share/"
flags=$(sed -n 's/^const FLAGS = \["\(.*\)"\];.*/\1/p' launch.js | sed 's/","/ /g')
library=$share/ffi/prebuilt/linux-x64/libn4_cuda.so

command() {
  cat > "$PREFIX/bin/$1" <<END
#!/bin/sh
export DENO_NO_UPDATE_CHECK=1
exec "$PREFIX/bin/deno" $flags --allow-ffi="\${N4_CUDA_LIBRARY:-$library}" "$share/lib/n4.js" $2 "\$@"
END
  chmod 755 "$PREFIX/bin/$1"
}

command n4 ''
command N4BiasFieldCorrection ants
