import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * Global set-up of the tests that need a real redis-server: installs it where that needs nobody's leave (root on
 * Debian), else says how to. Its absence is a failure, unless who started the tests left out those that need it.
 */
export default function ensureRedis(): void {
  if (process.env['SLUICE_TESTS_WITHOUT_REDIS'] === 'true' || isThere()) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.error('tests: installing redis-server with apt-get (once)')
    const options = { stdio: ['ignore', 'ignore', 'inherit'] as const, env: aptEnvironment }
    spawnSync('apt-get', ['update', '-qq'], { ...options, stdio: [...options.stdio] })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], {
      ...options,
      stdio: [...options.stdio],
    })
    if (isThere()) return
  }
  throw new Error(
    'Expected redis-server 6.2 or newer on the PATH: `sudo apt-get install redis-server`, `brew install redis` or `dnf install redis`',
  )
}

const aptEnvironment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

function isThere(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
}
