# Read by the programs beside it: takes --libtorch DIR from the front of the arguments and sets what
# DJL asks the environment for. DIR is libtorch, or the folder torch of a Python package. Where DJL
# has no JNI library for that version, one that was compiled against it must lie beside libtorch.so,
# see docs/engines.md.
home=$(cd "$(dirname "$0")/.." && pwd)
torch=
case ${1:-} in
    --libtorch)
        [ $# -gt 1 ] || { echo "error: --libtorch: expected a folder, got none" >&2; exit 2; }
        torch=$2
        shift 2
        ;;
    --libtorch=*)
        torch=${1#*=}
        shift
        ;;
esac
if [ ! -f "$torch/lib/libtorch.so" ]; then
    echo "error: --libtorch: expected a folder with lib/libtorch.so, got ${torch:-none}" >&2
    exit 2
fi
torch=$(cd "$torch" && pwd)

# libtorch says its version in build-version, the Python package in version.py.
version=
if [ -f "$torch/build-version" ]; then
    version=$(cat "$torch/build-version")
elif [ -f "$torch/version.py" ]; then
    version=$(sed -n "s/^__version__ = ['\"]\([^'\"]*\)['\"].*/\1/p" "$torch/version.py")
fi
number=${version%%+*}
flavor=${version#*+}
[ "$flavor" != "$version" ] || flavor=
if [ -z "$flavor" ] || [ "$flavor" = cpu ]; then
    flavor=cpu
    [ ! -f "$torch/lib/libtorch_cuda.so" ] || flavor=cu128
fi
export PYTORCH_LIBRARY_PATH="$torch/lib"
export PYTORCH_VERSION="${PYTORCH_VERSION:-${number:-2.7.1}}"
export PYTORCH_FLAVOR="${PYTORCH_FLAVOR:-$flavor}"
export DJL_CACHE_DIR="${DJL_CACHE_DIR:-$home/cache}"
export OPT_OUT_TRACKING=true
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
# Waiting threads sleep, as in the app.
if [ -z "${GOMP_SPINCOUNT:-}${KMP_BLOCKTIME:-}" ]; then
    export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
fi
# Names with accents are printed as such where no language is set.
export LC_ALL="${LC_ALL:-C.UTF-8}"

# CUDA's runtime, of which DJL asks how many GPUs there are: beside libtorch, or where pip puts it.
mkdir -p "$home/cache/cuda"
libraries=$home/syslib
for runtime in "$torch"/lib/libcudart*.so* "$torch"/../nvidia/*/lib/libcudart.so.*; do
    if [ -f "$runtime" ]; then
        ln -sf "$runtime" "$home/cache/cuda/libcudart.so"
        libraries=$libraries:$(dirname "$runtime")
    fi
done
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

cd "$home"
