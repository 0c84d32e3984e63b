import { type MessageDefinition, nicira } from './shared/message-definition.ts';

/** Of OpenFlow 1.0 connections: 0 its own matches, 2 NXM. */
export interface SetFlowFormat {
  readonly kind: 'set_flow_format';
  readonly format: number;
}

const flowFormats: Readonly<Record<number, string>> = { 0: 'openflow10', 2: 'nxm' };

export const setFlowFormat: MessageDefinition<SetFlowFormat> = {
  kind: 'set_flow_format',
  places: [nicira(12)],
  encode: (body, writer) => writer.u32(body.format),
  decode: reader => ({ kind: 'set_flow_format', format: reader.u32() }),
  name: 'NXT_SET_FLOW_FORMAT',
  print: ({ format }) => ` format=${flowFormats[format] ?? '(unknown)'}`,
};
