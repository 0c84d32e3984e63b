// Which datapath the bridges get: what the configuration asks for, held against what the running vswitchd offers.
// An unknown datapath type leaves a bridge without a datapath and ovs-vsctl without an error, so it is settled before.

import type { DatapathType, NodeConfig, PortConfig } from './node.ts';

/** What the switch says of itself: columns of Open_vSwitch. */
export interface SwitchOffer {
  /** Undefined: the schema has no such column. Empty: no vswitchd has filled it yet. */
  readonly datapathTypes: readonly string[] | undefined;
  readonly ifaceTypes: readonly string[] | undefined;
  /** Undefined where the column is missing, which is any switch but OVS-DOCA. */
  readonly docaInitialized: boolean | undefined;
  readonly dpdkInitialized: boolean | undefined;
}

/** The type of a device that is no kernel device. */
export type FastPortType = 'doca' | 'dpdk';

export interface DatapathWarning {
  readonly code: 'DATAPATH_FALLBACK' | 'DATAPATH_RENAMED' | 'DOCA_NOT_INITIALIZED' | 'PORT_TYPE_REPLACED';
  readonly message: string;
}

export interface UsableDatapath {
  readonly kind: 'use';
  /** `Bridge.datapath_type`. */
  readonly datapathType: DatapathType;
  /** What `auto` ports become; undefined: system devices. */
  readonly portType: FastPortType | undefined;
  /** Types that a port may ask for, but this switch cannot do: such ports are treated as `auto`. */
  readonly missingPortTypes: readonly FastPortType[];
  readonly offload: { readonly active: boolean; readonly reason: string };
  readonly warnings: readonly DatapathWarning[];
}

export type DatapathChoice =
  | UsableDatapath
  /** vswitchd has not said yet what it can do. */
  | { readonly kind: 'wait'; readonly reason: string }
  | {
      readonly kind: 'refuse';
      readonly error: {
        readonly code: 'DATAPATH_UNSUPPORTED' | 'PORT_TYPE_UNSUPPORTED';
        readonly message: string;
      };
    };

type Asked = Pick<NodeConfig, 'datapathType' | 'datapathFallback' | 'physicalPorts' | 'representors' | 'otherConfig'>;

export function chooseDatapath(node: Asked, offer: SwitchOffer): DatapathChoice {
  if (offer.datapathTypes?.length === 0) {
    return { kind: 'wait', reason: 'ovs-vswitchd has not yet written its datapath_types: is it running?' };
  }
  const choice = node.datapathType === 'doca' ? chooseDoca(node, offer) : choosePlain(node, node.datapathType, offer);
  return choice.kind === 'use' ? checkPortTypes(node, choice) : choice;
}

function chooseDoca(node: Asked, offer: SwitchOffer): DatapathChoice {
  const portType = offersPort(offer, 'doca') ? 'doca' : 'dpdk';
  const missingPortTypes = missingTypes(offer);
  if (offer.datapathTypes?.includes('doca')) {
    const off = offer.docaInitialized === false;
    return {
      kind: 'use',
      datapathType: 'doca',
      portType,
      missingPortTypes,
      offload: off
        ? { active: false, reason: 'DOCA is not initialized (doca_initialized is false)' }
        : { active: true, reason: 'datapath doca' },
      warnings: off ? [{ code: 'DOCA_NOT_INITIALIZED', message: docaHint(node) }] : [],
    };
  }
  // Releases up to 2025 have no datapath of that name: doca-init turns the netdev datapath into the DOCA one.
  if (offer.docaInitialized && offers(offer, 'netdev')) {
    return {
      kind: 'use',
      datapathType: 'netdev',
      portType,
      missingPortTypes,
      offload: { active: true, reason: 'datapath netdev of an initialized DOCA' },
      warnings: [
        {
          code: 'DATAPATH_RENAMED',
          message: `this OVS-DOCA has no datapath type doca; its netdev bridges with ${portType} ports are that`,
        },
      ],
    };
  }
  return fallBack(node, offer);
}

