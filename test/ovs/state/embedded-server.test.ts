// pointsman's own ovsdb-server: who may read it, what ends it, and what it refuses to serve.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { bundledSchemaFile, EmbeddedServer } from '../../../src/controller/state/embedded-server.ts';
import { servesDatabase } from '../../../src/controller/state/server-probe.ts';
import { accepts } from '../../lab/socket.ts';
import { eventually } from '../../lab/wait.ts';

const run = promisify(execFile);

async function stateDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function serverOn(t: Test, directory: string, more: object = {}): EmbeddedServer {
  const server = new EmbeddedServer({ stateDirectory: directory, minBackoff: 20, ...more });
  t.teardown(() => server.stop());
  return server;
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** Whether the process is gone within 5 s; a zombie that nobody reaps counts as gone. */
async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (status === '' || /^State:\s+Z/m.test(status)) return true;
    await sleep(25);
  }
  return false;
}

t.test('files and sockets are for this user alone', async t => {
  const directory = await stateDirectory(t);
  const server = serverOn(t, directory);
  await server.start();
  const { endpoint, pid = 0 } = server;
  const socket = endpoint.kind === 'unix' ? endpoint.path : '';
  t.equal(await modeOf(directory), '700');
  t.equal(await modeOf(join(directory, 'run')), '700');
  t.equal(await modeOf(join(directory, 'run/ovsdb')), '700');
  t.equal(await modeOf(join(directory, 'pointsman.db')), '600');
  t.equal((await modeOf(socket)).slice(1), '00');
  await server.stop();
  t.equal(await servesDatabase(socket, 'Pointsman', 500), false);
  t.ok(await gone(pid));
});

t.test('directories that others made stay as they are', async t => {
  const state = await stateDirectory(t);
  const run = await stateDirectory(t);
  for (const directory of [state, run]) {
    await chown(directory, 990, 990);
    await chmod(directory, 0o2775);
  }
  const whole = async (path: string) => {
    const { mode, uid, gid } = await stat(path);
    return [mode & 0o7777, uid, gid];
  };
  const server = serverOn(t, state, { runDirectory: run });
  await server.start();
  for (const directory of [state, run]) t.strictSame(await whole(directory), [0o2775, 990, 990]);
  t.equal(await modeOf(join(run, 'ovsdb')), '700');
  t.equal(await modeOf(join(state, 'pointsman.db')), '600');

  const other = serverOn(t, await stateDirectory(t), { runDirectory: run, startTimeout: 500 });
  await t.rejects(other.start(), { code: 'STATE_SERVER_FAILED', message: /another ovsdb-server has .*db\.sock/ });
  const { endpoint } = server;
  t.ok(await servesDatabase(endpoint.kind === 'unix' ? endpoint.path : '', 'Pointsman', 500), 'the first one stays');
  await server.stop();

  const planted: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ['of another user', path => mkdir(path).then(() => chown(path, 990, 990))],
    ['open to others', path => mkdir(path).then(() => chmod(path, 0o770))],
    ['a link', path => symlink(state, path)],
    ['a file', path => writeFile(path, '')],
  ];
  for (const [what, plant] of planted) {
    const runDirectory = await stateDirectory(t);
    await plant(join(runDirectory, 'ovsdb'));
    const before = await whole(join(runDirectory, 'ovsdb'));
    await t.rejects(
      serverOn(t, state, { runDirectory }).start(),
      { code: 'STATE_SERVER_FAILED', message: /ovsdb/ },
      what,
    );
    t.strictSame(await whole(join(runDirectory, 'ovsdb')), before, what);
  }
});

t.test('it is started again when it dies', async t => {
  const server = serverOn(t, await stateDirectory(t));
  await server.start();
  const { pid = 0 } = server;
  const down = once(server, 'down');
  const up = once(server, 'up');
  process.kill(pid, 'SIGKILL');
  t.match(await down, [/killed by SIGKILL/]);
  await up;
  t.not(server.pid, pid);
});

