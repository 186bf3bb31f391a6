import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  exportDataset,
  folderStorage,
  openDataset,
  planRepair,
  verifyDataset,
  type DatasetManifest,
} from '../src/index.ts'
import { writeDataset } from './write-dataset.ts'

const options = { maxLength: 4, vocabSize: 1000, rowsPerBatch: 3 } as const

interface Hostile {
  readonly folder: string
  readonly manifest: DatasetManifest
  /** The path of the first part. */
  readonly part: string
}

function changeManifest({ folder, manifest }: Hostile, changes: object): void {
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, ...changes }))
}

/** What somebody else may do to a dataset's folder. */
const attacks: Readonly<Record<string, (hostile: Hostile) => void>> = {
  'a named pipe as part': ({ part }) => {
    rmSync(part)
    execFileSync('mkfifo', [part])
  },
  'a link to another file as part': ({ folder, part }) => {
    renameSync(part, `${folder}.part`)
    symlinkSync(`${folder}.part`, part)
  },
  'a device as part': ({ part }) => {
    rmSync(part)
    symlinkSync('/dev/zero', part)
  },
  'a named pipe as manifest': ({ folder }) => {
    rmSync(join(folder, 'manifest.json'))
    execFileSync('mkfifo', [join(folder, 'manifest.json')])
  },
  'a link as manifest': ({ folder }) => {
    renameSync(join(folder, 'manifest.json'), `${folder}.json`)
    symlinkSync(`${folder}.json`, join(folder, 'manifest.json'))
  },
  'the folder of the parts as a link': ({ folder }) => {
    renameSync(join(folder, 'parts'), `${folder}.parts`)
    symlinkSync(`${folder}.parts`, join(folder, 'parts'))
  },
  'a part called as another file': (hostile) => {
    const [part] = hostile.manifest.parts
    changeManifest(hostile, { parts: [{ ...part, name: 'parts/00000-0000000000000000.arrow' }] })
  },
  'more rows than a part has bytes': (hostile) => {
    const [part] = hostile.manifest.parts
    const rows = 2 ** 31 * 200
    const counts = { rows, tokens: 4 * rows }
    const totals = { ...hostile.manifest.totals, ...counts }
    const layout = { ...hostile.manifest.layout, rowsPerBatch: 1 }
    changeManifest(hostile, { layout, totals, parts: [{ ...part, ...counts }] })
  },
  'a record batch larger than one may be': (hostile) => {
    changeManifest(hostile, { layout: { ...hostile.manifest.layout, rowsPerBatch: 2 ** 31 - 1 } })
  },
}

test.each(Object.entries(attacks))(
  'a folder with %s is refused by everything that reads it',
  async (_name, attack) => {
    const folder = join(temporaryFolder(), 'data')
    await writeDataset(folder, options, [5])
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as DatasetManifest
    attack({ folder, manifest, part: join(folder, manifest.parts[0]!.name) })
    const codes = ['corrupt', 'not-a-dataset', 'incomplete']
    const refused = async (work: Promise<unknown>): Promise<void> => {
      const error: unknown = await work.then(
        () => 'accepted',
        (reason: unknown) => reason,
      )
      expect(codes).toContain((error as { readonly code?: unknown }).code ?? error)
    }
    const read = async (): Promise<void> => {
      await using dataset = await openDataset(folder)
      dataset.readSync(0, 1)
    }
    const exported = async (): Promise<void> => {
      await using dataset = await openDataset(folder)
      await exportDataset(dataset, { to: 'tokens', out: `${folder}.out` })
    }
    await refused(read())
    await refused(exported())
    const found = await verifyDataset(folderStorage(folder)).then(
      ({ problems }) => problems.length,
      () => 1,
    )
    expect(found).toBeGreaterThan(0)
    await planRepair(folderStorage(folder)).catch((error: unknown) => {
      expect(codes).toContain((error as { readonly code?: unknown }).code)
    })
  },
)
