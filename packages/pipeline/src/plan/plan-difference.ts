import { isDeepStrictEqual } from 'node:util'
import { isSourceList } from '@sluice/dataset'
import type { PlannedSource } from './plan.ts'
import type { PlanFile } from './planned-run.ts'

/**
 * Describes the first difference of two plans: `config.stride was 4 and is 8`, `the content of book.txt changed`. Undefined when
 * they are the same.
 */
export function describeDifference(was: PlanFile, is: PlanFile): string | undefined {
  const before = was.sources
  const after = is.sources
  for (const [index, source] of isSourceList(after) ? [] : after.entries()) {
    const known = Array.isArray(before) ? (before as readonly PlannedSource[])[index] : undefined
    if (known?.name === source.name && known.sha256 !== source.sha256)
      return `the content of ${source.name} changed`
  }
  return firstDifference('', was, is)
}

function firstDifference(path: string, was: unknown, is: unknown): string | undefined {
  if (isDeepStrictEqual(was, is)) return undefined
  if (!isRecord(was) || !isRecord(is)) return `${path} was ${show(was)} and is ${show(is)}`
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const inside = firstDifference(path === '' ? key : `${path}.${key}`, was[key], is[key])
    if (inside !== undefined) return inside
  }
  return undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value)
}
