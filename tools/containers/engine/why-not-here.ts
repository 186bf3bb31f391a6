import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { keptFolder } from '../kept-folder.ts'

/** Says what keeps a container engine of one's own from being started on this machine; undefined where nothing does. */
export function whyNotHere(): string | undefined {
  if (process.platform !== 'linux') return `an engine is started on Linux only, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'installing and starting an engine needs root'
  if (!existsSync('/usr/bin/apt-get')) return 'the engine is installed with apt-get, which is not here'
  if (isEngineRunning() && !existsSync(keptFolder)) {
    return 'another container engine is running, and two would mix their firewall rules'
  }
  if (debianRelease() !== 'bookworm')
    return `images are made from Debian bookworm, this is ${debianRelease() ?? 'no Debian'}`
  return undefined
}

/** A bridge or rules alone may be what an engine left behind that was killed. */
function isEngineRunning(): boolean {
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && nameOfProcess(entry) === 'dockerd')
}

function nameOfProcess(id: string): string | undefined {
  try {
    return readFileSync(`/proc/${id}/comm`, 'utf8').trim()
  } catch {
    // It has ended since.
    return undefined
  }
}

/** The code name of this machine's Debian. */
function debianRelease(): string | undefined {
  const [, name] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? []
  return name
}
