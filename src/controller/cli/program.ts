// The command line put together: commands, options, help and exit codes.

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { PointsmanError } from '../../lib/errors.ts';
import { parseSelector, selectorSyntax } from '../../policy/kinds/labels.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import { everyNatProtocol } from '../../policy/nat/selection.ts';
import { adopt } from './adopt-command.ts';
import { type ApplyOptions, apply, removeFiles } from './apply-command.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { type ConnectionFilters, connectionFilters, connections, endConnections } from './connections-command.ts';
import { events } from './events-command.ts';
import { exportAll, importAll } from './export-commands.ts';
import { type Format, get, remove } from './get-command.ts';
import { dump, monitor, type OvsdbTarget, transact } from './ovsdb-command.ts';
import { addServerOptions, openClient, type ServerOptions } from './server-options.ts';
import { status } from './status-command.ts';

export interface CliSeams {
  readonly output: CliOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The daemon: resolves when it was told to stop. */
  readonly run: (configPath: string) => Promise<void>;
}

type WaitOptions = ServerOptions & { readonly wait?: boolean; readonly timeout: number };

type PruneOptions = { readonly prune?: boolean; readonly selector?: string };

const exitHelp = `
Exit codes:
  0  done
  1  refused: by the server, with the fields at fault, or by the schemas; or the daemon could not start
  2  usage: options, or files that cannot be read
  3  the server cannot be reached
`;

const selectorHelp = `
A selector: ${selectorSyntax}.`;

/** Runs one command line, without the program's name. @returns the exit code */
export async function runCli(args: readonly string[], seams: CliSeams): Promise<number> {
  const { output } = seams;
  try {
    await buildProgram(seams).parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // commander has printed what it had to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof CliError) {
      output.err(error.message);
      return error.exitCode;
    }
    if (error instanceof PointsmanError) {
      output.err(`${error.code}: ${error.message}`);
      return exitCodes.refused;
    }
    throw error;
  }
}

