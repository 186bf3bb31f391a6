import { spawnSync } from 'node:child_process'
import { installDebianPackages } from '../install-debian-packages.ts'
import { withoutRedis } from './without-redis.ts'

/**
 * Global set-up of the tests that need a real redis-server: installs it where that needs nobody's leave (root on
 * Debian), else says how to. Its absence is a failure, unless who started the tests left out those that need it.
 */
export default function ensureRedis(): void {
  if (withoutRedis || isThere()) return
  installDebianPackages('redis-server')
  if (isThere()) return
  throw new Error(
    'Expected redis-server 6.2 or newer on the PATH: `sudo apt-get install redis-server`, `brew install redis` or `dnf install redis`',
  )
}

function isThere(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
}
