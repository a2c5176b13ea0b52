# syntax=docker/dockerfile:1

FROM rust:1-bookworm AS build
# pg_query's build reads a C header with libclang.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libclang-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# What is cached lasts from build to build and is no part of the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p mg \
    && install -D target/release/mg /out/mg

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates chromium curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /var/lib/mg --shell /usr/sbin/nologin mg
COPY --from=build /out/mg /usr/local/bin/mg
COPY models /usr/share/mg/models
# Chromium's own sandbox needs rights that a container does not give; the container is the
# sandbox. A mg.toml is read from /etc/mg if one is mounted there.
ENV MG__DATA_DIR=/var/lib/mg \
    MG__MODELS_DIR=/usr/share/mg/models \
    MG__SERVER__HOST=0.0.0.0 \
    MG__BROWSER__NO_SANDBOX=true
WORKDIR /etc/mg
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--show-error", "--max-time", "3", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["mg"]
CMD ["serve"]
