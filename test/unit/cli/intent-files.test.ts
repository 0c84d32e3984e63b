// Files of intent: every complaint has its file, line, column and object, and says what may stand there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CliError } from '../../../src/controller/cli/cli-error.ts';
import { readIntentFiles } from '../../../src/controller/cli/intent-files.ts';
import { examples } from '../../../src/controller/rest/examples.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What is said of the files, line by line, without their folder; and the exit code. */
async function complaints(t: Test, files: Readonly<Record<string, string | Buffer>>) {
  const folder = t.testdir();
  const paths = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
  try {
    await readIntentFiles(paths);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { code: error.exitCode, lines: error.message.replaceAll(`${folder}/`, '').split('\n') };
  }
  return { code: 0, lines: [] };
}

const of = async (t: Test, text: string | Buffer) => (await complaints(t, { 'a.yaml': text })).lines;

t.test('every problem has its place, its object and a way out', async t => {
  const text = `tenant: []
vnis:
  - { name: v, tenant: red, vnni: 1, vtep: evpn }
  - { name: w, tenant: red, vni: 16777216, vtep: evpn }
interfaces:
  - name: web
    role: outter
    attachment: { type: vlan, port: p0, vlan: 5000, vni: v }
    mac: 02:70:6d:00:30
    addresses: [10.0.0.1/33]
    hosts:
      - { mac: "02:00:00:00:30:fe", addresses: [] , vteps: x }
  - name: -x
    role: inner
    attachment: { type: vlann }
    mac: 02:70:6d:00:30:01
    addresses: 10.0.0.1/24
nat-pools:
  - { name: p, interface: web, addresses: [203.0.113.1], chunkSize: 100, ports: { min: 0, max: 1.5 } }
`;
  const found = await complaints(t, { 'a.yaml': text });
  t.equal(found.lines.length, 17);
  t.match(found, {
    code: 1,
    lines: [
      'a.yaml:1:1: tenant: unknown key "tenant", expected tenants, vnis, interfaces, ports, routes, nat-pools, nat-rules, static-nats or port-forwards (did you mean tenants?)',
      'a.yaml:3:5: vnis/v: vni: missing, expected a number',
      'a.yaml:3:29: vnis/v: vnni: unknown key "vnni", expected name, labels, tenant, vni or vtep (did you mean vni?)',
      'a.yaml:4:34: vnis/w: vni: expected at most 16646143, found 16777216',
      'a.yaml:7:11: interfaces/web: role: expected inner or outer (did you mean outer?), found "outter"',
      'a.yaml:8:47: interfaces/web: attachment.vlan: expected at most 4094, found 5000',
      'a.yaml:8:53: interfaces/web: attachment.vni: unknown key "vni", expected type, port, vlan or node',
      'a.yaml:9:10: interfaces/web: mac: "02:70:6d:00:30" is not a MAC address',
      /^a\.yaml:10:17: interfaces\/web: addresses\[0\]: .*, found "10\.0\.0\.1\/33"$/,
      'a.yaml:12:48: interfaces/web: hosts[0].addresses: expected at least 1 entries, found []',
      'a.yaml:12:53: interfaces/web: hosts[0].vteps: unknown key "vteps", expected mac, addresses or vtep (did you mean vtep?)',
      'a.yaml:13:11: interfaces[1].name: a name is 1 to 63 letters, digits, "-", "_" or ".", and starts with a letter or digit, found "-x"',
      'a.yaml:15:25: interfaces/-x: attachment.type: expected vlan, vni or representor (did you mean vlan?), found "vlann"',
      'a.yaml:17:16: interfaces/-x: addresses: expected a list, found "10.0.0.1/24"',
      'a.yaml:19:69: nat-pools/p: chunkSize: must be a power of two, so that a chunk is one port mask, found 100',
      'a.yaml:19:88: nat-pools/p: ports.min: expected at least 1, found 0',
      'a.yaml:19:96: nat-pools/p: ports.max: expected a whole number, found 1.5',
    ],
  });
  t.match(await of(t, 'natRules: []'), [/unknown key "natRules".*\(did you mean nat-rules\?\)$/]);
  t.match(await of(t, '- name: red'), ['a.yaml:1:1: expected a mapping, found [{"name":"red"}]']);
  t.match(await of(t, 'tenants: { red: {} }'), ['a.yaml:1:10: tenants: expected a list, found {"red":{}}']);
  t.match(await of(t, 'tenants: [{ description: x }]'), ['a.yaml:1:11: tenants[0].name: missing, expected a text']);
  t.match(await of(t, 'tenants: [{ name: red, description: "\\0" }]'), [
    'a.yaml:1:37: tenants/red: description: holds U+0000, which cannot be stored, found "\\u0000"',
  ]);
});

