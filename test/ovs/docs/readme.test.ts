// The README word for word: every line of its blocks is run, in order, in the tree that a new user has, on a root and in
// namespaces of its own, where `/run`, `/var/lib` and the machine's Open vSwitch are nobody else's.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { machineRoot, quoted } from '../../lab/machine-root.ts';
import { run } from '../../lab/process.ts';

const ROOT = join(import.meta.dirname, '../../..');

const path = `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

interface Ran {
  readonly line: string;
  readonly code: number;
  readonly output: string;
}

/** The indented lines of the page, with the shell's comments. */
async function readLines(): Promise<readonly string[]> {
  const readme = (await readFile(join(ROOT, 'README.md'), 'utf8')).replace(/^```.*?^```$/gms, '');
  return Array.from(readme.matchAll(/^ {4}(.*)$/gm), ([, line = '']) => line);
}

/** Runs the lines one by one in one shell, as somebody types them, each whatever became of the one before. */
async function type(lab: Lab, lines: readonly string[]): Promise<readonly Ran[]> {
  const place = lab.path('root');
  await mkdir(place);
  const netns = await lab.namespace('machine');
  const typed = lines.flatMap((line, index) => [line, `status=$?; echo; echo "=== $status ${index}"`]).join('\n');
  const session = lab.path('session');
  await writeFile(session, typed);
  const script = [
    ...machineRoot,
    // Where the checkout is on another file system than the root.
    `[ -e "$root${ROOT}/README.md" ] || { mkdir -p "$root${ROOT}"; mount --bind ${quoted(ROOT)} "$root${ROOT}"; }`,
    `cp ${quoted(session)} "$root/run/session"`,
    `exec chroot "$root" env -i -C ${quoted(ROOT)} PATH=${path} HOME=/root TERM=dumb bash -u /run/session`,
  ].join('\n');
  // Whatever the lines start ends with the process namespace, and that with this process.
  const isolated = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { stdout } = await run('unshare', [...isolated, 'sh', '-euc', `exec 2>&1\n${script}`, 'sh', place], {
    netns,
    timeout: 100_000,
  });
  const pieces = stdout.split(/^=== (\d+) \d+\n/m);
  return lines.map((line, index) => ({
    line,
    code: Number(pieces[2 * index + 1] ?? -1),
    output: pieces[2 * index] ?? '',
  }));
}

t.test('the README, line by line', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [demo, test, ...lines] = await readLines();
  // They are run by whoever runs this.
  t.match(demo, /^npm run demo {4}#/);
  t.match(test, /^npm test {8}#/);
  const aftermath = [
    'wait',
    'ps -eo args=',
    'cat /var/log/pointsman.log',
    'npm rm --global pointsman',
    'hash -r; command -v pointsman',
  ];
  const ran = await type(lab, [...lines, ...aftermath]);
  const [, left, log, removed, gone] = ran.slice(lines.length);
  for (const { line, code, output } of ran.slice(0, lines.length)) {
    if (!t.equal(code, 0, line)) t.comment(output, log?.output);
    t.notMatch(output, /urn:pointsman:problem/, 'nothing is refused');
  }
  const outputOf = (start: string) => ran.find(({ line }) => line.startsWith(start))?.output ?? '';
  const indexOf = (start: string) => lines.findIndex(line => line.startsWith(start));
  t.equal(indexOf('ovs-ofctl') - indexOf('pointsman run') + 1, 10, 'ten lines');
  t.match(
    outputOf('ovs-ofctl'),
    /table=snat.*nat\(src=203\.0\.113\.10:\d+-\d+\)/,
    'the flows are there when the PUT is answered',
  );
  t.match(outputOf('ovs-ofctl'), /"reason":"new-from-outside"/, 'the counters are read');
  t.match(
    outputOf('api GET flows'),
    /"object":\{"kind":"nat-rules","name":"red-out"/,
    'the cookie named leads to the rule',
  );
  t.match(outputOf('pointsman apply'), /\d+ created, 1 updated, 6 unchanged\n/, 'the file goes on from there');
  t.match(outputOf('pointsman status'), /all installed[\s\S]*br-int +connected/);
  t.match(left?.output, /^ovs-vswitchd /m, 'the switch goes on');
  t.notMatch(left?.output, /^(?:node|npm|sh -c) |pointsman\.db$/m, 'pointsman and its ovsdb-server have ended');
  t.match(removed, { code: 0 });
  t.match(gone, { code: 1 }, 'the command is gone');
});
