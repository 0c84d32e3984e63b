// What counts as a state that has lost something, and as a damaged file.

import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findDamage } from '../../../src/controller/state/log-damage.ts';
import { beyond, type StateMark, setbackOf } from '../../../src/controller/state/setback.ts';

const mark = (generation: number, database = 'a', nextId = generation + 1, objects = 3): StateMark => ({
  database,
  generation,
  nextId,
  objects,
});

t.test('only a later generation of the same database has lost nothing', async t => {
  t.equal(setbackOf(mark(5), undefined), undefined);
  t.equal(setbackOf(mark(5), mark(5)), undefined);
  t.equal(setbackOf(mark(6), mark(5)), undefined);
  t.equal(setbackOf(mark(4), mark(5))?.kind, 'went-back');
  t.equal(setbackOf(mark(6, 'b'), mark(5))?.kind, 'other-database');
  t.equal(setbackOf(mark(0, 'b'), mark(0)), undefined, 'nothing was ever written');
  t.equal(setbackOf(mark(5, 'a', 6, 2), mark(5))?.kind, 'emptied', 'whoever deletes by hand raises no generation');
  t.equal(setbackOf(mark(6, 'a', 7, 0), mark(5)), undefined);
  t.equal(setbackOf(mark(5), mark(5, 'a', 6, 0)), undefined, 'not written down');
  const accepted = beyond(mark(4), [mark(5), mark(7)]);
  t.ok(accepted.generation > 7 && accepted.nextId > 8);
  t.equal(beyond(mark(1, 'a', 0xffff_fffe), []).nextId, 0xffff_ffff);
});

t.test('damage in a file', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'log');
  const record = (json: string) => {
    const text = `${json}\n`;
    return `OVSDB JSON ${text.length} ${createHash('sha1').update(text).digest('hex')}\n${text}`;
  };
  const records = ['{"name":"Pointsman"}', '{"a":1}', JSON.stringify({ b: 'x'.repeat(3_000_000) }), '{"c":1}'].map(
    record,
  );
  const whole = records.join('');
  const find = async (text: string) => {
    await writeFile(file, text);
    return findDamage(file);
  };
  t.equal(await find(whole), undefined);
  t.equal(await find(''), undefined);
  t.equal(await find('something else'), undefined, 'not such a file: somebody else will say so');
  const second = records[0]?.length;
  t.strictSame(await find(whole.replace('"a":1', '"a":2')), { kind: 'middle', offset: second });
  t.strictSame(await find(whole.replace(`OVSDB JSON 8`, 'OVSDB JSON 9')), { kind: 'middle', offset: second });
  const last = whole.length - (records[3]?.length ?? 0);
  t.strictSame(await find(whole.slice(0, -1)), { kind: 'tail', offset: last });
  t.strictSame(await find(whole.slice(0, last + 3)), { kind: 'tail', offset: last });
  t.strictSame(await find(`${whole}${'\0'.repeat(4096)}`), { kind: 'tail', offset: whole.length });
});
