// One device of the stage: frames go in, and frames come out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buildFrame } from '../../src/openflow/packet/frame.ts';
import { bound } from '../lab/process.ts';

/** Local experimental EtherType 1 (IEEE 802): a frame that says that what was sent before it has been dealt with. */
export const markerType = 0x88b5;
export const marker = buildFrame({
  destination: 0x020000000002n,
  source: 0x020000000001n,
  tags: [],
  payload: { kind: 'other', etherType: markerType, data: new Uint8Array(46) },
  trailer: new Uint8Array(0),
});

/** What carries frames in and out, two bytes of length before each. */
interface Pipe {
  readonly from: Readable;
  readonly to: Writable;
  readonly close: () => void;
}

export class Device {
  readonly name: string;
  readonly #pipe: Pipe;
  #pending: Buffer = Buffer.alloc(0);
  frames: Uint8Array[] = [];
  onMarker: (() => void) | undefined;

  private constructor(name: string, pipe: Pipe) {
    this.name = name;
    this.#pipe = pipe;
    pipe.from.on('data', (data: Buffer) => this.#take(data));
  }

  /** The packet stream of a netdev-dummy. */
  static async ofSocket(name: string, path: string): Promise<Device> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new Device(name, { from: socket, to: socket, close: () => socket.destroy() });
  }

  /** The far end of a veth pair, by a packet socket in its namespace. */
  static async ofNamespace(name: string, netns: string): Promise<Device> {
    const script = join(import.meta.dirname, 'packet-pipe.py');
    const [program, args] = bound(['ip', 'netns', 'exec', netns, '/usr/bin/python3', '-u', script, name]);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    // It says that it listens by an empty frame.
    await once(child.stdout, 'readable');
    child.stdout.read(2);
    return new Device(name, { from: child.stdout, to: child.stdin, close: () => child.stdin.end() });
  }

  close(): void {
    this.#pipe.close();
  }

  /** The frames and a marker behind them. */
  send(frames: readonly Uint8Array[]): void {
    const parts = [...frames, marker].flatMap(bytes => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    });
    this.#pipe.to.write(Buffer.concat(parts));
  }

  #take(data: Buffer): void {
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    while (this.#pending.length >= 2) {
      const end = 2 + this.#pending.readUInt16BE(0);
      if (this.#pending.length < end) return;
      const frame = this.#pending.subarray(2, end);
      this.#pending = this.#pending.subarray(end);
      if (frame.length >= 14 && frame.readUInt16BE(12) === markerType) this.onMarker?.();
      else this.frames.push(Uint8Array.from(frame));
    }
  }
}
