# Open vSwitch with its userspace datapath, one process per container: compose.yaml says which.

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 openvswitch-switch \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 990 pointsman
COPY docker/ovs-entrypoint.sh /usr/local/bin/ovs-entrypoint
ENTRYPOINT ["ovs-entrypoint"]
CMD ["vswitchd"]