t.test('one that cannot start is tried with growing pauses, and says why once', async t => {
  const directory = await stateDirectory(t);
  const file = join(directory, 'pointsman.db');
  const log: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const note = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void log.push({ level, fields, message });
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const server = serverOn(t, directory, { logger, maxBackoff: 2_000 });
  await server.start();
  const whole = await readFile(file);
  await writeFile(file, 'this is no database');
  const up = once(server, 'up');
  process.kill(server.pid ?? 0, 'SIGKILL');
  const attempts = () => log.filter(({ message }) => message === 'ovsdb-server ended');
  await eventually(() => attempts().length >= 6, { what: 'six attempts' });
  const pauses = attempts().map(({ fields }) => Number(fields.retryIn));
  t.strictSame(pauses.slice(0, 6), [20, 40, 80, 160, 320, 640]);
  const loud = log.filter(({ level }) => level !== 'debug' && level !== 'info');
  t.equal(loud.filter(({ fields }) => /killed by SIGKILL/.test(String(fields.why))).length, 1);
  const reasons = loud.map(({ fields, message }) => JSON.stringify([message, fields.why]));
  t.equal(new Set(reasons).size, reasons.length, 'nothing was said twice');
  t.match(reasons.join('\n'), /unexpected file format/, 'but once it was');
  await writeFile(file, whole);
  await up;
});

t.test('a directory that cannot be written is one clear error', async t => {
  const directory = await stateDirectory(t);
  await serverOn(t, directory).start();
  await run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', directory]);
  t.teardown(() => run('umount', [directory]));
  const server = serverOn(t, directory, { runDirectory: await stateDirectory(t) });
  await t.rejects(server.start(), {
    code: 'STATE_SERVER_FAILED',
    message: /^cannot keep the state in .*: EROFS: read-only file system[^\n]*$/,
  });
});

t.test('it waits until an earlier server lets go of the file', async t => {
  const directory = await stateDirectory(t);
  const first = serverOn(t, directory);
  await first.start();
  const second = serverOn(t, directory, { runDirectory: join(directory, 'run2') });
  const starting = second.start();
  await sleep(300);
  await first.stop();
  await starting;
  t.ok(second.pid);
  const third = serverOn(t, directory, { runDirectory: join(directory, 'run3'), startTimeout: 2_000 });
  await t.rejects(third.start(), { code: 'STATE_SERVER_FAILED', message: /lock/ });
});

t.test('a database of an older version is converted, with a backup beside it', async t => {
  const directory = await stateDirectory(t);
  const file = join(directory, 'pointsman.db');
  const schema = await readFile(bundledSchemaFile, 'utf8');
  const older = join(directory, 'older.ovsschema');
  // Without a column that the present version has.
  const without = JSON.parse(schema, (key, value: unknown) => (key === 'description' ? undefined : value)) as object;
  await writeFile(older, JSON.stringify({ ...without, version: '0.9.0' }));
  await run('ovsdb-tool', ['create', file, older]);
  const row = '{"op":"insert","table":"Tenant","row":{"name":"red","id":1,"revision":1,"zone":7}}';
  await run('ovsdb-tool', ['transact', file, `["Pointsman",${row}]`]);
  const before = await readFile(file);

  // As an earlier pointsman's server that is not gone yet.
  const socket = join(directory, 'old.sock');
  const server = spawn('ovsdb-server', [file, `--remote=punix:${socket}`, '--unixctl=none', '-vconsole:off'], {
    stdio: 'ignore',
  });
  t.teardown(() => server.kill());
  await eventually(() => accepts(socket), { what: 'the old server' });
  const written = await readFile(file);
  const starting = serverOn(t, directory);
  const started = starting.start();
  await sleep(300);
  server.kill();
  await started;
  t.ok(starting.pid);
  t.ok(before.length > 0);
  t.strictSame(await readFile(`${file}.backup-0.9.0`), written, 'the backup is the file as it was');
  t.equal((await run('ovsdb-tool', ['db-version', `${file}.backup-0.9.0`])).stdout, '0.9.0\n');
  const { version } = JSON.parse(schema) as { version: string };
  t.equal((await run('ovsdb-tool', ['db-version', file])).stdout, `${version}\n`);
  const query = '["Pointsman",{"op":"select","table":"Tenant","where":[],"columns":["name","zone","description"]}]';
  const { stdout } = await run('ovsdb-tool', ['query', file, query]);
  t.match(JSON.parse(stdout), [{ rows: [{ name: 'red', zone: 7, description: ['set', []] }] }]);
  await starting.stop();

  // A second upgrade from the same version has a backup of its own.
  await writeFile(file, written);
  const again = serverOn(t, directory);
  await again.start();
  t.strictSame(await readFile(`${file}.backup-0.9.0-2`), written);
});

