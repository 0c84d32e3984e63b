// Whoever installs flows is the bridge's primary controller (OpenFlow 1.5.1 section 6.3.5). With that the switch itself
// refuses what an earlier primary still sends: one that was frozen while it lost the switch, say, and does not know yet.
// Controllers that ask for no role, such as ovs-ofctl, are not touched.

import { StaleGenerationError, type SwitchConnection } from '../../openflow/index.ts';

const maxAttempts = 5;

/** Call it after each connect, before anything is written. @throws OpenFlowError */
export async function becomePrimary(connection: Pick<SwitchConnection, 'role'>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    // Without one so far it is 2^64-1, and the next is 0.
    const { generationId } = await connection.role('no_change');
    try {
      await connection.role('primary', BigInt.asUintN(64, generationId + 1n));
      return;
    } catch (error) {
      if (!(error instanceof StaleGenerationError) || attempt === maxAttempts) throw error;
    }
  }
}
