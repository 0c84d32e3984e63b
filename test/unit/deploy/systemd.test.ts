import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';

const unit = join(import.meta.dirname, '../../../systemd/pointsman.service');

test('the unit starts what the package installs, with one capability', async t => {
  const text = await readFile(unit, 'utf8');
  for (const line of [
    'ExecStart=/usr/bin/pointsman run --config /etc/pointsman/pointsman.yaml',
    'Type=exec',
    'Restart=on-failure',
    'ExecReload=/bin/kill -HUP $MAINPID',
    'CapabilityBoundingSet=CAP_NET_ADMIN',
    'StateDirectory=pointsman',
    'RuntimeDirectory=pointsman',
    'NoNewPrivileges=yes',
  ]) {
    t.ok(text.split('\n').includes(line), line);
  }
  t.match(text, /^After=.*\bovs-vswitchd\.service\b/m);
});
