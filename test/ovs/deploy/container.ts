// A service of compose.yaml without a container engine: a root made of this machine's and the image's own steps, with
// exactly the mounts, the user and the capabilities that the service has. All of it is in a mount namespace of its own
// and gone with its process, which is the service's.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { machineRoot, quoted } from '../../lab/machine-root.ts';
import { type BackgroundProcess, type RunResult, run } from '../../lab/process.ts';
import { DOCKER, type Service } from './compose-file.ts';
import type { Image, Step } from './dockerfile.ts';

const ROOT = join(DOCKER, '..');

/** What an engine leaves to a container that asks for nothing (capabilities(7), Docker's default). */
const defaultCapabilities =
  'chown dac_override fsetid fowner mknod net_raw setgid setuid setfcap setpcap net_bind_service sys_chroot kill audit_write';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ContainerSpec {
  readonly name: string;
  readonly service: Service;
  readonly image: Image;
  /** Of the service's network. */
  readonly netns: string;
  /** Holds the named volumes. */
  readonly volumes: string;
}

/** Starts the service; its standard output and error are the process's. */
export async function startContainer(lab: Lab, spec: ContainerSpec): Promise<BackgroundProcess> {
  const [script, argument] = await prepare(lab, spec, [...spec.image.entrypoint, ...commandOf(spec)]);
  return lab.start('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', argument], {
    netns: spec.netns,
    name: spec.name,
  });
}

/** Runs the service's health check once, in a container as the service's. */
export async function checkHealth(lab: Lab, spec: ContainerSpec): Promise<RunResult> {
  const [, ...command] = spec.service.healthcheck?.test ?? [];
  const [script, argument] = await prepare(lab, spec, command);
  return run('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', argument], {
    netns: spec.netns,
    allowFailure: true,
  });
}

function commandOf({ service, image }: ContainerSpec): readonly string[] {
  return service.command ?? image.command;
}

async function prepare(lab: Lab, spec: ContainerSpec, command: readonly string[]): Promise<readonly [string, string]> {
  const place = lab.path('containers', spec.name);
  await mkdir(place, { recursive: true });
  const { image, service } = spec;
  const volumes = await Promise.all(service.volumes.map(volume => mountVolume(spec, volume)));
  const script = [
    // The image: what the machine has stands for what the base image and its packages bring.
    ...machineRoot,
    'printf "root:x:0:0:root:/root:/bin/sh\\n" >"$root/etc/passwd"; printf "root:x:0:\\n" >"$root/etc/group"',
    'rm -f "$root/etc/shadow" "$root/etc/gshadow"',
    'printf "#!/bin/sh\\n" >"$root/usr/local/bin/apt-get"; chmod 755 "$root/usr/local/bin/apt-get"',
    ...image.steps.map(step => stepScript(step, image.workdir)),
    'rm "$root/usr/local/bin/apt-get"',
    ...volumes,
    ...(service.read_only ? ['mount -o remount,ro "$root"'] : []),
    ...(service.tmpfs ?? []).map(to => `mount -t tmpfs -o mode=1777 tmpfs "$root"${to}`),
    `exec chroot "$root" env -i -C ${image.workdir} PATH=${path} HOME=/root ${image.env.map(quoted).join(' ')} setpriv ${privileges(service).join(' ')} -- ${command.map(quoted).join(' ')}`,
  ].join('\n');
  return [script, place];
}

function stepScript({ kind, text }: Step, workdir: string): string {
  switch (kind) {
    case 'run':
      return `chroot "$root" env -i PATH=${path} sh -ec ${quoted(text)}`;
    case 'workdir':
      return `mkdir -p "$root"${text}`;
    case 'copy':
      return copy(text, workdir);
  }
}

function copy(text: string, workdir: string): string {
  const [source = '', to = ''] = text.split(/\s+/);
  const from = quoted(join(ROOT, source));
  const target = `"$root"${resolve(workdir, to.endsWith('/') ? join(to, source) : to)}`;
  // Folders as they stand: node_modules is large.
  return `if [ -d ${from} ]; then mkdir -p ${target}; mount --bind ${from} ${target}; else cp ${from} ${target}; fi`;
}

async function mountVolume({ volumes }: ContainerSpec, volume: string): Promise<string> {
  const [from = '', to = '', mode] = volume.split(':');
  const isNamed = /^[a-z]/.test(from);
  const source = isNamed ? join(volumes, from) : resolve(DOCKER, from);
  // A folder of the host that is not there is made by the engine; here it is an empty one.
  const there = isNamed || existsSync(source) ? source : join(volumes, 'empty');
  if (!existsSync(there)) await mkdir(there, { recursive: true });
  const quotedSource = quoted(there);
  return [
    `target="$root"${to}`,
    `if [ -d ${quotedSource} ]; then mkdir -p "$target"; else mkdir -p "\${target%/*}"; touch "$target"; fi`,
    // An empty named volume gets what the image has in its place, owner and mode with it.
    isNamed ? `[ -n "$(ls -A ${quotedSource})" ] || cp -a "$target/." ${quotedSource}` : ':',
    `mount --bind ${quotedSource} "$target"`,
    mode === 'ro' ? 'mount -o remount,ro,bind "$target"' : ':',
  ].join('\n');
}

/** Options of setpriv(1). What a process of root may have is its bounding set; nobody else has anything. */
function privileges({ user = '0:0', privileged, cap_drop, cap_add, security_opt }: Service): readonly string[] {
  const [uid, gid] = user.split(':');
  const all = cap_drop?.includes('ALL') ? [] : defaultCapabilities.split(' ');
  const capabilities = [...all, ...(cap_add ?? []).map(name => name.toLowerCase())];
  return [
    ...['--reuid', uid ?? '', '--regid', gid ?? '', '--clear-groups', '--inh-caps=-all', '--ambient-caps=-all'],
    ...(privileged ? [] : [`--bounding-set=-all,${capabilities.map(name => `+${name}`).join(',')}`]),
    ...(security_opt?.includes('no-new-privileges:true') ? ['--no-new-privs'] : []),
  ];
}
