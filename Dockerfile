# `make image-files` puts the wheel and the pinned files of its dependencies into dist/image; then the build needs no network:
#   docker build --network none --tag policytrack .
#   docker run --rm --volume "$PWD/demo:/ledger" policytrack capacity
ARG BASE=docker.io/library/python:3.13-slim
FROM ${BASE}
RUN --mount=type=bind,source=dist/image,target=/wheels \
    python3 -m venv /opt/policytrack \
 && /opt/policytrack/bin/python -m pip --quiet install --no-index --no-cache-dir --find-links=/wheels 'policytrack[serve]' \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin policytrack \
 && install --directory --owner=policytrack --group=policytrack /ledger
USER 10001
WORKDIR /ledger
VOLUME /ledger
ENV PATH=/opt/policytrack/bin:$PATH LC_ALL=C.UTF-8
ENTRYPOINT ["policytrack"]
CMD ["--help"]
