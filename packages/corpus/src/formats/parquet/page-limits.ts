import { CorpusError } from '../../errors.ts'
import { corpusLimits } from '../../limits.ts'
import type { Page } from './page-header.ts'

/** Refuses a page that costs more than the limits. @throws CorpusError `too-large` */
export function checkPageSize(page: Page, source: string, position: number, maxBytes: number): void {
  const bytes = Math.max(page.storedBytes, page.plainBytes)
  if (bytes > maxBytes) {
    const message = `a page has ${bytes} bytes, more than the limit of ${maxBytes}; write smaller pages`
    const hint = { option: 'maxBatchBytes', value: String(bytes), effect: 'reads it' }
    throw new CorpusError('too-large', message, { source, position, hint })
  }
  const { most } = corpusLimits.pageRows
  if (page.values > most) {
    const message = `a page has ${page.values} rows, more than the limit of ${most}; write smaller pages`
    throw new CorpusError('too-large', message, { source, position })
  }
}
