/** Checks that every test which SECURITY.md names for a threat exists, word for word. */
import { globSync, readFileSync } from 'node:fs'

const tests = globSync('{packages,apps}/*/test/**/*.test.ts').map((file) => readFileSync(file, 'utf8'))
const rows = readFileSync('SECURITY.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))
const named = rows.flatMap((row) => Array.from(row.matchAll(/`([^`]+)`/g), ([, title = '']) => title))
const missing = named.filter((title) => !tests.some((text) => text.includes(title)))

for (const title of missing) console.error(`SECURITY.md names a test that is not there: ${title}`)
if (named.length === 0) console.error('SECURITY.md names no tests')
if (missing.length > 0 || named.length === 0) process.exitCode = 1
else console.log(`security: ${rows.length} threats, ${named.length} tests that exist`)
