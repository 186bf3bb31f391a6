import { DatasetError } from '../errors.ts'
import { manifestName } from '../layout/names.ts'
import { sourceBytesOf } from '../lists/sources.ts'
import { tokenManifestVersion } from '../manifest/manifest.ts'
import { readManifestValue, versionOf } from '../manifest/read-manifest.ts'
import { checkJson } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { documentIndexName, flatIdByteLength, flatIdTypeOf, tokensName } from './token-format.ts'
import { tokenManifestSchema } from './token-manifest-schema.ts'
import type { TokenManifest } from './token-manifest.ts'

/**
 * Whether a folder holds token files, and no windows.
 *
 * @throws DatasetError `not-a-dataset` where there is no manifest
 */
export async function holdsTokenFiles(storage: DatasetStorage): Promise<boolean> {
  return versionOf(await readManifestValue(storage)) === tokenManifestVersion
}

/**
 * Reads and checks `manifest.json` of a dataset of token files.
 *
 * @throws DatasetError `not-a-dataset` where there is none, or `corrupt` naming the wrong field; a manifest of windows is the latter
 */
export async function readTokenManifest(storage: DatasetStorage): Promise<TokenManifest> {
  const value = await readManifestValue(storage)
  const manifest = checkJson(tokenManifestSchema, value, storage, manifestName)
  const reason = whyInconsistent(manifest)
  if (reason === undefined) return manifest
  throw new DatasetError('corrupt', `${manifestName} in ${storage.location} is damaged: ${reason}`, {
    file: manifestName,
  })
}

/** Numbers and names that must agree with each other. */
function whyInconsistent(manifest: TokenManifest): string | undefined {
  const { format, idType, identities, files, totals, sources } = manifest
  const expected = flatIdTypeOf(format, identities.tokenizer.vocabSize)
  if (idType !== expected) return `\`idType\` is ${idType}, expected ${expected}`
  const names = [tokensName, documentIndexName[format]]
  if (files.some(({ name }, index) => name !== names[index]))
    return `\`files\` are not ${names.join(' and ')}`
  const idBytes = totals.tokens * flatIdByteLength[idType]
  if (files[0]?.byteLength !== idBytes) return `${tokensName} has not the bytes of ${totals.tokens} ids`
  const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0)
  if (totals.byteLength !== byteLength)
    return `\`totals.byteLength\` is not ${byteLength}, the sum of the files`
  if (totals.sourceByteLength !== sourceBytesOf(sources))
    return '`totals.sourceByteLength` is not that of the sources'
  return totals.documents > totals.tokens ? 'there are more documents than ids' : undefined
}
