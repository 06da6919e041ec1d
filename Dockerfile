# The program and all that it runs on, from Debian's packages and Python's: docs/containers.md
FROM debian:bookworm-slim

# Artifacts record the commit that made them, for which git is needed.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

# The owner of the mounted results: docker build --build-arg UID="$(id -u)"
ARG UID=1000
RUN useradd --uid "$UID" --create-home aip && install --directory --owner aip /aip
USER aip
WORKDIR /aip

# Everything has a hash; without isolation, what has no wheel is built with the pinned setuptools.
COPY --chown=aip requirements-build.txt requirements.txt .
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt \
 && .venv/bin/pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.txt

COPY --chown=aip . .
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && mkdir --parents results .snakemake

ENV PATH=/aip/.venv/bin:$PATH
CMD ["snakemake", "--cores", "2"]
