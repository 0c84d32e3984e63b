// parseFlow and encode against ovs-ofctl: the same texts, the same bytes; and back: the same print.

import t from 'tap';
import {
  decode,
  encode,
  type FlowCommand,
  format,
  formatFlow,
  parseFlow,
  type VersionName,
  versions,
} from '../../../src/openflow/index.ts';
import { hex } from '../../unit/openflow/vectors.ts';
import { flowTexts, subjectCount, timesEach } from './flow-texts.ts';
import { ofpParse } from './ofp-parse.ts';
import { captureMods } from './test-switch.ts';

const seed = Number(process.env.FLOW_SEED ?? 20261121);

/** The first few of many failures: thousands would say no more. */
const shown = 5;

for (const version of ['1.5', '1.4', '1.3'] as const satisfies readonly VersionName[]) {
  t.test(`OpenFlow ${version}, seed ${seed}`, async t => {
    const texts = flowTexts(seed);
    t.equal(texts.length, subjectCount * timesEach);
    t.ok(texts.length >= 2000, `${texts.length} flows`);
    const frames = await captureMods('add-flows', texts, version);
    t.equal(frames.length, texts.length, 'ovs-ofctl takes every flow');
    const printed = await ofpParse(frames);
    const wrong = { bytes: 0, back: 0, print: 0, again: 0 };
    let refused = 0;
    const fail = (kind: keyof typeof wrong, text: string, found: string, wanted: string) => {
      if (wrong[kind]++ < shown) t.equal(found, wanted, `${kind} of ${text}`);
    };
    for (const [i, text] of texts.entries()) {
      const theirs = frames[i] as Uint8Array;
      const message = decode(theirs);
      const header = { version: versions[version], xid: message.xid };
      const ours = hex(encode({ ...parseFlow(text, { version }), ...header }));
      if (ours !== hex(theirs)) fail('bytes', text, ours, hex(theirs));
      if (hex(encode(message)) !== hex(theirs)) fail('back', text, hex(encode(message)), hex(theirs));
      const print = format({ ...message, xid: i + 1 });
      const wanted = printed[i] ?? '';
      // Some of what ovs-ofctl writes, OVS itself refuses to read.
      if (wanted.includes('***decode error')) refused++;
      else if (print !== wanted) fail('print', text, print, wanted);
      // What is printed reads as what it was printed from.
      if (message.kind !== 'flow_mod') throw new Error(`${text} came as ${message.kind}`);
      const line = formatFlow(message.flow);
      const again = formatFlow(parseFlow(line, { version }).flow);
      if (again !== line) fail('again', text, again, line);
    }
    t.ok(refused < texts.length / 50, `OVS refuses ${refused}`);
    t.same(wrong, { bytes: 0, back: 0, print: 0, again: 0 }, 'nothing differs');
  });
}

/** The flow without what a delete does not take: actions, timeouts, flags, and a cookie without a mask. */
function matchOnly(text: string): string {
  return text
    .replace(/[ ,]?actions?=.*$/, '')
    .replace(/(?<=^|[ ,])(cookie|idle_timeout|hard_timeout|importance)=[^, ]+/g, '')
    .replace(/(?<=^|[ ,])(send_flow_rem|check_overlap|reset_counts|no_packet_counts|no_byte_counts)(?=$|[ ,])/g, '')
    .replace(/[ ,]{2,}/g, ',')
    .replace(/^[ ,]+|[ ,]+$/g, '');
}

const commands: readonly (readonly [command: FlowCommand, args: readonly string[]])[] = [
  ['modify', ['mod-flows', '-']],
  ['modify_strict', ['mod-flows', '--strict', '-']],
  ['delete', ['del-flows', '-']],
  ['delete_strict', ['del-flows', '--strict', '-']],
];

for (const version of ['1.5', '1.4', '1.3'] as const satisfies readonly VersionName[]) {
  t.test(`changing and deleting in OpenFlow ${version}`, async t => {
    const some = flowTexts(seed + 1).filter((_, i) => i % 5 === 0);
    for (const [command, [name = '', ...args]] of commands) {
      const isDelete = command.startsWith('delete');
      // A priority is for strict commands alone.
      const texts = some
        .map(text => (isDelete ? matchOnly(text) : text.replace(/importance=\d+,?/, '')))
        .map(text => (command === 'delete' ? text.replace(/priority=\d+,?/, '') : text))
        .filter(text => !/cookie=[^, ]*\//.test(text) && text !== '');
      const frames = await captureMods(name, texts, version, args);
      t.equal(frames.length, texts.length, `ovs-ofctl takes every ${command}`);
      let wrong = 0;
      for (const [i, text] of texts.entries()) {
        const theirs = frames[i] as Uint8Array;
        const { xid } = decode(theirs);
        const ours = hex(encode({ ...parseFlow(text, { version, command }), version: versions[version], xid }));
        if (ours !== hex(theirs) && wrong++ < shown) t.equal(ours, hex(theirs), `${command} ${text}`);
      }
      t.equal(wrong, 0, `${texts.length} of ${command}`);
    }
  });
}
