# Penstock in an image: CPU by default; docker-compose.nvidia.yml names CUDA bases for the two stages instead.
ARG BUILD_BASE=ubuntu:24.04
ARG RUNTIME_BASE=ubuntu:24.04

FROM eclipse-temurin:25-jdk AS jdk
FROM maven:3.9-eclipse-temurin-25 AS maven
FROM node:22-bookworm-slim AS node

# ---- build: the server, the console and (where the base has nvcc) the GPU kernels
FROM ${BUILD_BASE} AS build
COPY --from=jdk /opt/java/openjdk /opt/java/openjdk
COPY --from=maven /usr/share/maven /usr/share/maven
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV JAVA_HOME=/opt/java/openjdk \
    PATH=/opt/java/openjdk/bin:/usr/share/maven/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /src
COPY . .
RUN mvn --quiet --no-transfer-progress -DskipTests -pl api -am package
RUN java -Djarmode=tools -jar api/target/penstock-api-*-exec.jar extract --destination /opt/penstock/server \
 && mv /opt/penstock/server/penstock-api-*-exec.jar /opt/penstock/server/penstock.jar \
 && cp -r models launcher/jvm.options /opt/penstock/
# Only the modules that the server uses.
RUN jlink --no-header-files --no-man-pages --output /opt/penstock/jre --add-modules "$(cat launcher/jre.modules)"

# ---- run
FROM ${RUNTIME_BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 penstock \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/penstock --create-home penstock
COPY --from=build /opt/penstock /opt/penstock
USER penstock
WORKDIR /opt/penstock
ENV PENSTOCK_DATA_DIR=/var/lib/penstock \
    PENSTOCK_CACHE_DIR=/var/lib/penstock/cache \
    HF_HOME=/var/lib/penstock/huggingface
VOLUME /var/lib/penstock
EXPOSE 8080
# Ready means that the models are loaded; a first start may have to download them.
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
  CMD curl -fsS "http://127.0.0.1:${PENSTOCK_PORT:-8080}/readyz" > /dev/null || exit 1
ENTRYPOINT ["/opt/penstock/jre/bin/java", "@/opt/penstock/jvm.options", "-jar", "/opt/penstock/server/penstock.jar"]
