# SPDX-License-Identifier: MIT
# The suite on a test machine. Measuring needs the machine's own kernel interfaces:
#
#   docker build -t pinlat .
#   docker run --rm -it --privileged --pid=host --cgroupns=host \
#     -v /sys/fs/cgroup:/sys/fs/cgroup:rw -v /var/tmp:/var/tmp \
#     -v "$PWD/records:/pinlat/records" pinlat
#
# --privileged   real-time priority, locked and pinned memory, io_uring (which Docker's
#                seccomp profile forbids), swapon, /dev/dri, /dev/cpu_dma_latency
# --pid=host     what a run makes bears its process id; so that no other pinlat on this
#                machine takes it for left over and removes it
# --cgroupns=host and /sys/fs/cgroup   the arena is a memory cgroup, made and removed there
# /var/tmp       a real file system for the swap file, the walker and direct I/O:
#                overlayfs can hold no swap file
#
# docs/container.md tells more: why each, what there is without it, and what was tested.
FROM debian:12-slim
COPY scripts/setup /pinlat/scripts/setup
RUN /pinlat/scripts/setup --run && rm -rf /var/lib/apt/lists/*
COPY . /pinlat
WORKDIR /pinlat
# Installed too, so that `docker run … pinlat pinlat compare …` works.
RUN meson setup build-bench --buildtype=release -Dtests=disabled \
	&& ninja -C build-bench && meson install -C build-bench --no-rebuild
CMD ["./scripts/bench"]
