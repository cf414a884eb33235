# One image for web, worker and migrate; Debian, because some wheels exist for glibc only.
FROM debian:bookworm-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock ./
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN .venv/bin/python -m compileall -q -x '\.venv' .

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /home/gspflow --shell /usr/sbin/nologin gspflow \
    && install -d -o gspflow -g gspflow -m 0700 /data
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    GSPFLOW_DATA=/data \
    GSPFLOW_HOST=0.0.0.0 \
    GSPFLOW_DEMO=false
USER gspflow
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["python", "-m", "app"]
CMD ["web"]
