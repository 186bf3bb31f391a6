import { vocabularySha256, type VocabularyFile } from '../encodings/definitions.ts'
import { TokenizerError } from '../errors.ts'
import { type Asset, bytesOfAsset } from './asset.ts'
import { sha256Hex } from '#sha256'
import { readVocabulary } from '../vocabulary/vocabulary-file.ts'
import type { Vocabulary } from '../vocabulary/vocabulary.ts'

// Bundlers find assets by this very form, so each file is written out.
const urls: Readonly<Record<VocabularyFile, URL>> = {
  p50k: new URL('../../vocab/p50k.vocab', import.meta.url),
  cl100k: new URL('../../vocab/cl100k.vocab', import.meta.url),
  o200k: new URL('../../vocab/o200k.vocab', import.meta.url),
}

/** Read the first `size` ranks of a vocabulary file of this package, refusing any but the pinned bytes. */
export async function loadVocabulary(
  name: VocabularyFile,
  size: number,
  asset: Asset = urls[name],
): Promise<Vocabulary> {
  const file = await bytesOfAsset(asset)
  const hex = await sha256Hex(file)
  if (hex !== vocabularySha256[name]) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected ${name}.vocab to have sha256 ${vocabularySha256[name]}, got ${hex}: give the file of this version, or reinstall @sluice/tokenizer`,
    )
  }
  return readVocabulary(file, size)
}
