# shellcheck shell=sh
# Finds JDK 25 and Maven. Sets java_home.

java_release=25

# A JDK (not only a runtime) of the release; reads a file and starts no process.
is_jdk() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in "JAVA_VERSION=\"$java_release"[.\"]*) return 0 ;; esac
  done < "$1/release"
  return 1
}

find_jdk() {
  for candidate in "${PENSTOCK_JAVA_HOME:-}" "${JAVA_HOME:-}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/* /opt/java/* /opt/jdk/* /usr/local/jdk* \
    "${HOME:-/root}"/.sdkman/candidates/java/* "${HOME:-/root}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-/root}"/Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$candidate" ] && is_jdk "$candidate"; then
      java_home=$candidate
      return 0
    fi
  done
  if [ -x /usr/libexec/java_home ] && candidate=$(/usr/libexec/java_home -v "$java_release" 2> /dev/null) && is_jdk "$candidate"; then
    java_home=$candidate
    return 0
  fi
  # PATH last: `java` there is usually a link into one of the folders above.
  if on_path=$(command -v javac) && on_path=$(readlink -f "$on_path" 2> /dev/null); then
    candidate=${on_path%/bin/javac}
    if is_jdk "$candidate"; then
      java_home=$candidate
      return 0
    fi
  fi
  return 1
}

# Whether this is an installation that bench/gpu/pack made: all is built, and the runtime is at its side.
packed() {
  [ -f "$root/packed" ]
}

require_jdk() {
  if packed; then
    java_home=$root/jre
    return 0
  fi
  find_jdk || die "needs JDK $java_release and found none in JAVA_HOME, the usual folders or PATH.
  Debian, Ubuntu:  apt install temurin-25-jdk (from packages.adoptium.net) or openjdk-25-jdk
  macOS:           brew install --cask temurin@25
  anywhere:        https://adoptium.net/temurin/releases/?version=25, or sdk install java 25-tem
Then try again, with JAVA_HOME pointing at it if it is in an unusual place."
}

# Maven from PATH, else the wrapper, which downloads it once. Runs under the JDK found.
maven() {
  mvn=mvn
  command -v mvn > /dev/null || mvn=$root/mvnw
  JAVA_HOME=$java_home MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${MAVEN_OPTS:-}" \
    "$mvn" -f "$root/pom.xml" --no-transfer-progress "$@"
}
