# shellcheck shell=sh
# What this machine has and what follows from it. Exit code 1 when something is missing that `serve` needs.

missing=0

found() { printf '  ok    %-11s %s\n' "$1" "$2"; }
note() { printf '  -     %-11s %s\n' "$1" "$2"; }
lacking() {
  missing=1
  printf '  FAIL  %-11s %s\n' "$1" "$2"
}

# First line of what a command prints, or nothing.
first_line() { "$@" 2> /dev/null | head -n 1; }

doctor_java() {
  if find_jdk; then
    found JDK "$java_home"
  else
    lacking JDK "JDK $java_release is missing: https://adoptium.net/temurin/releases/?version=25, or set JAVA_HOME"
  fi
  if command -v mvn > /dev/null; then
    found Maven "$(command -v mvn)"
  elif [ -x "$root/mvnw" ]; then
    found Maven "not on PATH; the wrapper ./mvnw downloads it once"
  else
    lacking Maven "not on PATH: apt install maven, brew install maven"
  fi
}

doctor_node() {
  version=$(first_line node --version)
  case ${version#v} in
    '') lacking Node.js "node is not on PATH; the console is built with Node.js 20.19 or newer: https://nodejs.org" ;;
    [0-9].* | 1[0-9].* | 20.[0-9].* | 20.1[0-8].*) lacking Node.js "$version is too old, the console needs 20.19 or newer" ;;
    *) if command -v npm > /dev/null; then found Node.js "$version, npm $(first_line npm --version 2> /dev/null)"; else lacking npm "not on PATH"; fi ;;
  esac
}

# Vector width by what the kernel says of the CPU; the JVM logs what it chose when it serves.
doctor_cpu() {
  cores=$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1)
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)
  [ -n "$model" ] || model=$(first_line sysctl -n machdep.cpu.brand_string || uname -m)
  features=" $(sed -n -E 's/^(flags|Features)[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1) "
  [ "$features" != "  " ] || features=" $(sysctl -n machdep.cpu.features machdep.cpu.leaf7_features 2> /dev/null | tr '[:upper:]\n' '[:lower:] ') $(uname -m) "
  case $features in
    *' avx512bw '*) vectors="512-bit vectors (AVX-512): the fastest CPU kernels" ;;
    *' sve '*) vectors="scalable vectors (SVE)" ;;
    *' avx2 '*) vectors="256-bit vectors (AVX2)" ;;
    *' asimd '* | *' arm64 '* | *' aarch64 '*) vectors="128-bit vectors (NEON)" ;;
    *) vectors="no wide vectors known: expect slow generation" ;;
  esac
  found CPU "$model, $cores threads, $vectors"
}

# Whether the GPU will be used, or why not: the engine asks the same at load and falls back to the CPU.
doctor_gpu() {
  if command -v nvidia-smi > /dev/null && gpus=$(nvidia-smi --query-gpu=name,memory.total,compute_cap,driver_version --format=csv,noheader 2> /dev/null) && [ -n "$gpus" ]; then
    while IFS=, read -r name memory capability driver; do
      gpu_fits "$name,$memory" "${capability# }" "${driver# }"
    done << END
$gpus
END
    doctor_cublas
    doctor_kernels
  elif has_gpu; then
    note GPU "a device is there but nvidia-smi does not answer: install the NVIDIA driver, or models run on the CPU"
  else
    note GPU "none: models run on the CPU"
  fi
  packed && return 0
  if nvcc=$(find_nvcc); then
    found nvcc "$nvcc, release $(nvcc_release): GPU kernels can be compiled"
  else
    note nvcc "none: the build has no GPU kernels"
  fi
}

# gpu_fits NAME CAPABILITY DRIVER: the kernels' code begins at 8.0, and wants a driver for the CUDA that compiles it.
gpu_fits() {
  needed=525
  for_cuda=12
  if packed || { find_nvcc > /dev/null && nvcc_is_13; }; then
    needed=580
    for_cuda=13
  fi
  if [ "${2%%.*}" -lt 8 ] 2> /dev/null; then
    note GPU "$1, compute capability $2: too old, there is code for 8.0 and later; models run on the CPU"
  elif [ "${3%%.*}" -lt "$needed" ] 2> /dev/null; then
    note GPU "$1, driver $3: too old, kernels compiled by CUDA $for_cuda need $needed or later; models run on the CPU"
  else
    found GPU "$1, compute capability $2, driver $3"
  fi
}