t.test('a database that cannot be converted stays as it is', async t => {
  const directory = await stateDirectory(t);
  const file = join(directory, 'pointsman.db');
  const schema = await readFile(bundledSchemaFile, 'utf8');
  const older = join(directory, 'older.ovsschema');
  await writeFile(
    older,
    schema.replace(/"version": "[^"]*"/, '"version": "0.9.0"').replaceAll('"maxInteger": 65535', '"maxInteger": 70000'),
  );
  await run('ovsdb-tool', ['create', file, older]);
  const row = '{"op":"insert","table":"Tenant","row":{"name":"red","id":1,"revision":1,"zone":66666}}';
  await run('ovsdb-tool', ['transact', file, `["Pointsman",${row}]`]);
  const before = await readFile(file);
  await t.rejects(serverOn(t, directory).start(), { code: 'STATE_SERVER_FAILED', message: /convert.*66666/s });
  t.strictSame(await readFile(file), before);
  t.notOk(
    (await readdir(directory)).some(name => name.includes('backup')),
    'no backup of what was not changed',
  );
});

t.test('a database of a later version, or another one, is refused', async t => {
  const directory = await stateDirectory(t);
  const file = join(directory, 'pointsman.db');
  const schema = await readFile(bundledSchemaFile, 'utf8');
  const other = join(directory, 'other.ovsschema');
  await writeFile(other, schema.replace(/"version": "[^"]*"/, '"version": "9.0.0"'));
  await run('ovsdb-tool', ['create', file, other]);
  await t.rejects(serverOn(t, directory).start(), {
    code: 'STATE_SCHEMA_MISMATCH',
    message: /9\.0\.0.*later pointsman/,
  });
  await rm(file);
  await writeFile(other, schema.replace('"name": "Pointsman"', '"name": "Somebody"'));
  await run('ovsdb-tool', ['create', file, other]);
  await t.rejects(serverOn(t, directory).start(), { code: 'STATE_SCHEMA_MISMATCH', message: /"Somebody"/ });
});

t.test('what cannot start says why', async t => {
  const directory = await stateDirectory(t);
  await t.rejects(serverOn(t, directory, { toolProgram: '/nonexistent/tool' }).start(), {
    code: 'STATE_SERVER_FAILED',
  });
  await t.rejects(serverOn(t, directory, { serverProgram: '/nonexistent/server', startTimeout: 1_000 }).start(), {
    code: 'STATE_SERVER_FAILED',
    message: /nonexistent/,
  });
  await t.rejects(serverOn(t, join(directory, 'x'.repeat(100))).start(), { message: /107 is the most; set a shorter/ });
});

t.test('kill -9 of pointsman takes it along, and the next one starts at once', async t => {
  const directory = await stateDirectory(t);
  const module = fileURLToPath(new URL('../../../src/controller/state/embedded-server.ts', import.meta.url));
  const program = `
    const { EmbeddedServer } = await import(${JSON.stringify(module)});
    const server = new EmbeddedServer({ stateDirectory: ${JSON.stringify(directory)} });
    await server.start();
    process.stdout.write(String(server.pid) + '\\n');
  `;
  const parent: ChildProcess = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => parent.kill('SIGKILL'));
  const [line] = parent.stdout ? await once(parent.stdout, 'data') : [];
  parent.kill('SIGKILL');
  const next = serverOn(t, directory, { startTimeout: 5_000 });
  await next.start();
  t.ok(await gone(Number(line)));
  t.ok(next.pid);
});
