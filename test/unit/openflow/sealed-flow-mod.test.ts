// A sealed modification is on the wire what the open one is.

import t from 'tap';
import { encodeSealedInto } from '../../../src/openflow/codec/sealed-flow-mod.ts';
import { encode, openflow13, openflow14, openflow15, sealFlow, unsealFlowMod } from '../../../src/openflow/index.ts';
import { Writer } from '../../../src/openflow/wire/writer.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';

t.test('each flow of a program, each command, each version', async t => {
  const { integration, physical } = programOf(demoObjects);
  const flows = [
    ...integration.flows,
    ...physical.flows,
    ...physical.flows.map(flow => ({ ...flow, idleTimeout: 9, flags: 1 })),
  ];
  // A meter as an action is new in 1.5.
  for (const version of [openflow13, openflow14, openflow15])
    for (const flow of (version === openflow15 ? flows : physical.flows).map(sealFlow))
      for (const mod of [
        { kind: 'sealed_flow_mod', command: 'add', flow },
        { kind: 'sealed_flow_mod', command: 'modify_strict', flow },
        { kind: 'sealed_flow_mod', command: 'delete_strict', flow, cookieMask: 0xffff_0000_0000_0000n },
      ] as const) {
        const header = { version, xid: 7 };
        const bundle = { bundleId: 3, flags: 3 };
        const writer = new Writer();
        writer.version = version;
        encodeSealedInto(writer, mod, { ...header, ...bundle });
        const open = encode({ kind: 'bundle_add', ...bundle, message: unsealFlowMod(mod), ...header });
        if (Buffer.compare(writer.finish(), open) !== 0) t.same(writer.finish(), open, `${mod.command} in ${version}`);
      }
  t.ok(flows.length > 100);
});
