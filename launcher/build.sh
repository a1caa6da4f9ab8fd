# shellcheck shell=sh
# Builds what is missing or older than its sources. Sets server_jar and bench_jar.

built=$root/target/penstock
server_jar=$built/server/penstock.jar
bench_jar=$root/bench/target/penstock-bench.jar
packaged_server=$root/api/target/penstock-api-0.1.0-exec.jar

# The engine needs the Vector API (an incubator module) and native access.
engine_flags="--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:+UseCompactObjectHeaders"

# Whether anything in the modules named is newer than the stamp. Directories count: their time changes when a file goes.
stale() {
  stamp=$1
  shift
  [ -f "$stamp" ] || return 0
  set -- "$root/pom.xml" "$@"
  [ -n "$(find "$@" \( -name node_modules -o -name target -o -name test \) -prune -o -newer "$stamp" -print 2> /dev/null | head -n 1)" ]
}

# Builds modules without running tests. Output goes to a log, of which the end is shown when it fails.
package() {
  what=$1
  shift
  log=$built/build.log
  mkdir -p "$built"
  echo "penstock: building $what (first time: about a minute) ..." >&2
  maven --quiet -DskipTests "$@" package > "$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "the build failed; all of its output is in $log"
  }
}

build_server() {
  stale "$built/server.built" "$root/engine" "$root/api" "$root/db" "$root/admin-ui" "$root/launcher" || return 0
  mkdir -p "$built"
  started=$built/server.started
  : > "$started"
  kernels=skip
  has_gpu && kernels=auto
  package "the server" -pl api -am -Dpenstock.kernels="$kernels"
  # Classes in plain jars on a class path start faster than in one nested jar, and can be cached ahead of time.
  rm -rf "$built/server.new"
  "$java_home/bin/java" -Djarmode=tools -jar "$packaged_server" extract --destination "$built/server.new" > /dev/null
  mv "$built/server.new/${packaged_server##*/}" "$built/server.new/penstock.jar"
  rm -rf "$built/server" "$built/server.aot"
  mv "$built/server.new" "$built/server"
  mv "$started" "$built/server.built"
}

build_bench() {
  stale "$built/bench.built" "$root/engine" "$root/bench" || return 0
  mkdir -p "$built"
  started=$built/bench.started
  : > "$started"
  package "the benchmarks" -pl bench -am
  mv "$started" "$built/bench.built"
}

has_gpu() {
  [ -e /dev/nvidiactl ] || [ -e /dev/dxg ] || command -v nvidia-smi > /dev/null
}
