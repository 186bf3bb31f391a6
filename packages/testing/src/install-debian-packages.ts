import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Held while apt-get is at work: the lists have a lock that it does not wait for, and checks are made beside each other. */
const lock = ['flock', '/tmp/sluice-apt-get.lock']

/** Installs packages where that needs nobody's leave: as root on Debian. Elsewhere it does nothing. */
export function installDebianPackages(...packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.error(`installing ${packages.join(', ')} with apt-get (once)`)
  // Another apt-get may be at work on a machine that has just started.
  const [program, ...words] = [...lock, 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=180'] as const
  const aptGet = (...more: readonly string[]): void => {
    spawnSync(program, [...words, ...more], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  aptGet('update')
  aptGet('install', '-y', '--no-install-recommends', ...packages)
}
