import type { BenchTable } from '@sluice/testing/report'
import type { CheckResult, Comparison } from './result.ts'

/** The tables of a result: what runs, what differs, how fast. */
export function renderResult(result: CheckResult): readonly BenchTable[] {
  const { machine, graphics, libraries, providers, torch, versions } = result
  const where = [
    ...graphics,
    ...Object.values(machine),
    `ONNX Runtime ${versions['onnxruntime']}`,
    ...(torch ? [`torch ${torch.version}`] : []),
  ]
  const outcomes = ['same bits', 'within tolerance', 'DIFFERENT', 'does not run'] as const
  const equality: BenchTable = {
    title: `Equality with the reference (the WebAssembly kernel; what transformers computed), ${where.join(', ')}`,
    columns: ['provider', ...outcomes],
    rows: providers
      .filter(({ provider }) => provider !== 'auto')
      .map(({ provider, missing, comparisons }) =>
        missing !== undefined && comparisons.length === 0
          ? [provider, '–', '–', '–', 'does not start']
          : [
              provider,
              ...outcomes.map((outcome) => comparisons.filter((one) => one.outcome === outcome).length),
            ],
      ),
    notes: [
      ...providers.flatMap(({ provider, missing }) =>
        missing === undefined ? [] : [`${provider}: ${missing}.`],
      ),
      ...providers.flatMap(({ provider, threadsFailed }) =>
        threadsFailed === undefined ? [] : [`${provider}, several threads: ${threadsFailed}.`],
      ),
      ...providers.flatMap(({ provider, comparisons }) => failures(provider, comparisons)),
      ...libraries.map((note) => `${note}.`),
    ],
  }
  const copies = torch?.speeds.filter(({ what }) => what.startsWith('plain copy')) ?? []
  const copy = copies[0]?.gigabytesPerSecond
  const rows = [
    ...providers.flatMap(({ provider, speeds }) => speeds.map((speed) => ({ who: provider, ...speed }))),
    ...(torch?.speeds ?? []).map((speed) => ({ who: 'torch', ...speed })),
  ]
  const speed: BenchTable = {
    title: 'Speed: the median of several, GB = 1e9 bytes of output',
    columns: ['', 'GB/s', 'of a device copy', 'of torch'],
    rows: rows.map(({ who, what, gigabytesPerSecond }) => {
      const same = torch?.speeds.find((other) => other.what === what)
      return [
        `${who}: ${what}`,
        gigabytesPerSecond.toFixed(2),
        copy === undefined ? '–' : (gigabytesPerSecond / copy).toFixed(3),
        same === undefined ? '–' : (gigabytesPerSecond / same.gigabytesPerSecond).toFixed(2),
      ]
    }),
  }
  return [equality, speed]
}

/** Failures with the same note are told once, with the first two. */
function failures(provider: string, comparisons: readonly Comparison[]): string[] {
  const byNote = new Map<string, string[]>()
  for (const { what, outcome, note = '' } of comparisons) {
    if (outcome !== 'DIFFERENT' && outcome !== 'does not run') continue
    const key = `${outcome}${note === '' ? '' : ` (${note.replaceAll(/'[a-z]+_\d+'/gu, 'a node')})`}`
    byNote.set(key, [...(byNote.get(key) ?? []), what])
  }
  return Array.from(byNote, ([key, names]) => {
    const more = names.length > 2 ? ` and ${names.length - 2} more` : ''
    return `${provider}, ${key}: ${names.slice(0, 2).join('; ')}${more}.`
  })
}
