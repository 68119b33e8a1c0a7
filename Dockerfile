# quilowatt in a container: server, meter, screen and fleet are one image, by command.
#
#   docker build -t quilowatt .
#   docker run -e QUILOWATT_API_TOKEN=… -p 127.0.0.1:8080:8080 -p 7007:7007 -p 7007:7007/udp -v quilowatt:/data quilowatt
#
# The server listens beyond the container, so it needs a token: without one it says so and ends.

ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /build
COPY requirements requirements
RUN python -m venv /opt/quilowatt \
    && /opt/quilowatt/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && python -m venv /opt/tools \
    && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY tariffs tariffs
COPY src src
RUN /opt/tools/bin/pip wheel --no-cache-dir --no-build-isolation --no-deps -w dist . \
    && /opt/quilowatt/bin/pip install --no-cache-dir --no-index --no-deps dist/*.whl

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin quilowatt \
    && install -d -o quilowatt -g quilowatt -m 700 /data
COPY --from=build /opt/quilowatt /opt/quilowatt
ENV PATH=/opt/quilowatt/bin:$PATH PYTHONUNBUFFERED=1
USER quilowatt
WORKDIR /data
VOLUME /data
EXPOSE 8080 7007 7007/udp 7008
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["quilowatt"]
CMD ["server", "--host", "0.0.0.0", "--data", "/data"]
