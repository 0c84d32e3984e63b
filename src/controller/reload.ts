// What SIGHUP does: the configuration is read again, and what can change under a running pointsman does. What cannot is
// named; what is not valid changes nothing.

import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../lib/logger.ts';
import { type Config, loadConfig, type RestConfig } from './config/config.ts';
import { readTls } from './config/read-tls.ts';
import type { RestServer } from './rest/server.ts';

export interface ReloadTargets {
  readonly rest: Pick<RestServer, 'replaceCredentials'>;
  readonly setLogLevel: (level: Config['log']['level']) => void;
  readonly logger: Logger;
}

/** @returns the configuration that holds from now on: another one for what was changed, `before` for all the rest */
export async function reload(configFile: string, before: Config, targets: ReloadTargets): Promise<Config> {
  const { rest, setLogLevel, logger } = targets;
  try {
    const now = await loadConfig(configFile);
    const after = withReloadable(before, now);
    // Certificates may be others under the same names.
    rest.replaceCredentials({ ...after.rest, tls: await readTls(after.rest.tls) });
    setLogLevel(after.log.level);
    const changed = [
      ...(isDeepStrictEqual(after.rest.tokens, before.rest.tokens) ? [] : ['rest.tokens']),
      ...(after.log.level === before.log.level ? [] : ['log.level']),
    ];
    const needsRestart = differences(after, now);
    logger[needsRestart.length > 0 ? 'warn' : 'info']({ changed, needsRestart }, 'the configuration was read again');
    return after;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    logger.error({ why }, 'the configuration cannot be used, and the old one stays');
    return before;
  }
}

/** Whether there is TLS at all, and whether clients show certificates, was settled when the socket was made. */
function withReloadable(before: Config, now: Config): Config {
  const { tokens, allowUnauthenticated } = now.rest;
  const tls = sameShape(before.rest.tls, now.rest.tls) ? now.rest.tls : before.rest.tls;
  return { ...before, log: now.log, rest: { ...before.rest, tokens, allowUnauthenticated, tls } };
}

function sameShape(a: RestConfig['tls'], b: RestConfig['tls']): boolean {
  return (a === undefined) === (b === undefined) && (a?.clientCa === undefined) === (b?.clientCa === undefined);
}

/** Settings in which the two differ, by their names in the file, as far as a name goes that is the same here and there. */
function differences(a: Config, b: Config): readonly string[] {
  const sections = ['node', 'ovs', 'assignAddresses', 'state'] as const;
  const rest = ['listen', 'hostNames', 'tls'] as const;
  return [
    ...sections.filter(section => !isDeepStrictEqual(a[section], b[section])),
    ...rest.filter(key => !isDeepStrictEqual(a.rest[key], b.rest[key])).map(key => `rest.${key}`),
  ];
}
