import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Installs packages where that needs nobody's leave: as root on Debian. Elsewhere it does nothing. */
export function installDebianPackages(...packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.error(`tests: installing ${packages.join(', ')} with apt-get (once)`)
  const aptGet = (...words: readonly string[]): void => {
    spawnSync('apt-get', words, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  aptGet('update', '-qq')
  aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages)
}
