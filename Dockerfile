# SPDX-License-Identifier: MIT
# The pinlat command on a test machine. Measuring needs the machine's own kernel interfaces:
#
#   docker build -t pinlat .
#   docker run --rm -it --privileged --pid=host --cgroupns=host \
#     -v /sys/fs/cgroup:/sys/fs/cgroup:rw -v /var/tmp:/var/tmp \
#     -v "$PWD/records:/records" pinlat run --label "$(uname -r)" -o base
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
FROM debian:12-slim AS build
COPY scripts/setup /pinlat/scripts/setup
RUN /pinlat/scripts/setup --run
COPY . /pinlat
# What scripts/package makes carries its libraries: nothing else is installed below.
RUN /pinlat/scripts/package tarball -o /out && mkdir /image && tar -C /image -xJf /out/pinlat-*.tar.xz

FROM debian:12-slim
COPY --from=build /image /
WORKDIR /records
ENTRYPOINT ["pinlat"]
CMD ["--help"]
