# CPU:  docker build -t stcr .
# CUDA: docker build -t stcr --build-arg BASE=nvidia/cuda:12.8.1-base-ubuntu24.04 \
#         --build-arg TORCH_INDEX=https://pypi.org/simple .
# Then: docker run --rm -v "$PWD:/work" stcr pretrain videos/ --out runs/mine
#       with `--gpus all` for CUDA, and `--shm-size 8g` for workers that load videos
ARG BASE=python:3.12-slim
FROM ${BASE}

# OpenCV needs the last two. The bases of CUDA have no Python; their wheels bring CUDA.
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/stcr
ENV PATH=/opt/stcr/bin:$PATH PIP_NO_CACHE_DIR=1

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements /src/requirements
RUN pip install --extra-index-url ${TORCH_INDEX} -r /src/requirements/pinned.txt

COPY . /src
RUN pip install --no-deps --no-build-isolation /src

WORKDIR /work
ENTRYPOINT ["stcr"]
