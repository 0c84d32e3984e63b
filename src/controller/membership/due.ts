// What a node has to look at again, of what it takes for its own: a change brings about work for what depends on it.

import { objectKey, partsOfKey } from '../../policy/facts/base.ts';
import { references } from '../../policy/facts/problems.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import type { Touched } from '../state/live-view.ts';
import type { Store } from '../state/store.ts';
import type { Contested } from './claims.ts';

export class Due {
  readonly #store: Pick<Store, 'view' | 'live'>;
  /** Undefined: anything. */
  #contested: Set<string> | undefined;
  #mustPull = true;
  /** Whose each interface and port was when it was last looked at. */
  #tenants: Map<string, string | undefined> = new Map();

  constructor(store: Pick<Store, 'view' | 'live'>) {
    this.#store = store;
  }

  /** To be called once the state is there to read, and when what happened is not known. */
  addAll(): void {
    this.#contested = undefined;
    this.#mustPull = true;
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
    this.#mustPull ||= ranges || [...chunks].some(isGone);
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

  /** Whether chunks may be lacking, or no longer needed, since it was last asked. */
  takePull(): boolean {
    const mustPull = this.#mustPull;
    this.#mustPull = false;
    return mustPull;
  }

  addPull(): void {
    this.#mustPull = true;
  }

  #addObject(key: string): void {
    const { kind } = partsOfKey(key);
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
      case 'nat-rules':
        this.#mustPull = true;
        break;
      case 'tenants':
      case 'routes':
      case 'static-nats':
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
    this.#mustPull ||= this.#translates(before) || (now !== before && this.#translates(now));
  }

  #tenantOf(key: string): string | undefined {
    const { interfaces, ports } = this.#store.view().documents;
    const { kind, name } = partsOfKey(key);
    return interfaces.get((kind === 'ports' ? ports.get(name)?.interface : name) ?? '')?.tenant;
  }

  #translates(tenant: string | undefined): boolean {
    return (
      tenant !== undefined && this.#referrers(objectKey('tenants', tenant)).some(({ kind }) => kind === 'nat-rules')
    );
  }

  #referrers(key: string): readonly { readonly kind: Kind; readonly name: string }[] {
    return this.#store.live.program.by(references, 'to', key).map(({ from }) => from);
  }
}

function keyOf({ kind, name }: { readonly kind: Kind; readonly name: string }): string {
  return objectKey(kind, name);
}
