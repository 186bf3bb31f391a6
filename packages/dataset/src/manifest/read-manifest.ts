import { DatasetError } from '../errors.ts'
import { canonicalJson } from '../storage/publish-json.ts'
import { checkJson, readJson } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { schemaSha256, sumTotals } from './build-manifest.ts'
import { manifestSchema } from './manifest-schema.ts'
import { manifestName, manifestVersion, type DatasetManifest } from './manifest.ts'

/**
 * Reads and checks `manifest.json`.
 *
 * @throws DatasetError `not-a-dataset` where there is none, `newer-version`, or `corrupt` naming the wrong field.
 */
export async function readManifest(storage: DatasetStorage): Promise<DatasetManifest> {
  if ((await storage.stat(manifestName)) === undefined) {
    throw new DatasetError(
      'not-a-dataset',
      `${storage.location} has no ${manifestName}: it is not a dataset, or its run is not finished; ` +
        'run it again to finish, or `sluice repair` if the file was lost',
      { file: manifestName },
    )
  }
  const value = await readJson(storage, manifestName)
  refuseNewer(value, storage)
  const manifest = checkJson(manifestSchema, value, storage, manifestName)
  checkConsistent(manifest, storage)
  return manifest
}

function refuseNewer(value: unknown, storage: DatasetStorage): void {
  if (typeof value !== 'object' || value === null || !('version' in value)) return
  const { version } = value
  if (typeof version === 'number' && version > manifestVersion) {
    throw new DatasetError(
      'newer-version',
      `${storage.location} has a manifest of version ${version}, this reader knows up to ${manifestVersion}; ` +
        'upgrade Sluice to read it',
      { file: manifestName },
    )
  }
}

/** What a schema of fields cannot say: numbers that must agree with each other. */
function checkConsistent(manifest: DatasetManifest, storage: DatasetStorage): void {
  const fail = (what: string): never => {
    throw new DatasetError('corrupt', `${manifestName} in ${storage.location} is damaged: ${what}`, {
      file: manifestName,
    })
  }
  let nextWindow = 0
  for (const part of manifest.parts) {
    if (part.firstWindow !== nextWindow) {
      fail(`${part.name} begins at window ${part.firstWindow}, expected ${nextWindow}`)
    }
    if (part.tokens !== part.rows * manifest.layout.maxLength) fail(`${part.name} has ${part.tokens} tokens`)
    nextWindow += part.rows
  }
  const totals = canonicalJson(sumTotals(manifest.parts, manifest))
  const stated = canonicalJson(manifest.totals)
  if (totals !== stated) fail(`\`totals\` is ${stated}, the parts add up to ${totals}`)
  if (manifest.identities.schema !== schemaSha256(manifest.layout)) {
    fail('`identities.schema` does not belong to `layout`')
  }
}