function choosePlain(node: Asked, datapathType: 'netdev' | 'system', offer: SwitchOffer): DatapathChoice {
  if (!offers(offer, datapathType)) return fallBack(node, offer);
  return {
    kind: 'use',
    datapathType,
    portType: undefined,
    missingPortTypes: missingTypes(offer),
    offload: { active: false, reason: `datapath ${datapathType} was asked for` },
    warnings: [],
  };
}

function fallBack(node: Asked, offer: SwitchOffer): DatapathChoice {
  const { datapathType: asked, datapathFallback: fallback } = node;
  const said = `ovs-vswitchd offers ${offer.datapathTypes?.join(', ') ?? 'nothing by name'}, not ${asked}`;
  const hint = asked === 'doca' ? `; ${docaHint(node)}` : '';
  if (fallback === undefined || !offers(offer, fallback)) {
    const instead = fallback === undefined ? '' : `, nor the fallback ${fallback}`;
    return { kind: 'refuse', error: { code: 'DATAPATH_UNSUPPORTED', message: `${said}${instead}${hint}` } };
  }
  return {
    kind: 'use',
    datapathType: fallback,
    portType: undefined,
    missingPortTypes: missingTypes(offer),
    offload: { active: false, reason: `fell back to ${fallback}: ${said}` },
    warnings: [{ code: 'DATAPATH_FALLBACK', message: `${said}: using the fallback ${fallback}${hint}` }],
  };
}

/** A port type that was asked for by name must be there, unless the configuration lives with less. */
function checkPortTypes(node: Asked, choice: UsableDatapath): DatapathChoice {
  const replaced = [...node.physicalPorts, ...node.representors].filter(port => isMissing(port, choice));
  const first = replaced[0];
  if (!first) return choice;
  if (choice.portType === undefined && node.datapathFallback === undefined) {
    return {
      kind: 'refuse',
      error: {
        code: 'PORT_TYPE_UNSUPPORTED',
        message: `ovs-vswitchd has no interface type ${first.type}, which port ${first.name} asks for`,
      },
    };
  }
  const names = replaced.map(port => port.name).join(', ');
  const type = choice.portType ?? 'system';
  return {
    ...choice,
    warnings: [
      ...choice.warnings,
      {
        code: 'PORT_TYPE_REPLACED',
        message: `ovs-vswitchd has no interface type ${first.type}: ${names} will be ${type}`,
      },
    ],
  };
}

function isMissing(port: PortConfig, choice: UsableDatapath): boolean {
  return choice.missingPortTypes.some(type => type === port.type);
}

/** `Interface.type` of a port under this choice; empty is a device of the kernel. */
export function interfaceType(port: PortConfig, choice: UsableDatapath): FastPortType | '' {
  switch (port.type) {
    case 'system':
      return '';
    case 'auto':
      return choice.portType ?? '';
    case 'dpdk':
    case 'doca':
      return isMissing(port, choice) ? (choice.portType ?? '') : port.type;
  }
}

/** A switch too old to list its types has the two that were always there. */
function offers(offer: SwitchOffer, type: DatapathType): boolean {
  return offer.datapathTypes ? offer.datapathTypes.includes(type) : type !== 'doca';
}

function offersPort(offer: SwitchOffer, type: FastPortType): boolean {
  return offer.ifaceTypes?.includes(type) ?? false;
}

/** Nothing is known to be missing where the switch does not list its interface types. */
function missingTypes(offer: SwitchOffer): readonly FastPortType[] {
  if (!offer.ifaceTypes?.length) return [];
  return (['doca', 'dpdk'] as const).filter(type => !offersPort(offer, type));
}

function docaHint(node: Asked): string {
  return node.otherConfig.get('doca-init') === 'true'
    ? 'doca-init is set: if this is OVS-DOCA, restart ovs-vswitchd'
    : 'if this is OVS-DOCA, set doca-init and restart ovs-vswitchd';
}
