// What the program says of itself: that it was put right, and what is its own fault.

import t from 'tap';
import { warningsOfProgram } from '../../../src/controller/inspect/warnings.ts';
import { ProgramAudit } from '../../../src/controller/program/program-audit.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { parseFlow, sealFlow } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { Program } from '../../../src/policy/engine/program.ts';
import { table } from '../../../src/policy/engine/table.ts';
import { unit } from '../../../src/policy/engine/unit.ts';
import { documentTables, numbers } from '../../../src/policy/facts/base.ts';
import { flows } from '../../../src/policy/facts/outcome.ts';

t.test('what is found to be wrong is put right, told and counted, and the switch is brought to it', async t => {
  const seen = table({ name: 'seen', key: ({ name }: { readonly name: string; readonly times: number }) => name });
  let times = 0;
  const impure = unit({
    name: 'impure',
    over: documentTables.tenants,
    reads: [],
    writes: [seen],
    emit: ({ name }, _, out) => out.put(seen, { name, times }),
  });
  const program = new Program({ base: [], units: [impure], watched: [seen] });
  program.change(({ put }) => put(documentTables.tenants, { name: 'red' }));
  const live = {
    program,
    audit: (count: number) => {
      const wrong = program.audit(count);
      program.rerun(wrong);
      return wrong;
    },
  };
  const told: string[] = [];
  let healed = 0;
  const audit = new ProgramAudit({
    live,
    node: 'lab',
    onHealed: () => healed++,
    note: ({ reason, message }) => told.push(`${reason}: ${message}`),
    logger: silentLogger,
  });
  audit.look();
  t.strictSame([audit.rounds, audit.mismatches, told], [1, 0, []]);
  times = 1;
  audit.look();
  t.equal(audit.mismatches, 1);
  t.match(told, [/^program-healed: .*impure\(red\)/]);
  t.equal(healed, 1);
  t.equal(program.get(seen, 'red')?.times, 1);
  audit.look();
  t.equal(audit.mismatches, 1, 'once');
});

t.test('rules that fail, and flows that two want, are warnings that name the objects', async t => {
  const flow = (kind: 'routes', id: number, out: number) => {
    const cookie = `0x${encodeCookie({ kind, id }).toString(16)}`;
    return sealFlow(parseFlow(`cookie=${cookie},table=3,priority=7,ip,actions=output:${out}`).flow);
  };
  const rival = unit({
    name: 'rival',
    over: documentTables.routes,
    reads: [numbers],
    writes: [flows.integration],
    emit: ({ name }, facts, out) => {
      const id = facts.get(numbers, `routes/${name}`)?.id ?? 0;
      if (name === 'broken') throw new Error('no way');
      out.put(flows.integration, flow('routes', id, id));
    },
  });
  const program = new Program({ base: [], units: [rival], watched: [] });
  program.change(({ put }) => {
    for (const [id, name] of ['a', 'b', 'broken'].entries()) {
      const to = { destination: '0.0.0.0/0', interface: 'o', nextHop: '198.51.100.1' };
      put(documentTables.routes, { name, tenant: 'red', ...to });
      put(numbers, { kind: 'routes', name, id: id + 1, index: undefined, zone: undefined });
    }
  });
  const warnings = warningsOfProgram(program);
  t.match(
    warnings.find(text => text.includes('no way')),
    /^routes\/broken is left out: rival\(broken\) has failed/,
  );
  t.match(
    warnings.find(text => text.includes('flows/integration')),
    /routes\/a and routes\/b ask for different ones/,
  );
  t.equal(warnings.length, 2);
});
