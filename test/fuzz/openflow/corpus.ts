// Frames to start from: a message of every kind in every version that has it, and flows with every field and action.

import {
  encode,
  type Message,
  type MessageBody,
  OpenFlowEncodeError,
  parseFlow,
  type VersionName,
  versions,
} from '../../../src/openflow/index.ts';
import { flowTexts } from '../../ovs/openflow/flow-texts.ts';
import * as samples from '../../unit/openflow/samples.ts';
import * as switchSamples from '../../unit/openflow/switch-samples.ts';
import { bytes, flowMods, fromSwitch } from '../../unit/openflow/vectors.ts';

/** Of the flow texts, one of this many. */
const everyFlow = 13;

function encoded(message: Message): Uint8Array[] {
  try {
    return [encode(message)];
  } catch (error) {
    // Not every version can say it.
    if (error instanceof OpenFlowEncodeError) return [];
    throw error;
  }
}

function inVersions(body: MessageBody): Uint8Array[] {
  return Object.values(versions).flatMap(version => encoded({ ...body, version, xid: 7 }));
}

function flowFrames(): Uint8Array[] {
  const names = Object.keys(versions) as VersionName[];
  const texts = flowTexts(7).filter((_, i) => i % everyFlow === 0);
  return texts.flatMap(text =>
    names.map(version => encode({ ...parseFlow(text, { version }), version: versions[version], xid: 9 })),
  );
}

export function corpus(): readonly Uint8Array[] {
  return [
    ...[samples, switchSamples]
      .flatMap(Object.values<readonly MessageBody[]>)
      .flat()
      .flatMap(inVersions),
    ...[...Object.values(fromSwitch), ...flowMods.map(({ hex }) => hex)].map(bytes),
    ...flowFrames(),
  ];
}
