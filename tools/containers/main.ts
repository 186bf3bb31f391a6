/**
 * `npm run test:containers`: proves the Dockerfile, docker-compose.yml and what is deployed with them on a container engine
 * of its own, from the engine's packages to the clean-up, without a registry of images.
 *
 *     npm run test:containers                     # what CI runs
 *     npm run test:containers -- --long           # also what CI has no time for
 *     npm run test:containers -- --only WORDS     # the checks whose names have these words, or those after a comma
 *     npm run test:containers -- --keep           # leaves engine and images for the next time
 *
 * `--rest-after-input`, which `npm test` gives, has all that needs a machine with time wait for the end of the standard input.
 *
 * Exit code 77: this machine cannot run it, and says why.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Bench, Check } from './check.ts'
import { imageChecks, stackChecks, strangers } from './checks/index.ts'
import { openWorkshop } from './workshop.ts'
import { whyNotHere } from './engine/why-not-here.ts'
import { runChecks, type Outcome } from './run-checks.ts'

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    only: { type: 'string' },
    'rest-after-input': { type: 'boolean', default: false },
  },
})

const reason = whyNotHere()
process.exitCode = reason === undefined ? await main() : leaveOut(reason)

function leaveOut(why: string): number {
  console.log(`– containers left out: ${why}`)
  return 77
}

async function main(): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const opened = await openWorkshop(values.keep).catch((error: unknown) => error as Error)
  if (opened instanceof Error) return leaveOut(`no engine here: ${opened.message}`)
  await using workshop = opened
  const scratch = await mkdtemp(join(workshop.folder, 'scratch-'))
  await chmod(scratch, 0o755)
  const bench: Omit<Bench, 'note'> = { ...workshop, scratch }
  const make = (checks: readonly Check[], atATime: number): Promise<Outcome[]> =>
    runChecks(chosen(checks), { bench, atATime, signal: stop.signal })
  let outcomes: readonly Outcome[]
  try {
    const [ofImages, ofStrangers] = await Promise.all([make(imageChecks, 1), make(strangers, 2)])
    // They freeze and slow down workers, which means something on a machine with time for the others: so not beside those of
    // strangers, nor beside the unit tests, over which the input of a check ends that was begun beside them.
    if (values['rest-after-input']) await text(process.stdin)
    const haveImages = ofImages.every(({ error }) => error === undefined)
    if (!haveImages) console.log('– the checks that need the image are not made')
    outcomes = [...ofImages, ...ofStrangers, ...(haveImages ? await make(stackChecks, 4) : [])]
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const failed = outcomes.filter(({ error }) => error !== undefined)
  const long = [...imageChecks, ...stackChecks, ...strangers].filter((check) => check.long).length
  if (!values.long && values.only === undefined)
    console.log(`– ${long} checks take longer: npm run test:containers -- --long`)
  console.log(`containers: ${outcomes.length - failed.length} passed, ${failed.length} failed`)
  return failed.length > 0 || outcomes.length === 0 ? 1 : 0
}

function chosen(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ name, long = false }) =>
    values.only === undefined
      ? values.long || !long
      : values.only.split(',').some((words) => name.includes(words)),
  )
}
