// `pointsman adopt`: the operator's word that the switch is to follow a state which is held.

import { z } from 'zod';
import { type ApiClient, apiPath } from './api-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';

const statusSchema = z.object({
  generation: z.object({ intent: z.int() }),
  state: z.object({ held: z.string().optional() }),
});
const adoptedSchema = z.object({ generation: z.int() });

/** @param generation undefined: the one that it is at */
export async function adopt(
  client: ApiClient,
  generation: number | undefined,
  discard: boolean,
  output: CliOutput,
): Promise<void> {
  const held = generation ?? (await heldAt(client, output));
  const { body } = await client.expectOk('POST', apiPath('state', 'adopt'), { generation: held, discard });
  output.out(`adopted; the state goes on at generation ${adoptedSchema.parse(body).generation}`);
}

async function heldAt(client: ApiClient, output: CliOutput): Promise<number> {
  const status = statusSchema.safeParse((await client.expectOk('GET', apiPath('status'))).body);
  if (!status.success)
    throw new CliError(exitCodes.unreachable, 'the answer is not a status report; is that a pointsman?');
  const { generation, state } = status.data;
  if (state.held === undefined)
    throw new CliError(exitCodes.refused, 'the state is not held: there is nothing to adopt');
  output.out(`held: ${state.held}`);
  return generation.intent;
}
