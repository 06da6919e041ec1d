# The program and all that it runs on, from Debian's packages and Python's: docs/containers.md
FROM debian:bookworm-slim

# git says which commit made an artifact.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

# Whoever owns the mounted results: docker build --build-arg UID="$(id -u)"
ARG UID=1000
RUN useradd --uid "$UID" --create-home aip && install --directory --owner aip /aip
USER aip
WORKDIR /aip

COPY --chown=aip requirements.txt .
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

COPY --chown=aip . .
RUN .venv/bin/pip install --no-cache-dir --no-deps --editable . \
 && mkdir --parents results .snakemake

ENV PATH=/aip/.venv/bin:$PATH
CMD ["snakemake", "--cores", "2"]
