#!/usr/bin/python3
"""Sends Ethernet frames as they are: Node.js has no packet sockets.

raw-frames.py DEVICE COUNT PPS, frames in hexadecimal on standard input, one a line; they are sent in turn until COUNT
are out. PPS 0 means as fast as the device takes them. Prints how many were sent.
"""

import socket
import sys
import time


def main():
    device, count, pps = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    frames = [bytes.fromhex(line) for line in sys.stdin if line.strip()]
    if not frames:
        sys.exit("no frames")
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((device, 0))
    start = time.monotonic()
    for sent in range(count):
        if pps > 0:
            ahead = start + sent / pps - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        out.send(frames[sent % len(frames)])
    print(count)


main()
