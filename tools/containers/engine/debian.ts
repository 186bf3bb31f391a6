import { existsSync, readFileSync } from 'node:fs'
import { copyFile, glob, mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { attempt, run } from './command.ts'
import { installDebianPackages } from '@sluice/testing'

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

/** What the engine and the making of images need, by the file that shows that it is there. */
const packages: Readonly<Record<string, string>> = {
  'docker.io': '/usr/sbin/dockerd',
  iptables: '/usr/sbin/iptables',
  iproute2: '/usr/sbin/ip',
  mmdebstrap: '/usr/bin/mmdebstrap',
  git: '/usr/bin/git',
  // For promtool, which tests the alert rules.
  prometheus: '/usr/bin/promtool',
}

/** Packages of the next Debian release: bookworm has neither, and these need no newer libc than it has. */
const newerPackages: Readonly<Record<string, string>> = {
  'docker-compose': '2.26.1-4',
  'docker-buildx': '0.13.1+ds1-3',
  kustomize: '5.6.0+ds-1+b2',
}

/** The archive that this machine's packages come from. */
export function debianMirror(): string {
  const lists = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']
  for (const list of lists.filter((path) => existsSync(path))) {
    const [, url] = /^(?:URIs:|deb(?: \[.*\])?)\s+(http\S+)/m.exec(readFileSync(list, 'utf8')) ?? []
    if (url !== undefined) return url
  }
  return 'http://deb.debian.org/debian'
}

/** Installs the engine's packages unless they are there. Services that they bring are not started. */
export function installEngine(): void {
  const missing = (): string[] =>
    Object.entries(packages).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing().length === 0) return
  installDebianPackages(...missing())
  if (missing().length > 0) throw new Error(`apt-get did not install ${missing().join(', ')}`)
}

/**
 * Downloads Compose v2, buildx and kustomize from Debian trixie into `folder`, without installing them: with a source list
 * and a state of their own, so that this machine's apt never hears of trixie.
 *
 * @returns what differs from the versions that this was written with, as sentences
 */
export async function unpackNewerPackages(folder: string): Promise<string[]> {
  const state = ['lists/partial', 'cache/archives/partial', 'root'].map((name) => join(folder, name))
  for (const path of state) await mkdir(path, { recursive: true })
  const list = join(folder, 'sources.list')
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
  await writeFile(list, `deb [signed-by=${key}] ${debianMirror()} trixie main\n`)
  const settings = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
  }
  const aptGet = [
    'apt-get',
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ]
  const options = { cwd: folder, env: environment }
  await run([...aptGet, 'update', '-qq'], options)
  const changed: string[] = []
  for (const [name, version] of Object.entries(newerPackages)) {
    const { status } = await attempt([...aptGet, 'download', '-qq', `${name}=${version}`], options)
    if (status === 0) continue
    // Archives keep one version of a release; a security fix replaces it.
    await run([...aptGet, 'download', '-qq', name], options)
    changed.push(`${name} ${version} is no longer served; what trixie serves now is taken instead`)
  }
  for await (const deb of glob(join(folder, '*.deb')))
    await run(['dpkg-deb', '-x', deb, join(folder, 'root')])
  return changed
}

/** Copies the engine's command-line plug-ins from unpacked packages to where `docker` looks for them. */
export async function installPlugins(unpacked: string, dockerConfig: string): Promise<void> {
  const plugins = join(dockerConfig, 'cli-plugins')
  await mkdir(plugins, { recursive: true })
  for await (const plugin of glob(join(unpacked, 'root/usr/libexec/docker/cli-plugins/*'))) {
    await copyFile(plugin, join(plugins, basename(plugin)))
  }
}
