// What a node has to look at again, of what it takes for its own: a change brings about work for what depends on it.

import { objectKey, partsOfKey, useKey } from '../../policy/facts/base.ts';
import { references } from '../../policy/facts/problems.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import type { ChunkUse } from '../state/chunk-plan.ts';
import type { Touched } from '../state/live-view.ts';
import type { Store } from '../state/store.ts';
import type { Contested } from './claims.ts';
import { isServed, needOf } from './needs.ts';

export class Due {
  readonly #store: Pick<Store, 'view' | 'live'>;
  /** Undefined: anything. */
  #contested: Set<string> | undefined;
  /** What may lack chunks, or have too many; undefined: anything. */
  #pull: Map<string, ChunkUse> | undefined;
  /** Whose each interface and port was when it was last looked at. */
  #tenants: Map<string, string | undefined> = new Map();

  constructor(store: Pick<Store, 'view' | 'live'>) {
    this.#store = store;
  }

  /** To be called once the state is there to read, and when what happened is not known. */
  addAll(): void {
    this.#contested = undefined;
    this.#pull = undefined;
    const { interfaces, ports } = this.#store.view().documents;
    const keys = [
      ...[...interfaces.keys()].map(name => objectKey('interfaces', name)),
      ...[...ports.keys()].map(name => objectKey('ports', name)),
    ];
    this.#tenants = new Map(keys.map(key => [key, this.#tenantOf(key)]));
  }

  add({ objects, bindings, chunks, nodes, ranges }: Touched): void {
    if (nodes.size > 0) this.addAll();
    for (const key of objects) this.#addObject(key);
    for (const key of bindings) this.#addPlace(key);
    // One that comes was planned with all the others; one that goes may be what another waits for.
    const isGone = (key: string) => this.#store.view().chunk(key) === undefined;
    if (ranges || [...chunks].some(isGone)) this.#pull = undefined;
  }

  /** What may have to change hands, since it was last asked. */
  takeContested(): Contested {
    const contested = this.#contested;
    this.#contested = new Set();
    return contested;
  }

  /** Puts back what could not be looked at. */
  addContested(): void {
    this.#contested = undefined;
  }

  /**
   * Whether chunks are lacking at the node, or no longer needed, or may be, since it was last asked.
   * @param isWaiting whether a chunk was lacking then: what it waits for is told anew
   */
  takePull(node: string, isWaiting: boolean): boolean {
    const pull = this.#pull;
    this.#pull = new Map();
    if (!pull || (isWaiting && pull.size > 0)) return true;
    const view = this.#store.view();
    const referrers = (key: string) => this.#referrers(key);
    return ![...pull.values()].every(use => isServed(view, use, node, needOf(view, use.tenant, node, referrers)));
  }

  addPull(): void {
    this.#pull = undefined;
  }

  #addObject(key: string): void {
    const { kind, name } = partsOfKey(key);
    switch (kind) {
      case 'interfaces':
      case 'ports':
        this.#addPlace(key);
        break;
      case 'vnis':
        // Where it is says where its interface can be.
        for (const from of this.#referrers(key)) if (from.kind === 'interfaces') this.#contested?.add(keyOf(from));
        break;
      case 'nat-pools':
        this.#pull = undefined;
        break;
      case 'nat-rules':
        this.#addRule(name);
        break;
      case 'tenants':
      case 'routes':
      case 'static-nats':
      case 'port-forwards':
        break;
      default:
        kind satisfies never;
    }
  }

  /** An interface or a port: where the connections are of the tenant that has it, and no longer of the one that had it. */
  #addPlace(key: string): void {
    this.#contested?.add(key);
    const before = this.#tenants.get(key);
    const now = this.#tenantOf(key);
    if (now === undefined) this.#tenants.delete(key);
    else this.#tenants.set(key, now);
    for (const tenant of new Set([before, now])) if (tenant !== undefined) this.#addRulesOf(tenant);
  }

  /** One that is gone may have waited for a chunk, or others for its. */
  #addRule(name: string): void {
    const rule = this.#store.view().documents['nat-rules'].get(name);
    if (rule) this.#pull?.set(useKey(rule), { tenant: rule.tenant, pool: rule.pool });
    else this.#pull = undefined;
  }

  #tenantOf(key: string): string | undefined {
    const { interfaces, ports } = this.#store.view().documents;
    const { kind, name } = partsOfKey(key);
    return interfaces.get((kind === 'ports' ? ports.get(name)?.interface : name) ?? '')?.tenant;
  }

  #addRulesOf(tenant: string): void {
    for (const { kind, name } of this.#referrers(objectKey('tenants', tenant)))
      if (kind === 'nat-rules') this.#addRule(name);
  }

  #referrers(key: string): readonly { readonly kind: Kind; readonly name: string }[] {
    return this.#store.live.program.by(references, 'to', key).map(({ from }) => from);
  }
}

function keyOf({ kind, name }: { readonly kind: Kind; readonly name: string }): string {
  return objectKey(kind, name);
}
