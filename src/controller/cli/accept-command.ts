// `pointsman accept-state`: the operator's word that a state which is held is what it should be.

import { z } from 'zod';
import { type ApiClient, apiPath } from './api-client.ts';
import type { CliOutput } from './cli-error.ts';

const acceptedSchema = z.object({ generation: z.int() });

export async function acceptState(client: ApiClient, generation: number, output: CliOutput): Promise<void> {
  const { body } = await client.expectOk('POST', apiPath('state', 'accept'), { generation });
  output.out(`accepted; it goes on at generation ${acceptedSchema.parse(body).generation}`);
}
