import { patterns } from './patterns.ts'

/** The encodings that ship with the package, by tiktoken's names. */
export type EncodingName =
  'gpt2' | 'r50k_base' | 'p50k_base' | 'p50k_edit' | 'cl100k_base' | 'o200k_base' | 'o200k_harmony'

/** What tells one encoding from another. */
export interface EncodingDefinition {
  readonly name: EncodingName
  /** The file in `vocab/` that holds the ranks, and how many of them are this encoding's. */
  readonly vocabularyFile: VocabularyFile
  readonly rankCount: number
  /** Ranks from here on have the id one higher (50256 is `<|endoftext|>` and no rank of p50k); absent: ids are ranks. */
  readonly idGap?: number
  readonly pattern: string
  readonly specialTokens: ReadonlyMap<string, number>
  /** sha256 over ranks, pattern and special tokens, as {@link identityText} writes them. */
  readonly sha256: string
}

export type VocabularyFile = 'p50k' | 'cl100k' | 'o200k'

/** sha256 of each vocabulary file: the loader refuses any other bytes. */
export const vocabularySha256: Readonly<Record<VocabularyFile, string>> = {
  p50k: '332a510319752478ae52ca6be8e8808af9a15ff2fa520e8e9cf8d580be792888',
  cl100k: '275f07fb4b7eb8c696ab54370ddac6ed61be057deca56255f956ad53fb877be9',
  o200k: '79bf672e01f100830e2da44b0f3c32151d6f611e14eb86a28841f51c714801d9',
}

const endOfText = '<|endoftext|>'

function harmonySpecialTokens(): Map<string, number> {
  const tokens = new Map([
    [endOfText, 199999],
    ['<|endofprompt|>', 200018],
    ['<|startoftext|>', 199998],
    ['<|reserved_200000|>', 200000],
    ['<|reserved_200001|>', 200001],
    ['<|return|>', 200002],
    ['<|constrain|>', 200003],
    ['<|reserved_200004|>', 200004],
    ['<|channel|>', 200005],
    ['<|start|>', 200006],
    ['<|end|>', 200007],
    ['<|message|>', 200008],
    ['<|reserved_200009|>', 200009],
    ['<|reserved_200010|>', 200010],
    ['<|reserved_200011|>', 200011],
    ['<|call|>', 200012],
  ])
  for (let id = 200013; id < 201088; id++) tokens.set(`<|reserved_${id}|>`, id)
  return tokens
}

const gpt2: Omit<EncodingDefinition, 'name'> = {
  vocabularyFile: 'p50k',
  rankCount: 50256,
  pattern: patterns.gpt2,
  specialTokens: new Map([[endOfText, 50256]]),
  sha256: '7208e893f45b99e3f95154892374934610edcdf27a0639af30b372ec2960de09',
}
const p50k = { vocabularyFile: 'p50k', rankCount: 50280, idGap: 50256, pattern: patterns.gpt2 } as const
const o200k = { vocabularyFile: 'o200k', rankCount: 199998, pattern: patterns.o200k } as const

/** Ranks, patterns and special tokens of tiktoken 0.14 (`tiktoken_ext/openai_public.py`). */
export const encodingDefinitions: Readonly<Record<EncodingName, EncodingDefinition>> = {
  gpt2: { name: 'gpt2', ...gpt2 },
  r50k_base: { name: 'r50k_base', ...gpt2 },
  p50k_base: {
    name: 'p50k_base',
    ...p50k,
    specialTokens: new Map([[endOfText, 50256]]),
    sha256: '98219c692400e7e621c5c21cc5d725c90778b580d088680f746ade84768967de',
  },
  p50k_edit: {
    name: 'p50k_edit',
    ...p50k,
    specialTokens: new Map([
      [endOfText, 50256],
      ['<|fim_prefix|>', 50281],
      ['<|fim_middle|>', 50282],
      ['<|fim_suffix|>', 50283],
    ]),
    sha256: '69e755b77245e1a93e0e3a0ec9964d4f69cd00b69f0bad47e9eedaaeba93ccf0',
  },
  cl100k_base: {
    name: 'cl100k_base',
    vocabularyFile: 'cl100k',
    rankCount: 100256,
    pattern: patterns.cl100k,
    specialTokens: new Map([
      [endOfText, 100257],
      ['<|fim_prefix|>', 100258],
      ['<|fim_middle|>', 100259],
      ['<|fim_suffix|>', 100260],
      ['<|endofprompt|>', 100276],
    ]),
    sha256: 'f1eea894330b4ae54090b532fe45f69b5c56084d829b91ed1ac840b64435b6db',
  },
  o200k_base: {
    name: 'o200k_base',
    ...o200k,
    specialTokens: new Map([
      [endOfText, 199999],
      ['<|endofprompt|>', 200018],
    ]),
    sha256: '2a2c89429c7fe463972e49a00fcc787920f55711e4223a9a1c6c5113ebc6a083',
  },
  o200k_harmony: {
    name: 'o200k_harmony',
    ...o200k,
    specialTokens: harmonySpecialTokens(),
    sha256: '9f6f6172bf03f1f520b6e193421587ec38429f4112703c82b59464b1e3582644',
  },
}