# Where the engine looks, too.
doctor_cublas() {
  for library in libcublasLt.so.13 libcublasLt.so.12; do
    place=$(ldconfig -p 2> /dev/null | sed -n "s/.*${library} .*=> //p" | head -n 1)
    for candidate in "$place" "${CUDA_HOME:-/usr/local/cuda}/lib64/$library" /usr/local/cuda*/lib64/"$library" /usr/lib/x86_64-linux-gnu/"$library" \
      "${VIRTUAL_ENV:-/opt/venv}"/lib/python3*/*-packages/nvidia/*/lib/"$library" /usr/local/lib/python3*/*-packages/nvidia/*/lib/"$library" /usr/lib/python3*/*-packages/nvidia/*/lib/"$library"; do
      if [ -n "$candidate" ] && [ -e "$candidate" ]; then
        found cuBLASLt "$candidate"
        return 0
      fi
    done
  done
  note cuBLASLt "not found: install libcublas of CUDA 13 or 12 (or pip's nvidia-cublas), or models run on the CPU"
}

# What the build that is here has.
doctor_kernels() {
  if packed; then
    found kernels "packed"
    return 0
  fi
  facts=$root/kernels/target/classes/io/penstock/kernels/build.properties
  reason=$(sed -n 's/^reason=//p' "$facts" 2> /dev/null)
  case $(sed -n 's/^status=//p' "$facts" 2> /dev/null) in
    built) found kernels "$reason" ;;
    '') note kernels "not built yet: ./penstock serve does it" ;;
    *) note kernels "the last build has none ($reason); ./penstock serve builds them where there are a GPU and nvcc" ;;
  esac
}

find_nvcc() {
  for candidate in "$(command -v nvcc)" "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" /usr/local/cuda*/bin/nvcc; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then echo "$candidate" && return 0; fi
  done
  return 1
}

nvcc_release() { "$(find_nvcc)" --version | sed -n 's/.*release \([0-9.]*\).*/\1/p'; }

nvcc_is_13() { [ "$(nvcc_release | cut -d. -f1)" -ge 13 ]; }

doctor_database() {
  if [ -n "${SPRING_R2DBC_URL:-}" ]; then
    # Without what may be a password before the @.
    found PostgreSQL "outside, $(printf %s "$SPRING_R2DBC_URL" | sed 's#//[^/@]*@#//***@#; s#[?].*##') (SPRING_R2DBC_URL)"
    [ -n "${SPRING_FLYWAY_URL:-}" ] || lacking PostgreSQL "SPRING_FLYWAY_URL is not set: migrations need the same database as a jdbc: address"
  else
    found PostgreSQL "embedded, kept in ${PENSTOCK_DATA_DIR:-$root/data}"
  fi
  if command -v docker > /dev/null && docker info > /dev/null 2>&1; then
    found Docker "$(first_line docker --version): tests use Testcontainers, docker compose up works"
  else
    note Docker "no engine answers: tests use embedded PostgreSQL, docker compose does not work"
  fi
}

doctor_room() {
  available=$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo 2> /dev/null)
  [ -n "$available" ] || available=$(($(first_line sysctl -n hw.memsize || echo 0) / 1048576))
  if [ "$available" -ge 1024 ]; then
    found memory "$available MiB available; a model takes its weights and its KV cache (384 MiB and up) plus about 250 MiB"
  else
    lacking memory "$available MiB available; the bundled model needs 1024: stop something, or lower PENSTOCK_KV_CACHE_SIZE"
  fi
  free=$(df -Pk "$root" | awk 'NR == 2 {print int($4 / 1024)}')
  if [ "$free" -ge 2048 ]; then
    found disk "$free MiB free in $root"
  else
    lacking disk "$free MiB free in $root; building and the database need 2048"
  fi
}

echo "Penstock on $(uname -s) $(uname -m), $root"
if packed; then
  found packed "everything is built, with the Java runtime it needs"
else
  doctor_java
  doctor_node
fi
doctor_cpu
doctor_gpu
doctor_database
doctor_room
if [ "$missing" -eq 0 ]; then
  echo "All that ./penstock serve needs is here."
else
  echo "Mend what says FAIL, then ./penstock serve will work."
fi
exit "$missing"
