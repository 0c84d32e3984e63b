/** What the switch says of itself that the flows depend on: OpenFlow port numbers by interface name. */
export interface Observed {
  readonly integrationPorts: ReadonlyMap<string, number>;
  readonly physicalPorts: ReadonlyMap<string, number>;
  /** Ports of the integration bridge that say which Port they are (`external_ids:iface-id`), by that name. */
  readonly attached: ReadonlyMap<string, number>;
}
