# SPDX-License-Identifier: MIT
# The suite on a test machine. Measuring needs the machine's own kernel interfaces:
#
#   docker build -t pinlat .
#   docker run --rm -it --privileged --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:rw \
#     -v /var/tmp:/var/tmp -v "$PWD/records:/pinlat/records" pinlat
#
# --privileged: real-time priority, pinning, swap, /dev/dri, /dev/cpu_dma_latency
# --cgroupns=host and the cgroup mount: the arena is a memory cgroup of the host
# -v /var/tmp: scratch files need a real file system; overlayfs can neither hold
#   swap nor serve direct I/O
FROM debian:12-slim
COPY scripts/setup /pinlat/scripts/setup
RUN /pinlat/scripts/setup --run && rm -rf /var/lib/apt/lists/*
COPY . /pinlat
WORKDIR /pinlat
RUN meson setup build-bench --buildtype=release -Dtests=disabled && ninja -C build-bench
CMD ["./scripts/bench"]