t.test('no more is told than anybody reads', async t => {
  const lines = await of(t, `tenants:\n${'  - { nmae: x }\n'.repeat(500)}`);
  t.equal(lines.length, 51);
  t.equal(lines.at(-1), 'and 950 more');
});

t.test('texts of every kind', async t => {
  const rows: readonly (readonly [string | Buffer, number, RegExp])[] = [
    ['', 2, /^a\.yaml: holds no objects, expected them grouped by kind: tenants, vnis/],
    ['# nothing\n---\n---\n', 2, /^a\.yaml: holds no objects/],
    ['{}', 2, /^a\.yaml: holds no objects/],
    ['tenants: [', 2, /^a\.yaml:1:11: not YAML: /],
    ['tenants: []\ntenants: []', 2, /^a\.yaml:2:1: not YAML: Map keys must be unique/],
    ['tenants:\n  - { name: a, name: b }', 2, /^a\.yaml:2:16: not YAML: Map keys must be unique/],
    ['tenants: [{ name: !secret red }]', 2, /^a\.yaml:1:19: not YAML: Unresolved tag: !secret/],
    ['? { a: 1 }\n: []', 1, /^a\.yaml:1:1: .*unknown key "\{ a: 1 \}"/],
    [Buffer.from([0xff, 0xfe, 0x61, 0]), 2, /^a\.yaml: UTF-16, expected UTF-8/],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff]), 2, /^a\.yaml: no text in UTF-8/],
    ['tenants: []\n#\0', 2, /^a\.yaml: no text, for it holds U\+0000/],
    [`tenants: ${'['.repeat(20_000)}`, 2, /^a\.yaml:1:\d+: not YAML: nested too deep/],
    ['tenants: [{ name: *a }]', 2, /^a\.yaml:1:19: not YAML: no anchor "a" before this alias/],
    ['tenants: &a [*a]', 2, /^a\.yaml:1:14: not YAML: the alias "a" stands for what it is in/],
    ['tenants: [{ <<: red }]', 2, /^a\.yaml:1:13: not YAML: the merge key "<<" takes a mapping/],
    // Each line ten times the one before: a billion in the end.
    [
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${[...'bcdefghi'].map((to, i) => `${to}: &${to} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(',')}]\n`).join('')}`,
      2,
      /^a\.yaml:1:1: not YAML: with its aliases replaced it has more than 300000 values/,
    ],
    [`tenants: [${'{},'.repeat(170_000)}]`, 2, /^a\.yaml:1:1: a document of .* 500000 words and signs: split it/],
    [`tenants: []\n---\n${'a'.repeat(9 * 1024 * 1024)}`, 2, /^a\.yaml:2:1: a document of more than 8 MiB/],
    ['---\n'.repeat(260_000), 2, /^a\.yaml:1:1: more than 10000 documents/],
    [Buffer.alloc(65 * 1024 * 1024, 'a'), 2, /^a\.yaml: more than 64 MiB; split it, several files can be given/],
  ];
  for (const [text, code, expected] of rows) {
    const found = await complaints(t, { 'a.yaml': text });
    t.match(found.lines[0], expected, String(expected));
    t.equal(found.code, code, String(expected));
  }
  await t.rejects(readIntentFiles([t.testdir()]), { exitCode: 2, message: /it is a directory, expected a file/ });
  await t.rejects(readIntentFiles(['/dev/zero']), { exitCode: 2, message: /more than 64 MiB/ });
  await t.rejects(readIntentFiles(['/nonexistent']), { exitCode: 2, message: /^cannot read \/nonexistent: ENOENT/ });
});

t.test('what is not wrong', async t => {
  const read = async (text: string) => {
    const file = join(t.testdir({ 'a.yaml': text }), 'a.yaml');
    return (await readIntentFiles([file])).map(({ kind, document }) => `${kind} ${JSON.stringify(document)}`);
  };
  const red = ['tenants {"name":"red"}'];
  t.strictSame(await read('\ufefftenants:\r\n  - name: red\r\n'), red, 'a byte order mark, and line ends of two');
  t.strictSame(await read('{"tenants": [{"name": "red"}]}'), red, 'JSON');
  t.strictSame(await read('---\nvnis: []\n---\ntenants: [{ name: red }]\n---\n'), red, 'several documents');
  t.strictSame(
    await read('# one\n%YAML 1.2\n---\ntenants: [{ name: red }]\n...\n# two\n%YAML 1.2\n---\nvnis: []\n'),
    red,
  );
  t.strictSame(await read('tenants: []\nroutes:\n'), [], 'a kind of which there is none');
  const said = ['tenants {"name":"red","description":"a\\n ---\\n--- b\\n"}'];
  t.strictSame(
    await read('tenants:\n- name: red\n  description: |\n    a\n     ---\n    --- b\n'),
    said,
    'what is no marker',
  );
  t.strictSame(
    await read(`vnis:
  - &base { name: a, tenant: red, vni: 1, vtep: evpn }
  - { <<: *base, name: b, vni: 2 }
  - { <<: [{ vtep: aci }, *base], name: c, vni: 3 }
`),
    [
      'vnis {"name":"a","tenant":"red","vni":1,"vtep":"evpn"}',
      'vnis {"name":"b","tenant":"red","vni":2,"vtep":"evpn"}',
      'vnis {"name":"c","tenant":"red","vni":3,"vtep":"aci"}',
    ],
    'merge keys',
  );
  const many = Array.from({ length: 300 }, (_, i) => `  - { <<: *base, name: t${i} }\n`).join('');
  t.equal((await read(`tenants:\n  - &base { name: t, description: x }\n${many}`)).length, 301, 'many aliases of one');
});

t.test('what a merge brings has the place where it stands', async t => {
  t.strictSame(await of(t, 'vnis:\n  - &b { name: a, tenant: red, vni: -1, vtep: e }\n  - { <<: *b, name: c }\n'), [
    'a.yaml:2:37: vnis/a: vni: expected at least 0, found -1',
    'a.yaml:2:37: vnis/c: vni: expected at least 0, found -1',
  ]);
});

t.test('an object that is there twice', async t => {
  const twice = 'tenants:\n  - name: red\n  - name: blue\n---\ntenants:\n  - name: red\n';
  t.strictSame(await complaints(t, { 'a.yaml': twice }), {
    code: 2,
    lines: ['a.yaml:6:5: tenants/red: is at a.yaml:2:5 already'],
  });
  const { lines } = await complaints(t, {
    'a.yaml': 'tenants: [{ name: red }]',
    'b.json': '{"tenants":[{"name":"red"}]}',
  });
  t.match(lines, [/^b\.json:1:13: tenants\/red: is at .*a\.yaml:1:11 already$/]);
});

t.test('more than a document may hold, in several, and in JSON', async t => {
  const remoteVteps = Array.from({ length: 1024 }, (_, i) => `192.0.${i >> 8}.${i & 255}`);
  const objects = (from: number) =>
    Array.from({ length: 140 }, (_, i) => ({ ...examples.interfaces[0], name: `i${from + i}`, remoteVteps }));
  const [first, second] = [objects(0), objects(140)].map(interfaces => JSON.stringify({ interfaces }));
  const whole = JSON.stringify({ interfaces: [...objects(0), ...objects(140)] });
  const wrong = (text = '') => text.replace('"i279"', '"i279","colour":"red"');
  const folder = t.testdir({
    'stream.yaml': `${first}\n---\n${second}`,
    'whole.json': whole,
    'wrong.yaml': `${first}\n---\n${wrong(second)}`,
    'wrong.json': wrong(whole),
    'one.yaml': `# ${whole}\n${whole}`,
  });
  const read = (name: string) => readIntentFiles([join(folder, name)]);
  t.equal((await read('stream.yaml')).length, 280);
  t.equal((await read('whole.json')).length, 280);
  await t.rejects(read('wrong.yaml'), { message: /wrong.yaml:3:\d+: interfaces\/i279: colour: unknown key/ });
  await t.rejects(read('wrong.json'), { message: /wrong.json: interfaces\/i279: colour: unknown key/ });
  await t.rejects(read('one.yaml'), { message: /one.yaml:1:1: a document of more than/ });
});

