// The configuration of one node: read once at start, checked as a whole, trusted afterwards.

import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import type { DialTls } from '../../lib/dial.ts';
import type { ActiveEndpoint } from '../../lib/endpoint.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { explainIssue } from '../yaml/explain-issue.ts';
import type { DocumentPath, FileProblem } from '../yaml/problem.ts';
import { parseYaml } from '../yaml/source.ts';
import { ConfigError } from './config-error.ts';
import { checkRest, checkState, crossCheck } from './cross-check.ts';
import { type ConfigFile, fileSchema } from './file-schema.ts';
import type { ListenAddress } from './listen.ts';
import { buildNode, placePorts } from './node-config.ts';
import { ExposedFile, forbiddenBits, readSecret, tokensOf } from './secret-file.ts';

/** Paths whose scalars OVS reads as text. */
const textMaps: readonly DocumentPath[] = [
  ['ovs', 'settings'],
  ['physicalPorts', '*', 'options'],
  ['representors', '*', 'options'],
];

export interface OvsConfig {
  readonly database: ActiveEndpoint;
  /** Where vswitchd keeps its `BRIDGE.mgmt` and control sockets. */
  readonly runDirectory: string;
  /** vswitchd's control socket; undefined: the one that its pidfile in the run directory leads to. */
  readonly controlSocket: string | undefined;
  /** The network namespace (`ip netns`) in which vswitchd and its devices live; undefined: this process's own. */
  readonly networkNamespace: string | undefined;
  /** How long the switch may take to confirm what it was sent before writes are refused, ms. */
  readonly maxBehind: number;
}

export interface RestConfig {
  readonly listen: ListenAddress;
  /** Bearer tokens; empty: none is asked for. */
  readonly tokens: readonly string[];
  /** Names under which clients may address it, beside its own addresses; lower case. */
  readonly hostNames: readonly string[];
  /** Whether the loopback may be used without credentials. */
  readonly allowUnauthenticated: boolean;
  /** Absolute paths of PEM files. */
  readonly tls: { readonly key: string; readonly cert: string; readonly clientCa: string | undefined } | undefined;
}

export interface ClusterConfig {
  readonly remotes: readonly ActiveEndpoint[];
  readonly tls: DialTls | undefined;
  /** How long a node may be silent before the others take what it has, ms. */
  readonly lease: number;
}

/** Where the intent is kept. */
export interface StateConfig {
  /** Of the embedded server: its database, and its sockets. */
  readonly directory: string;
  readonly runDirectory: string;
  /** How long the numbers of a node that is no more rest before others get them, s. */
  readonly rest: number;
  /** How long ports that a tenant gave up rest before another gets them, s; 0: not at all. */
  readonly portRest: number;
  /** What becomes of a switch that was programmed from another database: `wait` for a word, or `discard` what this one does not account for. */
  readonly adopt: ConfigFile['state']['adopt'];
  /** A cluster that someone else runs, in place of the embedded server. */
  readonly cluster: ClusterConfig | undefined;
}

export interface Config {
  readonly node: NodeConfig;
  readonly ovs: OvsConfig;
  /** Whether pointsman puts the VTEP addresses on their devices; false: something else does. */
  readonly assignAddresses: boolean;
  readonly state: StateConfig;
  readonly rest: RestConfig;
  readonly log: { readonly level: ConfigFile['log']['level'] };
}

export interface ParseOptions {
  /** The node's name where the file gives none. */
  readonly hostname: string;
  /** What `rest.tokenFile` holds. */
  readonly tokenText?: string | undefined;
}

