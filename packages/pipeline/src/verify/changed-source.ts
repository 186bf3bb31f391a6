import type { SourceIdentity, SourceReader } from '@sluice/dataset'

/** The first source that is not what a dataset was made from. */
export async function changedSource(
  sources: SourceReader,
  again: SourceReader,
): Promise<SourceIdentity | undefined> {
  let index = 0
  for await (const source of sources.all()) {
    const found = await again.at(index++)
    const isSame =
      found?.name === source.name && found.byteLength === source.byteLength && found.sha256 === source.sha256
    if (!isSame) return source
  }
  return undefined
}
