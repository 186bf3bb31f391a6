/** Folders made bad in every way that there is a name for: both readers accept the same ones. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatasetError, folderStorage, openDataset, verifyDataset, type ProblemCode } from '@sluice/dataset'
import { isSluiceError } from '@sluice/errors'
import { hostileFolders, makeHostileBase, repositoryRoot } from '@sluice/testing'

const [python = 'python3', script = ''] = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), 'sluice-interop-'))

/** Findings of `verify` about files that a reader does not read. */
const unread: ReadonlySet<ProblemCode> = new Set([
  'wrong-receipt',
  'wrong-header',
  'wrong-plan',
  'extra-file',
])

/** Lists that a reader of rows does not look into: those of parts are the only ones it needs. */
const unreadLists = /^lists(?:$|\/(?:sources|lone-ids))/

async function verdictOf(attempt: () => Promise<string>): Promise<string> {
  try {
    return await attempt()
  } catch (error) {
    return isSluiceError(error) ? `refused: ${error.message}` : `THREW ${String(error)}`
  }
}

async function verdicts(folder: string): Promise<{ readonly size: string; readonly hash: string }> {
  const size = await verdictOf(async () => {
    await using dataset = await openDataset(folder)
    let rows = 0
    for await (const batch of dataset.batches()) rows += (await dataset.embed(batch)).rows
    const documents = await dataset.documents?.read(0, dataset.documents.length)
    return `accepted ${rows} ${documents?.length ?? 'no'} documents`
  })
  const hash = await verdictOf(async () => {
    const report = await verifyDataset(folderStorage(folder)).catch((error: unknown) => {
      // A reader has no use for these.
      if (error instanceof DatasetError && /\/(receipts|_tmp|lists)$/.test(error.file ?? '')) return undefined
      throw error
    })
    if (report === undefined) return size
    const { manifest, problems } = report
    const wanted = [...manifest.parts, ...(manifest.documentTable?.files ?? [])].map(({ name }) => name)
    const read = problems.filter(
      ({ code, file }) =>
        !unread.has(code) && !unreadLists.test(file) && (code !== 'missing-file' || wanted.includes(file)),
    )
    return read.length > 0 ? `refused: ${read[0]!.message}` : size
  })
  return { size, hash }
}

const child = spawn(python, [script], {
  stdio: ['pipe', 'pipe', 'inherit'],
  env: { ...process.env, PYTHONPATH: join(repositoryRoot, 'packages/dataloader/python') },
})
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
const word = (verdict: string): string => (verdict.startsWith('accepted') ? verdict : verdict.split(':')[0]!)
let failed = 0
let folders = 0
let memory = 0
let accepted = 0
try {
  const { good, outside } = await makeHostileBase(work)
  for (const [name, change] of hostileFolders(good)) {
    const folder = join(work, 'data')
    rmSync(folder, { recursive: true, force: true })
    rmSync(`${folder}.moved`, { recursive: true, force: true })
    cpSync(good, folder, { recursive: true })
    change({ folder, outside })
    const own = await verdicts(folder)
    child.stdin.write(`${folder}\n`)
    const answer = await answers.next()
    if (answer.done === true) throw new Error(`the Python reader ended at: ${name}`)
    const other = JSON.parse(answer.value) as typeof own & {
      readonly sent: readonly string[]
      readonly memory: number
    }
    memory = Math.max(memory, other.memory)
    folders++
    if (own.size.startsWith('accepted')) accepted++
    for (const mode of ['size', 'hash'] as const) {
      const fine = word(own[mode]) === word(other[mode]) && !own[mode].startsWith('THREW')
      if (fine && other.sent.length === 0) continue
      failed++
      console.error(`${name} (${mode}): TypeScript ${own[mode]}; Python ${other[mode]} ${other.sent.join()}`)
    }
  }
} finally {
  child.stdin.end()
  rmSync(work, { recursive: true, force: true })
}
console.log(
  `interop hostile: ${folders} folders, ${accepted} accepted by both, ${failed} verdicts differ; Python took at most ${memory} MB`,
)
process.exitCode = failed === 0 ? 0 : 1
