// `pointsman status`: the status report for people.

import { type StatusReport, statusReportSchema } from '../rest/runtime.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatValue } from './get-command.ts';

export async function status(client: ApiClient, format: 'text' | 'json', output: CliOutput): Promise<void> {
  const { body } = await client.expectOk('GET', apiPath('status'));
  if (format === 'json') {
    output.out(formatValue(body, 'json'));
    return;
  }
  const parsed = statusReportSchema.safeParse(body);
  if (!parsed.success)
    throw new CliError(exitCodes.unreachable, 'the answer is not a status report; is that a pointsman?');
  output.out(formatStatus(parsed.data as StatusReport));
}

export function formatStatus(report: StatusReport): string {
  const { generation, state, ovs, holder } = report;
  const behind = generation.intent === generation.installed ? 'all installed' : `${generation.installed} installed`;
  const held = state.held === undefined ? '' : ', HELD';
  const database = `${state.connected ? 'connected' : 'NOT CONNECTED'}${state.embedded ? ' (embedded)' : ''}${held}`;
  const datapath =
    ovs.datapathInUse === undefined || ovs.datapathInUse === ovs.datapathType
      ? ovs.datapathType
      : `${ovs.datapathInUse} (asked: ${ovs.datapathType})`;
  const pairs: [string, string][] = [
    ['Node', `${report.node}, pointsman ${report.version}`],
    ['Intent', `generation ${generation.intent}, ${behind}`],
    ['State', database],
    [
      'Open vSwitch',
      `${ovs.connected ? 'connected' : 'NOT CONNECTED'}${ovs.version ? `, version ${ovs.version}` : ''}`,
    ],
    ['Switch', holder.self ? 'ours' : `NOT OURS${holder.who === undefined ? '' : `; last held by ${holder.who}`}`],
    ['Datapath', datapath],
    ['Offload', `${ovs.offload.active ? 'active' : 'inactive'}: ${ovs.offload.reason}`],
  ];
  if (ovs.docaVersion !== undefined) pairs.push(['DOCA', ovs.docaVersion]);
  const nodes = report.nodes.map(({ name, silentFor, interfaces, ports }): [string, string] => [
    `  ${name}`,
    `seen ${silentFor} s ago; ${interfaces} interfaces, ${ports} ports`,
  ]);
  const bridges = report.bridges.map(({ name, connected, flows, drift }): [string, string] => [
    `  ${name}`,
    [
      connected ? 'connected' : 'NOT CONNECTED',
      ...(flows === undefined ? [] : [`${flows} flows`]),
      ...(drift === 0 ? [] : [`${drift} changes of others put right`]),
    ].join(', '),
  ]);
  const interfaces = report.interfaces.map(({ name, bridge, ofport, error }): [string, string] => [
    `  ${name}`,
    `on ${bridge}, ${error === undefined ? `port ${ofport ?? 'not there yet'}` : `ERROR: ${error}`}`,
  ]);
  return [
    ...align(pairs),
    ...section('Other nodes', align(nodes)),
    ...section('Bridges', align(bridges)),
    ...section('Interfaces', align(interfaces)),
    ...section(
      'Warnings',
      report.warnings.map(warning => `  ${warning}`),
    ),
    ...section('Last error', report.lastError === undefined ? [] : [`  ${report.lastError}`]),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function align(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...pairs.map(([key]) => key.length));
  return pairs.map(([key, value]) => `${key.padEnd(width)}  ${value}`);
}