/** @throws ConfigError with every problem of the file, each with its place */
export async function loadConfig(path: string): Promise<Config> {
  const nowhere = (message: string): FileProblem => ({
    file: path,
    line: undefined,
    column: undefined,
    path: [],
    message,
  });
  const text = await reading(readFile(path, 'utf8'), nowhere);
  const { file, problemAt } = parseFile(text, path);
  const { rest, state } = file;
  const secret = (name: string, place: DocumentPath, forbidden: number) =>
    reading(readSecret(resolve(dirname(path), name), forbidden), message => problemAt(place, message));
  if (rest.tokens?.length) await secret(basename(path), ['rest', 'tokens'], forbiddenBits.tokens);
  if (rest.tls) await secret(rest.tls.key, ['rest', 'tls', 'key'], forbiddenBits.key);
  if (state.tls) await secret(state.tls.key, ['state', 'tls', 'key'], forbiddenBits.key);
  const tokenText =
    rest.tokenFile === undefined
      ? undefined
      : await secret(rest.tokenFile, ['rest', 'tokenFile'], forbiddenBits.tokens);
  return parseConfig(text, path, { hostname: hostname(), tokenText });
}

/**
 * The same from a text in memory.
 * @param path stands in the problems, and is what relative paths in the file are relative to
 * @throws ConfigError
 */
export function parseConfig(text: string, path: string, options: ParseOptions): Config {
  const { file, problemAt } = parseFile(text, path);
  const problems: FileProblem[] = [];
  const complain = (place: DocumentPath, message: string) => problems.push(problemAt(place, message));

  const ports = placePorts(file, complain);
  const node = buildNode(file, ports, options.hostname);
  crossCheck(file, node, ports, complain);
  const listen = file.rest.listen ?? { kind: 'unix', path: `${file.state.runDir}/api.sock` };
  checkRest(listen, file.rest, complain);
  checkState(file.state, complain);
  const tokens = options.tokenText === undefined ? (file.rest.tokens ?? []) : tokensOf(options.tokenText);
  if (options.tokenText !== undefined && tokens.length === 0) {
    complain(['rest', 'tokenFile'], 'the file holds no token, expected one a line');
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const inFolder = (name: string) => resolve(dirname(path), name);
  const { tls } = file.rest;
  const { remotes, tls: stateTls, lease } = file.state;
  return {
    node,
    ovs: {
      database: file.ovs.database,
      runDirectory: file.ovs.runDir,
      controlSocket: file.ovs.control,
      networkNamespace: file.ovs.networkNamespace,
      maxBehind: file.ovs.maxBehind * 1000,
    },
    assignAddresses: file.assignAddresses,
    state: {
      directory: file.state.directory,
      runDirectory: file.state.runDir,
      rest: file.state.rest,
      portRest: file.state.portRest,
      adopt: file.state.adopt,
      cluster: remotes && {
        remotes,
        lease: lease * 1000,
        // Paths: the files are read for each new connection, so a renewed certificate needs no restart.
        tls: stateTls && {
          key: inFolder(stateTls.key),
          cert: inFolder(stateTls.cert),
          ca: inFolder(stateTls.ca),
          verifyName: stateTls.verifyName,
        },
      },
    },
    rest: {
      listen,
      tokens,
      hostNames: file.rest.hostNames ?? [],
      allowUnauthenticated: file.rest.allowUnauthenticated,
      tls: tls && {
        key: inFolder(tls.key),
        cert: inFolder(tls.cert),
        clientCa: tls.clientCa === undefined ? undefined : inFolder(tls.clientCa),
      },
    },
    log: file.log,
  };
}

function parseFile(text: string, path: string) {
  const source = parseYaml(text, path, textMaps);
  if (source.problems.length > 0) throw new ConfigError(source.problems);
  const result = fileSchema.safeParse(source.data ?? {});
  if (!result.success) {
    throw new ConfigError(result.error.issues.flatMap(issue => explainIssue(source, fileSchema, issue)));
  }
  return { file: result.data, problemAt: source.problemAt };
}

/** @throws ConfigError when the file cannot be read, or is open to others */
async function reading(content: Promise<string>, problem: (message: string) => FileProblem): Promise<string> {
  try {
    return await content;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = error instanceof ExposedFile ? why : `cannot be read: ${why}`;
    throw new ConfigError([problem(message)], { cause: error });
  }
}
