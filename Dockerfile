# syntax=docker/dockerfile:1
# One image for every part of sixpm; docker-compose.yml gives each its command. Not built so far: see
# docs/howto/production.md. The Python version is the one the tests run on.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/sixpm
ENV PATH=/opt/sixpm/bin:$PATH
WORKDIR /source

# Dependencies before the source, so that a change of the source does not install them again.
COPY requirements/run.txt requirements/run.txt
RUN pip install --require-hashes -r requirements/run.txt

# The build backend stays outside the environment that is copied.
COPY requirements/build.txt requirements/build.txt
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY engine engine
COPY scheduler scheduler
COPY sixpm sixpm
COPY web web
COPY templates templates
COPY migrations migrations
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel \
    && pip install --no-deps --no-index /wheel/*.whl \
    && python -m compileall -q /opt/sixpm/lib

FROM python:3.11-slim-bookworm
ENV PATH=/opt/sixpm/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1
RUN useradd --system --uid 10001 --home-dir /var/lib/sixpm --shell /usr/sbin/nologin sixpm \
    && install -d -o sixpm -g sixpm -m 0700 /var/lib/sixpm /var/lib/sixpm/mailbox
COPY --from=build /opt/sixpm /opt/sixpm
USER 10001
WORKDIR /var/lib/sixpm
CMD ["sixpm", "--help"]
