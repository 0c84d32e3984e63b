#!/usr/bin/python3
"""Frames of a device on standard output, and of standard input out by it, two bytes of length before each: Node.js has no
packet sockets. What this end sends itself is not shown. An empty frame says that it listens. Ends with its input.

packet-pipe.py DEVICE
"""

import socket
import struct
import sys
import threading

ETH_P_ALL = 3
# struct tpacket_auxdata of packet(7): the kernel takes the tag off, and says here which it was.
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 0x10


def frame_of(bytes_, ancillary):
    for level, kind, data in ancillary:
        if level != SOL_PACKET or kind != PACKET_AUXDATA:
            continue
        status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
        if status & TP_STATUS_VLAN_VALID:
            return bytes_[:12] + struct.pack(">HH", tpid or 0x8100, tci) + bytes_[12:]
    return bytes_


def main():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((sys.argv[1], ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    out = sys.stdout.buffer

    def show():
        while True:
            bytes_, ancillary, _, address = wire.recvmsg(65536, 256)
            if address[2] == socket.PACKET_OUTGOING:
                continue
            frame = frame_of(bytes_, ancillary)
            out.write(struct.pack(">H", len(frame)) + frame)
            out.flush()

    threading.Thread(target=show, daemon=True).start()
    out.write(struct.pack(">H", 0))
    out.flush()
    while True:
        head = sys.stdin.buffer.read(2)
        if len(head) < 2:
            return
        wire.send(sys.stdin.buffer.read(struct.unpack(">H", head)[0]))


main()
