// How an interface is attached, held against the nodes and the VNI.

import { parseIp, sameIp } from '../../../lib/address.ts';
import type { Table } from '../../engine/table.ts';
import { type Facts, type Unit, unit } from '../../engine/unit.ts';
import { documentTables, only, self } from '../../facts/base.ts';
import { claims } from '../../facts/claims.ts';
import { draftInterfaces, draftWires, farVteps } from '../../facts/drafts.ts';
import { held, heldKey, vtepAddresses, vtepFamilies } from '../../facts/nodes.ts';
import { addressAt } from '../../facts/objects.ts';
import { problems } from '../../facts/problems.ts';
import { whyNotUnicast } from '../../special-addresses.ts';
import type { AttachmentDocument } from '../interfaces.ts';
import { type Speaker, speaker } from '../speaker.ts';

const familyReads: readonly Table[] = [documentTables.vnis, held, vtepFamilies];

/** The VTEP of a VNI, and whether it has an address of that family anywhere; undefined: something else is wrong with the VNI. */
function vtepOf(facts: Facts, vni: string): { name: string; hasFamily: (family: 4 | 6) => boolean } | undefined {
  const name = facts.get(documentTables.vnis, vni)?.vtep;
  if (name === undefined || !facts.get(held, heldKey({ what: 'vtep', name }))) return undefined;
  return { name, hasFamily: family => facts.get(vtepFamilies, `${name} ${family}`) !== undefined };
}

const otherFamily = 'a remote VTEP is of the same address family as the local one';

export const attachmentUnits: readonly Unit[] = [
  unit({
    name: 'interfaces/attach',
    over: draftWires,
    reads: [self, draftInterfaces, ...familyReads],
    writes: [claims, problems],
    emit: ({ interface: name, attachment, remoteVteps }, facts, out) => {
      const speak = speaker({ kind: 'interfaces', name, noun: 'interface' }, out);
      if (attachment.type !== 'vni') {
        attachPort(attachment, facts, speak);
        return;
      }
      const { vni } = attachment;
      const { report, claim } = speak;
      claim({ what: `attached vni ${vni}`, said: `VNI ${vni}`, role: 'only', pointer: '/attachment/vni' });
      const owner = facts.get(documentTables.vnis, vni)?.tenant;
      if (owner !== undefined && owner !== facts.get(draftInterfaces, name)?.tenant)
        report('/attachment/vni', 'invalid', 'tenant', `VNI ${vni} belongs to tenant ${owner}`);
      const local = vtepOf(facts, vni);
      if (!local) return;
      const isWrong = { 4: !local.hasFamily(4), 6: !local.hasFamily(6) };
      const own = facts.get(self, only)?.vteps.find(({ name: of }) => of === local.name)?.address.ip;
      remoteVteps.forEach((remote, i) => {
        if (whyNotUnicast(remote) !== undefined) return;
        const pointer = `/remoteVteps/${i}`;
        if (isWrong[remote.family]) report(pointer, 'invalid', 'family', otherFamily);
        if (own && sameIp(own, remote)) report(pointer, 'invalid', 'own', 'that is the VTEP of this node');
      });
    },
  }),
  unit({
    name: 'interfaces/far-vteps',
    over: farVteps,
    reads: [documentTables.interfaces, ...familyReads, vtepAddresses],
    writes: [problems],
    emit: ({ interface: name, vni, ip, isAllowed }, facts, out) => {
      const local = vtepOf(facts, vni);
      if (!local) return;
      const whatIsWrong = (): string | undefined => {
        if (!local.hasFamily(ip.family)) return otherFamily;
        if (facts.get(vtepAddresses, addressAt(local.name, ip)))
          return 'that is the VTEP of a node: what lives behind it is a port';
        return isAllowed ? undefined : 'the VTEP is not among the remoteVteps of the interface';
      };
      const wrong = whatIsWrong();
      if (wrong === undefined) return;
      const { report } = speaker({ kind: 'interfaces', name, noun: 'interface' }, out);
      const hosts = facts.get(documentTables.interfaces, name)?.hosts ?? [];
      hosts.forEach(({ vtep }, i) => {
        if (vtep !== undefined && sameIp(parseIp(vtep), ip)) report(`/hosts/${i}/vtep`, 'invalid', 'far', wrong);
      });
    },
  }),
];

/** A VLAN or a representor, of one node or of all that have it. */
function attachPort(
  attachment: Exclude<AttachmentDocument, { type: 'vni' }>,
  facts: Facts,
  { report, claim, lacks }: Speaker,
): void {
  const { type, port: name, node } = attachment;
  const pin = node === undefined ? {} : { pin: node };
  const what = type === 'vlan' ? 'physical-port' : 'representor';
  if (!facts.get(held, heldKey({ what, name, node }))) {
    lacks('/attachment/port', { what, name, ...pin });
    return;
  }
  if (type === 'representor') {
    claim({
      ...{ what: `representor ${name}`, said: `representor ${name}`, role: 'only', ...pin },
      pointer: '/attachment/port',
    });
    return;
  }
  const { vlan } = attachment;
  const infra = facts.get(self, only)?.vteps.find(vtep => vtep.port === name && vtep.infraVlan === vlan);
  const pointer = '/attachment/vlan';
  if (infra) report(pointer, 'conflict', 'infra', `VLAN ${vlan} on ${name} is the infra VLAN of VTEP ${infra.name}`);
  claim({ what: `vlan ${name} ${vlan}`, said: `VLAN ${vlan} on port ${name}`, role: 'only', ...pin, pointer });
}
