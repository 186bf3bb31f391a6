import { reportModel, type ModelMarks, type ModelReport } from '@sluice/pipeline'
import { withFlags } from '../options/flag-name.ts'
import { describeEngine, describeMark } from '../terminal/marks.ts'
import { print, printJson, type Line } from '../terminal/output.ts'
import { formatBytes, formatCount } from '../terminal/units.ts'

/** `sluice inspect --model`, as typed. */
export interface InspectModelFlags {
  readonly tokenTensor?: string
  readonly computeDtype?: 'f32' | 'f16' | 'bf16'
  readonly semantics?: '4' | '5'
  readonly json: boolean
}

/** Says what `sluice run --model` would compute. */
export async function inspectModel(
  directory: string,
  { tokenTensor, computeDtype, semantics, json }: InspectModelFlags,
): Promise<void> {
  const found = await reportModel(directory, {
    semantics: semantics === '4' ? 4 : 5,
    ...(tokenTensor !== undefined && { tokenTensor }),
    ...(computeDtype !== undefined && { computeDtype }),
  })
  if (json) printJson(found)
  else print(...describe(directory, found))
}

function describe(directory: string, found: ModelReport): Line[] {
  const { tensors, tokenizer, formula, longestWindow } = found
  const width = Math.max(...tensors.map(({ name }) => name.length))
  const exact = found.firstBlockIsExact
    ? 'both bit for bit'
    : 'inputs_embeds bit for bit; first_block within the tolerance that the manifest states'
  return [
    { title: directory },
    `  ${found.modelType}, computed in ${found.dtype} as transformers ${found.semantics} does`,
    ...formula.map((line) => `  ${line}`),
    ...(found.positions === null
      ? []
      : [`  inside attention, ${found.positions.kind} positions: ${found.positions.formula}`]),
    ...(found.leftOut === null ? [] : [`  a run writes no tables of ${found.leftOut}`]),
    `  ${found.embeddingDim} numbers a token in inputs_embeds, ${found.firstBlockDim} in first_block; ${exact}`,
    `  longest window: ${longestWindow === null ? 'as long as you like, no positions are added' : `${formatCount(longestWindow)} tokens`}`,
    '',
    { title: 'tensors' },
    ...tensors.map(
      ({ name, dtype, shape, byteLength, file, stage }) =>
        `  ${name.padEnd(width)}  ${dtype} [${shape.join(', ')}]  ${formatBytes(byteLength)}  ${file}${stage === 'first-block' ? '  (first_block only)' : ''}`,
    ),
    '',
    { title: 'tokenizer' },
    ...('missing' in tokenizer
      ? [`  ${tokenizer.missing}`]
      : [
          `  ${tokenizer.name}, ${formatCount(tokenizer.vocabSize)} ids`,
          ...describeEngine(tokenizer).map((line) => `  ${line}`),
          ...describeModelMarks(tokenizer.marks).map((line) => `  ${line}`),
        ]),
    ...(found.cautions.length === 0 ? [] : ['', { title: 'take care' }]),
    ...found.cautions.map((line) => `  ${withFlags(line)}`),
  ]
}

function describeModelMarks({ separator, beginning, template, usual }: ModelMarks): string[] {
  const before = template?.before.map(({ text }) => text) ?? []
  const after = template?.after.map(({ text }) => text) ?? []
  return [
    `between documents: ${describeMark(separator)}; --separator-id chooses another`,
    beginning === null
      ? 'before each document: nothing names a beginning; --bos-id chooses one'
      : `before each document with --bos: ${describeMark(beginning)}`,
    ...(before.length + after.length === 0
      ? []
      : [`around each document with --special-tokens model: ${[...before, 'text', ...after].join(' ')}`]),
    ...(usual === null
      ? []
      : [`usual for this kind of model: ${usual.practice}; ${withFlags(usual.options)}`]),
  ]
}
