// What ovs-ofctl reads in frames.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The frame with another xid: by it, a line of the output is known for its frame's. */
function withXid(frame: Uint8Array, xid: number): Uint8Array {
  const copy = frame.slice();
  new DataView(copy.buffer).setUint32(4, xid);
  return copy;
}

/** What `ovs-ofctl ofp-parse` prints of each frame, with 1, 2, ... for an xid; all of them in one run. */
export async function ofpParse(frames: readonly Uint8Array[]): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-ofp-print-'));
  try {
    const path = join(directory, 'frames');
    await writeFile(path, Buffer.concat(frames.map((frame, i) => withXid(frame, i + 1))));
    const { stdout } = await run('ovs-ofctl', ['ofp-parse', path], { maxBuffer: 256 * 1024 * 1024 });
    const starts = frames.map((_, i) => new RegExp(`^\\S.* \\(xid=0x${(i + 1).toString(16)}\\):`, 'm'));
    const printed: string[] = [];
    let rest = stdout;
    for (let i = 0; i < frames.length; i++) {
      const next = starts[i + 1];
      const found = next ? rest.search(next) : -1;
      printed.push((found === -1 ? rest : rest.slice(0, found)).trimEnd());
      rest = found === -1 ? '' : rest.slice(found);
    }
    return printed;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