function buildProgram({ output, env, version, run }: CliSeams): Command {
  const trim = (write: (line: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  const program = new Command('pointsman')
    .description(
      'An SDN controller for Open vSwitch and OVS-DOCA: decap, NAT and re-tag policy as offloadable OpenFlow.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: trim(output.out), writeErr: trim(output.err) })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', exitHelp);

  const waitOption = () => new Option('--wait', 'until the switch has confirmed everything');
  const timeoutOption = () => new Option('--timeout <seconds>', 'of --wait').argParser(parseSeconds).default(10);
  const pruneOption = () => new Option('--prune', 'delete what the selector chooses and the files do not name');
  const selectorOption = (what: string) => new Option('-l, --selector <selector>', what).argParser(checkSelector);
  const client = (options: ServerOptions) => openClient(options, env);
  const kindArgument = () => new Argument('<kind>', 'what kind of object').choices(kinds);

  program
    .command('run')
    .description('Run the controller until SIGTERM or SIGINT.')
    .requiredOption('--config <file>', 'the node’s configuration')
    .addHelpText(
      'after',
      `
SIGHUP makes it read the configuration again: tokens, certificates of the REST server and the log level change at once, what
else has changed needs a restart and is named in the log. A configuration that is not valid changes nothing.

Example:
  pointsman run --config /etc/pointsman/node.yaml`,
    )
    .action(({ config }: { config: string }) => run(config));

  const withServer = (name: string) => addServerOptions(program.command(name));

  withServer('apply')
    .description('Create or update the objects of YAML or JSON files; what the files do not name stays as it is.')
    .requiredOption('-f, --file <file...>', 'files with objects grouped by kind; - is the standard input')
    .option('--dry-run', 'do nothing, and tell what would be done: as plan')
    .addOption(pruneOption())
    .addOption(selectorOption('of --prune: what the files are all of'))
    .addOption(waitOption())
    .addOption(timeoutOption())
    .addHelpText(
      'after',
      `
Examples:
  pointsman apply -f tenants.yaml -f nat.yaml --wait
  pointsman get interfaces | pointsman apply -f - --server http://127.0.0.1:8080
  pointsman apply -f shop.yaml --prune -l app=shop

A file:
  tenants:
    - name: red
  vnis:
    - { name: red-100, tenant: red, vni: 100, vtep: evpn }

Merge keys ("<<: *base") work. There may be several files of 64 MiB, and several documents in each, with "---" between; a
document has 8 MiB, and half a million words and signs, at most, unless it is JSON.
All of it is done at once, or nothing: what is wrong with any object is told, and leaves the others as they were. Only
what holds more than 2000 objects, or 8 MiB, goes in several parts, in the order of references, each all or nothing.
With --prune, objects whose labels fit the selector and which the files do not name are deleted with the same batch; all
that the files hold must have these labels, and fit into one batch.
${selectorHelp}`,
    )
    .action(async (options: WaitOptions & Pick<ApplyOptions, 'file'> & PruneOptions & { dryRun?: boolean }) => {
      const { file, dryRun = false, prune = false, selector, wait = false, timeout } = options;
      return apply(await client(options), { file, dryRun, prune, selector, wait, timeout }, output);
    });

  withServer('plan')
    .description('Tell what apply would do, down to the flows, without doing it.')
    .requiredOption('-f, --file <file...>', 'files as apply takes them; - is the standard input')
    .addOption(pruneOption())
    .addOption(selectorOption('of --prune: what the files are all of'))
    .addHelpText(
      'after',
      '\nExamples:\n  pointsman plan -f nat.yaml\n  pointsman plan -f shop.yaml --prune -l app=shop',
    )
    .action(async (options: ServerOptions & Pick<ApplyOptions, 'file'> & PruneOptions) => {
      const { file, prune = false, selector } = options;
      const asked = { file, prune, selector, dryRun: true, wait: false, timeout: 1 };
      return apply(await client(options), asked, output);
    });

  withServer('get')
    .description('Print one object, or those of a kind, as a file that apply takes.')
    .addArgument(kindArgument())
    .argument('[name]')
    .addOption(selectorOption('only those whose labels fit'))
    .addOption(new Option('-o, --output <format>').choices(['yaml', 'json']).default('yaml'))
    .addHelpText(
      'after',
      `
Examples:
  pointsman get tenants
  pointsman get tenants -l env=prod,tier!=db
  pointsman get nat-rules red-out -o json
${selectorHelp}`,
    )
    .action(
      async (kind: Kind, name: string | undefined, options: ServerOptions & { output: Format; selector?: string }) => {
        if (name !== undefined && options.selector !== undefined)
          throw new CliError(exitCodes.usage, 'expected a name or a selector, not both');
        const { output: format, selector } = options;
        return get(await client(options), kind, { name, selector, format }, output);
      },
    );

  withServer('export')
    .description(
      'Print all objects, as a file that apply takes; or with the numbers that they were given, one for import.',
    )
    .addOption(selectorOption('only those whose labels fit'))
    .option('--with-allocations', 'ids, indexes, conntrack zones and NAT chunks, too: for import')
    .addOption(new Option('-o, --output <format>').choices(['yaml', 'json']).default('yaml'))
    .addHelpText(
      'after',
      `
All of it is of one moment.

Examples:
  pointsman export >intent.yaml
  pointsman export -l app=shop -o json
  pointsman export --with-allocations >node.yaml
${selectorHelp}`,
    )
    .action(async (options: ServerOptions & { output: Format; selector?: string; withAllocations?: boolean }) => {
      const { output: format, selector, withAllocations = false } = options;
      if (withAllocations && selector !== undefined)
        throw new CliError(exitCodes.usage, '--with-allocations is of all objects: it goes with no selector');
      return exportAll(await client(options), { selector, withAllocations, format }, output);
    });

  withServer('import')
    .description('Put an export with its allocations into a state that has never held an object.')
    .requiredOption('-f, --file <file...>', 'files of export --with-allocations; - is the standard input')
    .addOption(
      new Option('--map-node <from=to...>', 'a node of the files that has another name here').argParser(mapNode),
    )
    .addHelpText(
      'after',
      `
Every number stays: the same switch is programmed as it was, and connections go on. All of it is done, or nothing: each
number that somebody has is told. A switch that was programmed from another state follows this one when it is adopted.

Examples:
  pointsman import -f node.yaml
  pointsman import -f node.yaml --map-node old=new`,
    )
    .action(async (options: ServerOptions & { file: readonly string[]; mapNode?: ReadonlyMap<string, string> }) => {
      const { file, mapNode: nodes = new Map() } = options;
      return importAll(await client(options), { file, nodes }, output);
    });

  withServer('delete')
    .description('Delete one object, or all that files name, unless others refer to them.')
    .addArgument(kindArgument().argOptional())
    .argument('[name]')
    .option('-f, --file <file...>', 'files as apply takes them; - is the standard input')
    .addOption(waitOption())
    .addOption(timeoutOption())
    .addHelpText('after', '\nExamples:\n  pointsman delete nat-rules red-out --wait\n  pointsman delete -f nat.yaml')
    .action(
      async (kind: Kind | undefined, name: string | undefined, options: WaitOptions & { file?: readonly string[] }) => {
        const { file, timeout, wait = false } = options;
        if (file && kind === undefined) return removeFiles(await client(options), { file, wait, timeout }, output);
        if (file || kind === undefined || name === undefined)
          throw new CliError(exitCodes.usage, 'expected a kind and a name, or files');
        return remove(await client(options), kind, name, { wait, timeout }, output);
      },
    );

  withServer('status')
    .description('Print how the node is.')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  pointsman status --server unix:/run/pointsman/api.sock')
    .action(async (options: ServerOptions & { output: 'text' | 'json' }) =>
      status(await client(options), options.output, output),
    );

  withServer('events')
    .description('Print what happened at the node since its pointsman began: the last thousand, the newest last.')
    .option('--since <time>', 'only what was seen after this, as 2026-01-31T12:00:00Z')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  pointsman events --since 2026-01-31T12:00:00Z')
    .action(async (options: ServerOptions & { since?: string; output: 'text' | 'json' }) =>
      events(await client(options), { since: options.since, format: options.output }, output),
    );

  withServer('connections')
    .description('Print connections that the datapath remembers of the tenants, or end them.')
    .option('--tenant <name>', 'of this tenant')
    .option('--rule <name>', 'translated by this NAT rule')
    .option('--interface <name>', 'in the subnets of this inner interface, or by this outer one')
    .addOption(new Option('--protocol <name>').choices(everyNatProtocol))
    .option('--inside <address>', 'of this ADDRESS or ADDRESS:PORT inside')
    .option('--outside <address>', 'of this ADDRESS or ADDRESS:PORT outside')
    .option('--remote <address>', 'with this ADDRESS or ADDRESS:PORT at the far end')
    .addOption(new Option('--limit <number>', 'print so many at most').argParser(parseCount).default(100))
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .option('--end', 'end all that fit, and no others; one of the above is needed')
    .addHelpText(
      'after',
      `
Examples:
  pointsman connections --outside 203.0.113.10:5666
  pointsman connections --tenant red --inside 10.1.0.10 --end`,
    )
    .action(
      async (
        options: ServerOptions & ConnectionFilters & { limit: number; output: 'text' | 'json'; end?: boolean },
      ) => {
        const given = connectionFilters.flatMap(name => (options[name] === undefined ? [] : [[name, options[name]]]));
        const filters: ConnectionFilters = Object.fromEntries(given);
        if (options.end) return endConnections(await client(options), filters, output);
        return connections(await client(options), { filters, limit: options.limit, format: options.output }, output);
      },
    );

  withServer('adopt')
    .description('Let the switch follow a state database that went back, lost something, or is another.')
    .argument('[generation]', 'the one it is held at, as status says; by default the one it has', parseGeneration)
    .option('--discard', 'remove what the switch holds and the state database does not account for')
    .addHelpText(
      'after',
      `
Without --discard it is refused when the switch holds anything that the state database does not account for, and
says what. What is equal on the switch and in the state is not touched.

Examples:
  pointsman adopt
  pointsman adopt 909 --discard`,
    )
    .action(async (generation: number | undefined, options: ServerOptions & { discard?: boolean }) =>
      adopt(await client(options), generation, options.discard ?? false, output),
    );

  addOvsdbCommands(program, output);

  for (const command of program.commands) command.addHelpText('after', exitHelp);
  return program;
}

interface OvsdbOptions {
  readonly privateKey?: string;
  readonly certificate?: string;
  readonly caCert?: string;
  readonly timeout: number;
  readonly anyMember?: boolean;
}

function addOvsdbCommands(program: Command, output: CliOutput): void {
  const ovsdb = program.command('ovsdb').description('Look into any OVSDB server, as ovsdb-client does.');
  const add = (name: string, description: string) =>
    ovsdb
      .command(name)
      .description(description)
      .argument('<remote>', 'unix:PATH, tcp:HOST[:PORT] or ssl:HOST[:PORT]; members of a cluster with commas between')
      .argument('<database>')
      .option('-p, --private-key <file>', 'PEM, for ssl:')
      .option('-c, --certificate <file>', 'PEM, for ssl:')
      .option('-C, --ca-cert <file>', 'PEM, for ssl:')
      .option('--any-member', 'of a cluster, not only the leader')
      .addOption(new Option('--timeout <seconds>', 'for the first answer').argParser(parseSeconds).default(10));
  const target = (remote: string, database: string, options: OvsdbOptions): OvsdbTarget => ({
    remote,
    database,
    tls: { key: options.privateKey, cert: options.certificate, ca: options.caCert, verifyName: false },
    timeout: options.timeout,
    anyMember: options.anyMember ?? false,
  });

  add('dump', 'Print all rows of the tables, or of every table.')
    .argument('[tables...]')
    .action((remote: string, database: string, tables: string[], options: OvsdbOptions) =>
      dump(target(remote, database, options), tables, output),
    );
  add('monitor', 'Print the rows, and then every change, until interrupted.')
    .argument('[tables...]')
    .action(async (remote: string, database: string, tables: string[], options: OvsdbOptions) => {
      const stop = new AbortController();
      const onSignal = () => stop.abort();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
      try {
        await monitor(target(remote, database, options), tables, stop.signal, output);
      } finally {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
      }
    });
  add('transact', 'Run one transaction, and print its results.')
    .argument('<operations>', 'a JSON array of operations (RFC 7047 section 5.2)')
    .action((remote: string, database: string, operations: string, options: OvsdbOptions) =>
      transact(target(remote, database, options), operations, output),
    );
  ovsdb.addHelpText(
    'after',
    `
Examples:
  pointsman ovsdb dump unix:/run/openvswitch/db.sock Open_vSwitch Bridge
  pointsman ovsdb monitor ssl:192.0.2.1,ssl:192.0.2.2,ssl:192.0.2.3 Pointsman Tenant -p key.pem -c cert.pem -C ca.pem
  pointsman ovsdb transact unix:/run/openvswitch/db.sock Open_vSwitch '[{"op":"comment","comment":"hello"}]'`,
  );
}

function mapNode(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, from, to] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) throw new InvalidArgumentError('FROM=TO, names of nodes');
  return new Map([...before, [from, to]]);
}

/** As it is: the server reads it too. */
function checkSelector(text: string): string {
  const selector = parseSelector(text);
  if (typeof selector === 'string') throw new InvalidArgumentError(selector);
  return text;
}

function parseGeneration(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a number, as status gives it');
  return Number(text);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!(Number.isInteger(count) && count >= 1 && count <= 1_000_000)) throw new InvalidArgumentError('1 to 1000000');
  return count;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 300)) throw new InvalidArgumentError('more than 0, and at most 300');
  return seconds;
}
