// The intent as people write it: one zod schema per kind of object. REST bodies, `apply` files, the OpenAPI document
// and the state database all speak these shapes. What a kind is stands in kinds/KIND.ts.

import type { z } from 'zod';
import { kindHomes } from './kinds/all.ts';
import type { Kind } from './kinds/names.ts';

export { nameSchema } from './kinds/fields.ts';
export type { AttachmentDocument, HostDocument, InterfaceDocument } from './kinds/interfaces.ts';
export { type Kind, kinds } from './kinds/names.ts';
export type { NatPoolDocument } from './kinds/nat-pools.ts';
export type { NatRuleDocument } from './kinds/nat-rules.ts';
export type { PortDocument } from './kinds/ports.ts';
export type { RouteDocument } from './kinds/routes.ts';
export type { TenantDocument } from './kinds/tenants.ts';
export type { VniDocument } from './kinds/vnis.ts';

type Schemas = { readonly [K in Kind]: (typeof kindHomes)[K]['schema'] };

export const documentSchemas = Object.fromEntries(
  Object.entries(kindHomes).map(([kind, { schema }]) => [kind, schema]),
) as Schemas;

export type Documents = { readonly [K in Kind]: z.infer<Schemas[K]> };

/** All documents, each kind by name. */
export type DocumentSet = { readonly [K in Kind]: ReadonlyMap<string, Documents[K]> };
