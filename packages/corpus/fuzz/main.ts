/**
 * Draws inputs, most of them damaged, and compares ways to read them: in one pass and in segments, and with Python's
 * readers where there is Python. What differs is written to `--failures`, with the command that repeats it.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkCase, type Verdict } from './check-case.ts'
import { Draw } from './draw.ts'
import { drawCase, type FuzzCase } from './draw-case.ts'
import { Oracle } from './oracle.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    failures: { type: 'string', default: 'fuzz-failures' },
    python: { type: 'string' },
    /** `--no-reference` compares the fast with the slow path only. */
    reference: { type: 'boolean', default: true },
    repeat: { type: 'string' },
  },
  allowNegative: true,
})

using oracle = values.reference ? Oracle.start(values.python) : undefined
if (oracle === undefined) console.log('fuzz corpus: without the references of Python')

/** A failing input as a file: a line of JSON that says what it is, then its bytes. */
function writeCase(input: FuzzCase): string {
  const { bytes, ...head } = input
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  mkdirSync(values.failures, { recursive: true })
  const path = join(values.failures, `corpus-${hash}.case`)
  writeFileSync(path, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]))
  return path
}

function readCase(path: string): FuzzCase {
  const content = readFileSync(path)
  const end = content.indexOf(0x0a)
  return {
    ...JSON.parse(content.subarray(0, end).toString()),
    bytes: new Uint8Array(content.subarray(end + 1)),
  }
}

/** Messages without what differs from case to case. */
function kindOf({ kind, what }: Verdict, { name }: FuzzCase): string {
  return `${kind} ${name.replace(/^.*\./, '')}: ${what.replaceAll(/\d+/g, 'N').slice(0, 110)}`
}

async function fuzz(): Promise<void> {
  const seed = Number(values.seed)
  const end = Date.now() + Number(values.minutes) * 60_000
  const counts = { fault: 0, lenient: 0, strict: 0, accepted: 0, refused: 0 }
  const seen = new Map<string, { count: number; readonly file: string }>()
  let longest = 0
  let cases = 0
  for (; Date.now() < end; cases++) {
    const draw = new Draw(seed * 1_000_003 + cases)
    const input = drawCase(draw)
    const started = performance.now()
    const verdict = await checkCase(input, draw, oracle)
    longest = Math.max(longest, performance.now() - started)
    counts[verdict.kind]++
    if (verdict.kind === 'accepted' || verdict.kind === 'refused') continue
    const kind = kindOf(verdict, input)
    const known = seen.get(kind)
    if (known !== undefined) known.count++
    else {
      const file = writeCase(input)
      seen.set(kind, { count: 1, file })
      if (verdict.kind === 'fault')
        console.log(`${verdict.what}\n  npm run fuzz -- --target corpus --repeat ${file}`)
    }
  }
  for (const [kind, { count, file }] of [...seen].toSorted(([, a], [, b]) => b.count - a.count))
    console.log(`${count} × ${kind} (${file})`)
  const memory = Math.round(process.resourceUsage().maxRSS / 1024)
  const summary = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  console.log(
    `fuzz corpus: seed ${seed}, ${cases} inputs: ${summary.join(', ')}; longest ${Math.round(longest)} ms, ${memory} MB`,
  )
  process.exitCode = counts.fault === 0 ? 0 : 1
}

if (values.repeat === undefined) await fuzz()
else console.log(await checkCase(readCase(values.repeat), new Draw(Number(values.seed)), oracle))
