/**
 * `npm run bench -- NAME… [--json FILE]`: runs the package's `bench/bench.ts`, or a package's `bench/NAME.bench.ts`, prints its tables, and records the machine,
 * the versions and the date. Without a name: lists the benchmarks.
 */
import { globSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  describeMachine,
  renderTable,
  type Benchmark,
  type BenchResult,
  type BenchTable,
} from '@sluice/testing'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))
/** The file of each benchmark, by its name: the package's, or its own. */
const files = new Map([
  ...globSync('*/bench/bench.ts', { cwd: packages }).map((file) => [dirname(dirname(file)), file] as const),
  ...globSync('*/bench/*.bench.ts', { cwd: packages }).map(
    (file) => [basename(file, '.bench.ts'), file] as const,
  ),
])
const names = [...files.keys()].toSorted()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !names.includes(name))
if (positionals.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`Unknown benchmark ${unknown.join(', ')}`)
  console.error(`Usage: npm run bench -- NAME… [--json FILE] [--quick]; NAME is one of ${names.join(', ')}`)
  process.exit(2)
}

const results: BenchResult[] = []
for (const name of positionals) {
  const benchmark = (await import(join(packages, files.get(name)!))) as Benchmark
  const [date, machine] = [new Date().toISOString(), describeMachine()]
  console.log(`\n${name}, ${date.slice(0, 10)}, ${Object.values(machine).join(', ')}`)
  const shown = new Set<BenchTable>()
  const show = (table: BenchTable): void => {
    if (!shown.has(table)) console.log(`\n${renderTable(table)}`)
    shown.add(table)
  }
  const log = (line: string): void => console.error(`bench: ${line}`)
  const tables = await benchmark.run({ quick: values.quick, log, show })
  for (const table of tables) show(table)
  results.push({ name, date, machine, tables })
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
