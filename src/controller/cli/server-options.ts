// Where the server is, and how both sides show who they are: the options of every command that speaks REST.

import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { ExposedFile, forbiddenBits, readSecret, tokensOf } from '../config/secret-file.ts';
import { ApiClient, type ClientTls, parseServer } from './api-client.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** Each has an environment variable in its place: POINTSMAN_SERVER, POINTSMAN_TOKEN_FILE, and so on. */
export interface ServerOptions {
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultServer = 'unix:/run/pointsman/api.sock';

export function addServerOptions(command: Command): Command {
  return command
    .option(
      '--server <address>',
      `unix:PATH, http://HOST:PORT or https://HOST:PORT (default: POINTSMAN_SERVER, else ${defaultServer})`,
    )
    .addOption(
      new Option('--token <token>', 'bearer token; others see it in the list of processes (default: POINTSMAN_TOKEN)'),
    )
    .addOption(
      new Option(
        '--token-file <file>',
        'its first token is the bearer token (default: POINTSMAN_TOKEN_FILE)',
      ).conflicts('token'),
    )
    .option(
      '--ca <file>',
      'PEM: who may have signed the server’s certificate (default: POINTSMAN_CA, else the system’s)',
    )
    .option('--cert <file>', 'PEM: our certificate (default: POINTSMAN_CERT)')
    .option('--key <file>', 'PEM: its private key (default: POINTSMAN_KEY)');
}

/** @throws CliError `usage` when the options do not go together, or a file cannot be read */
export async function openClient(options: ServerOptions, env: Environment): Promise<ApiClient> {
  const server = parseServer(options.server ?? env.POINTSMAN_SERVER ?? defaultServer);
  const secure = server.kind === 'url' && server.url.protocol === 'https:';
  const given = (['ca', 'cert', 'key'] as const).find(name => options[name] !== undefined);
  if (given !== undefined && !secure)
    throw new CliError(exitCodes.usage, `--${given} is for a server at https://, and this one is not`);
  return new ApiClient({
    server,
    token: await tokenOf(options, env),
    tls: secure ? await tlsOf(options, env) : undefined,
  });
}

async function tokenOf(options: ServerOptions, env: Environment): Promise<string | undefined> {
  if (options.token !== undefined) return options.token;
  if (options.tokenFile === undefined && env.POINTSMAN_TOKEN !== undefined) return env.POINTSMAN_TOKEN;
  const file = options.tokenFile ?? env.POINTSMAN_TOKEN_FILE;
  if (file === undefined) return undefined;
  const [token] = tokensOf(await reading(file, readSecret(file, forbiddenBits.tokens)));
  if (token === undefined) throw new CliError(exitCodes.usage, `${file} holds no token`);
  return token;
}

async function tlsOf(options: ServerOptions, env: Environment): Promise<ClientTls> {
  const ca = options.ca ?? env.POINTSMAN_CA;
  const cert = options.cert ?? env.POINTSMAN_CERT;
  const key = options.key ?? env.POINTSMAN_KEY;
  if ((cert === undefined) !== (key === undefined))
    throw new CliError(exitCodes.usage, '--cert and --key go together: a certificate and its private key');
  return {
    ca: ca === undefined ? undefined : await reading(ca, readFile(ca, 'utf8')),
    cert: cert === undefined ? undefined : await reading(cert, readFile(cert, 'utf8')),
    key: key === undefined ? undefined : await reading(key, readSecret(key, forbiddenBits.key)),
  };
}

async function reading(file: string, content: Promise<string>): Promise<string> {
  try {
    return await content;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = error instanceof ExposedFile ? `${file}: ${why}` : `cannot read ${file}: ${why}`;
    throw new CliError(exitCodes.usage, message, { cause: error });
  }
}
