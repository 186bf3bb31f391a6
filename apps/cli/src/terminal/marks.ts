import type { DocumentMark, DocumentMarks } from '@sluice/pipeline'
import { withFlags } from '../options/flag-name.ts'

/** Says which ids stand between and around documents, and who named them. */
export function describeMarks(marks: Omit<DocumentMarks, 'cautions'>): string[] {
  const { place, separator, before, after } = marks
  const lines = {
    between: [`between documents: ${describeMark(separator)}`],
    after: [`after each document: ${describeMark(separator)}`],
    none: before.length + after.length === 0 ? ['between documents: nothing'] : [],
  }[place]
  if (before.length > 0) lines.push(`before each document's text: ${before.map(describeMark).join(', ')}`)
  if (after.length > 0) lines.push(`after each document's text: ${after.map(describeMark).join(', ')}`)
  return lines
}

/** Says what is unusual about them. */
export function describeMarkCautions({ cautions }: Pick<DocumentMarks, 'cautions'>): string[] {
  return cautions.map((caution) => `take care: ${withFlags(caution)}`)
}

/** Says where a tokenizer is slow: a general engine runs patterns that no scanner is made for. */
export function describeEngine({
  generalPatterns,
}: {
  readonly generalPatterns: readonly string[]
}): string[] {
  const shown = generalPatterns.map((pattern) => (pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern))
  return shown.map(
    (pattern) =>
      `slow: no scanner is made for its pattern, a general engine runs it: ${JSON.stringify(pattern)}`,
  )
}

/** An id, its text and who named it. */
export function describeMark({ id, text, from }: DocumentMark): string {
  return text === null ? `${id} (${from})` : `${id} ${JSON.stringify(text)} (${from})`
}
