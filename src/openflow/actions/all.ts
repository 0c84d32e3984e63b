// The list of actions, one file each. To add one: its file, and its line here.

import { bundle } from './bundle.ts';
import { checkPktLarger } from './check-pkt-larger.ts';
import { clone } from './clone.ts';
import { conjunction } from './conjunction.ts';
import { controller } from './controller.ts';
import { copyTtlIn } from './copy-ttl-in.ts';
import { copyTtlOut } from './copy-ttl-out.ts';
import { ct } from './ct.ts';
import { ctClear } from './ct-clear.ts';
import { debugRecirc } from './debug-recirc.ts';
import { debugSlow } from './debug-slow.ts';
import { decMplsTtl } from './dec-mpls-ttl.ts';
import { decNshTtl } from './dec-nsh-ttl.ts';
import { decTtl } from './dec-ttl.ts';
import { decap } from './decap.ts';
import { deleteField } from './delete-field.ts';
import { encap } from './encap.ts';
import { enqueue } from './enqueue.ts';
import { exit } from './exit.ts';
import { finTimeout } from './fin-timeout.ts';
import { group } from './group.ts';
import { learn } from './learn.ts';
import { load } from './load.ts';
import { meter } from './meter.ts';
import { move } from './move.ts';
import { multipath } from './multipath.ts';
import { nat } from './nat.ts';
import { note } from './note.ts';
import { nxWriteMetadata } from './nx-write-metadata.ts';
import { output } from './output.ts';
import { outputReg } from './output-reg.ts';
import { outputTrunc } from './output-trunc.ts';
import { pop } from './pop.ts';
import { popMpls } from './pop-mpls.ts';
import { popPbb } from './pop-pbb.ts';
import { popQueue } from './pop-queue.ts';
import { popVlan } from './pop-vlan.ts';
import { push } from './push.ts';
import { pushMpls } from './push-mpls.ts';
import { pushPbb } from './push-pbb.ts';
import { pushVlan } from './push-vlan.ts';
import { resubmit } from './resubmit.ts';
import { sample } from './sample.ts';
import { setField } from './set-field.ts';
import { setLegacy } from './set-legacy.ts';
import { setMplsTtl } from './set-mpls-ttl.ts';
import { setQueue } from './set-queue.ts';
import { setTtl } from './set-ttl.ts';
import { setTunnel } from './set-tunnel.ts';
import type { ActionDefinition } from './shared/action-definition.ts';

export const actionDefinitions = [
  output,
  outputReg,
  outputTrunc,
  group,
  controller,
  enqueue,
  setQueue,
  popQueue,
  pushVlan,
  pushMpls,
  popMpls,
  pushPbb,
  popVlan,
  popPbb,
  setField,
  load,
  move,
  push,
  pop,
  decTtl,
  setTtl,
  setMplsTtl,
  decMplsTtl,
  decNshTtl,
  copyTtlOut,
  copyTtlIn,
  setLegacy,
  setTunnel,
  deleteField,
  meter,
  resubmit,
  learn,
  conjunction,
  multipath,
  bundle,
  finTimeout,
  note,
  exit,
  nxWriteMetadata,
  sample,
  ctClear,
  ct,
  nat,
  clone,
  encap,
  decap,
  checkPktLarger,
  debugRecirc,
  debugSlow,
] as const;

type DefinedBy<D> = D extends ActionDefinition<infer A> ? A : never;

/** An action of one of the files in this folder. */
export type KnownAction = DefinedBy<(typeof actionDefinitions)[number]>;

/** An action this library does not know, header and all; it is written back as it came. */
export interface UnknownAction {
  readonly kind: 'unknown_action';
  readonly bytes: Uint8Array;
}

/** What happens to a packet (ovs-actions(7)): an action of one of the files in this folder, told apart by `kind`. */
export type Action = KnownAction | UnknownAction;
