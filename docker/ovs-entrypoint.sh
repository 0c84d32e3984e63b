#!/bin/sh
# ovs-entrypoint database | vswitchd: one daemon in the foreground.
set -eu

run=/run/openvswitch
# Debian's package makes a link to it in /etc/openvswitch, where it would not be in the volume.
database=/var/lib/openvswitch/conf.db
# The sockets are the group's too, so that pointsman needs no root to talk to the switch.
umask 0007
mkdir -p "$run"
chgrp pointsman "$run"
chmod 2770 "$run"

case "$1" in
  database)
    [ -e "$database" ] || ovsdb-tool create "$database" /usr/share/openvswitch/vswitch.ovsschema
    exec ovsdb-server "$database" --remote=punix:$run/db.sock --remote=db:Open_vSwitch,Open_vSwitch,manager_options \
      --unixctl=$run/ovsdb-server.ctl
    ;;
  vswitchd)
    ovs-vsctl --timeout=30 --retry --no-wait init
    exec ovs-vswitchd unix:$run/db.sock --unixctl=$run/ovs-vswitchd.ctl
    ;;
  *)
    echo "ovs-entrypoint: database or vswitchd, not $1" >&2
    exit 2
    ;;
esac