t.test('thousands of aliases', async t => {
  const many = Array.from({ length: 3000 }, (_, i) => `  - { name: t${i}, description: *said }\n`).join('');
  const file = join(t.testdir({ 'a.yaml': `tenants:\n  - { name: t, description: &said x }\n${many}` }), 'a.yaml');
  t.equal((await readIntentFiles([file])).length, 3001);
});

t.test('the standard input', async t => {
  const program = join(ROOT, 'src/controller/main.ts');
  const args = ['--import=tsx', program, 'apply', '--server', 'unix:/nonexistent', '-f', '-'];
  const feed = async (input: string) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', chunk => {
      text += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, text };
  };
  t.match(await feed('tenants: [{ nam: red }]'), { code: 1, text: /^<stdin>:1:13: tenants\[0\]\.nam: unknown key/m });
  t.match(await feed('x'.repeat(65 * 1024 * 1024)), { code: 2, text: /^<stdin>: more than 64 MiB/ });
  t.match(await feed('tenants: [{ name: red }]'), { code: 3, text: /cannot reach unix:\/nonexistent/ });
});

t.test('what the API answers can be applied as it is, of every kind', async t => {
  const objects = Object.fromEntries(kinds.map(kind => [kind, examples[kind].map(each => ({ ...each, status: {} }))]));
  t.strictSame(await of(t, JSON.stringify(objects)), []);
});
