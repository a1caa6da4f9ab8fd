# shellcheck shell=sh
# Builds what is missing or was built from other sources. Sets server_jar and bench_jar.

built=$root/target/penstock
server_jar=$built/server/penstock.jar
bench_jar=$root/bench/target/penstock-bench.jar
packaged_server=$root/api/target/penstock-api-0.1.0-exec.jar

jvm_options=$root/launcher/jvm.options
recording=$built/server.aot

# What the modules' sources are made of: a change of content, name or number shows, a new date does not.
fingerprint() {
  find "$root/pom.xml" "$@" \( -name node_modules -o -name target -o -name dist -o -name test -o -name .jqwik-database \) -prune -o -type f -exec cksum {} + |
    LC_ALL=C sort | cksum
}

# Whether the stamp holds another fingerprint than $now, or none.
stale() {
  [ "$(cat "$1" 2> /dev/null)" != "$now" ]
}

# Builds modules without their tests. Output goes to a log, of which the end is shown when it fails.
package() {
  what=$1
  shift
  log=$built/build.log
  mkdir -p "$built"
  echo "penstock: building $what (first time: about a minute) ..." >&2
  maven --quiet -Dmaven.test.skip=true -Dspotless.check.skip=true "$@" package > "$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "the build failed; all of its output is in $log"
  }
}

build_server() {
  if packed; then
    [ -f "$recording" ] || train_server
    return 0
  fi
  kernels=$(kernels_wanted)
  now="$(fingerprint "$root/engine" "$root/api" "$root/kernels" "$root/db" "$root/admin-ui" "$root/launcher") $kernels"
  stale "$built/server.built" || return 0
  package "the server" -pl api -am -Dpenstock.kernels="$kernels"
  # Classes in plain jars on a class path start faster than in one nested jar, and can be cached ahead of time.
  rm -rf "$built/server.new"
  "$java_home/bin/java" -Djarmode=tools -jar "$packaged_server" extract --destination "$built/server.new" > /dev/null
  mv "$built/server.new/${packaged_server##*/}" "$built/server.new/penstock.jar"
  rm -rf "$built/server" "$recording"
  mv "$built/server.new" "$built/server"
  train_server
  echo "$now" > "$built/server.built"
}

# Classes loaded, linked and profiled ahead of time (JEP 483, 514, 515): a start takes a third less. Trained by one start
# with a database of its own; when that fails, everything works as before, only slower.
train_server() {
  [ "${PENSTOCK_AOT:-on}" != off ] || return 0
  echo "penstock: recording a start, so that the next ones are fast ..." >&2
  scratch=$(mktemp -d)
  # A subshell: what the caller's environment says of databases and models is not for this run.
  (
    for name in $(env | sed -n -E 's/^((PENSTOCK|SPRING|SERVER|LOGGING|MANAGEMENT)_[A-Za-z0-9_]*)=.*/\1/p'); do
      unset "$name"
    done
    exec "$java_home/bin/java" "@$jvm_options" -XX:AOTCacheOutput="$scratch/aot" -jar "$server_jar" \
      --server.address=127.0.0.1 --server.port=0 --penstock.data-dir="$scratch/data" \
      --penstock.model="$root/models/SmolLM2-135M-Instruct.Q4_1.gguf" --penstock.kv-cache-size=64MB
  ) > "$scratch/log" 2>&1 &
  trainee=$!
  tries=0
  until answer_once "$scratch/log" || [ $tries -ge 60 ] || ! kill -0 $trainee 2> /dev/null; do
    sleep 0.5
    tries=$((tries + 1))
  done
  kill -TERM $trainee 2> /dev/null || true
  wait $trainee || true
  if [ -s "$scratch/aot" ]; then
    mv "$scratch/aot" "$recording"
  else
    cp "$scratch/log" "$built/recording.log"
    echo "penstock: no recording, starts will be slower; see $built/recording.log" >&2
  fi
  rm -rf "$scratch"
}

# Asks the server that writes the log for one streamed answer, so that a request's way is in the recording; fails while
# it is not ready. Without curl there is nothing to wait for but the start itself.
answer_once() {
  base=$(sed -n 's/.*Penstock serves at \(http[^ ]*\).*/\1/p' "$1")
  key=$(sed -n 's/.*API key  *\(sk-[^ ]*\).*/\1/p' "$1")
  [ -n "$base" ] && [ -n "$key" ] || return 1
  command -v curl > /dev/null || return 0
  curl --silent --fail --max-time 20 --output /dev/null "$base/v1/chat/completions" \
    -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
    -d '{"model":"SmolLM2-135M-Instruct","stream":true,"max_tokens":16,"messages":[{"role":"user","content":"Hello"}]}'
}

build_bench() {
  packed && return 0
  kernels=$(kernels_wanted)
  now="$(fingerprint "$root/engine" "$root/bench" "$root/kernels") $kernels"
  stale "$built/bench.built" || return 0
  package "the benchmarks" -pl bench -am -Dpenstock.kernels="$kernels"
  echo "$now" > "$built/bench.built"
}

# GPU kernels take minutes to compile: only where there is a GPU, or where PENSTOCK_KERNELS=auto asks for them.
kernels_wanted() {
  if [ -n "${PENSTOCK_KERNELS:-}" ]; then
    echo "$PENSTOCK_KERNELS"
  elif has_gpu; then
    echo auto
  else
    echo skip
  fi
}

has_gpu() {
  [ -e /dev/nvidiactl ] || [ -e /dev/dxg ] || command -v nvidia-smi > /dev/null
}
