// What is not as it should be about the switch's database, a line each.

import type { DatapathChoice } from '../../policy/datapath.ts';
import type { SwitchOutcome } from './reconcile-switch.ts';

export function warningsOfSwitch(outcome: SwitchOutcome): string[] {
  const { datapath, foreign, conflicts, restartFor, unfit } = outcome.plan;
  return [
    ...foreign.map(conflict => conflict.message),
    ...datapathWarnings(datapath),
    ...conflicts.map(conflict => conflict.message),
    ...unfit,
    ...(restartFor.length > 0 ? [`restart ovs-vswitchd for ${restartFor.join(', ')} to take effect`] : []),
    ...(outcome.kind === 'failed' ? [`the switch's database refused: ${outcome.details}`] : []),
  ];
}

function datapathWarnings(datapath: DatapathChoice): string[] {
  switch (datapath.kind) {
    case 'use':
      return datapath.warnings.map(warning => warning.message);
    case 'wait':
      return [datapath.reason];
    case 'refuse':
      return [datapath.error.message];
  }
}
