// Which addresses pointsman itself has put on a device: in `external_ids` of the bridge that has the device, one key a
// device. (Marks on the address itself will not do: a label is for IPv4 and short, a protocol is unknown to iproute2
// before 6.3.)

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { switchLockName } from './switch-lock.ts';
import { type BridgeRow, ownerOf } from './switch-source.ts';

const keyPrefix = 'pointsman-vtep-';

export interface VtepRecords {
  /** Prefixes by device. */
  read(): ReadonlyMap<string, readonly string[]>;
  /** @throws Error when it is not written */
  add(device: string, address: string): Promise<void>;
  forget(device: string, address: string): Promise<void>;
}

/** Those of the bridges that carry the node's mark; written only while the lock of the switch is ours. */
export function vtepRecords(
  { name, physicalBridge }: Pick<NodeConfig, 'name' | 'physicalBridge'>,
  database: OvsdbClient<OpenVSwitchTables>,
): VtepRecords {
  const ourBridges = () => [...database.replica.rows('Bridge')].filter(row => ownerOf(row) === name);
  /** A bridge of before may still be there, with the device. */
  const bridgeOf = (device: string): BridgeRow | undefined =>
    ourBridges().find(row => row.external_ids.has(keyPrefix + device)) ??
    ourBridges().find(row => row.name === physicalBridge);

  const change = async (device: string, edit: (addresses: readonly string[]) => readonly string[]): Promise<void> => {
    const { result } = await database.retry(draft => {
      const row = bridgeOf(device);
      if (!row) throw new Error(`no bridge of ours to write down what is on ${device}`);
      const before = listed(row, device);
      const after = edit(before);
      if (after.join() === before.join()) return;
      draft.assertLock(switchLockName);
      draft.verify('Bridge', row, ['external_ids']);
      draft.comment(`pointsman (${name}): addresses of ${device}`);
      const key = keyPrefix + device;
      if (after.length === 0) draft.mutate('Bridge', row, ['external_ids', 'delete', [key]]);
      else draft.setKeys('Bridge', row, 'external_ids', new Map([[key, after.join(' ')]]));
    });
    if (result.kind !== 'committed' && result.kind !== 'unchanged')
      throw new Error(`what is on ${device} could not be written down: ${result.kind}`);
  };

  return {
    read: () =>
      new Map(
        ourBridges().flatMap(row =>
          [...row.external_ids.keys()]
            .filter(key => key.startsWith(keyPrefix))
            .map(key => key.slice(keyPrefix.length))
            .map(device => [device, listed(row, device)] as const),
        ),
      ),
    add: (device, address) => change(device, addresses => [...new Set([...addresses, address])]),
    forget: (device, address) => change(device, addresses => addresses.filter(each => each !== address)),
  };
}

function listed({ external_ids }: BridgeRow, device: string): readonly string[] {
  return external_ids.get(keyPrefix + device)?.split(' ') ?? [];
}
