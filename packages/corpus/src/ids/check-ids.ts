/** A list of what should be ids, as a format gives it: a null is an element that is not there. */
export type IdList = ArrayLike<unknown>

/** Ids that were checked, or what is wrong with the first that is none. */
export type CheckedIds = { readonly ids: Uint32Array } | { readonly wrong: string }

/** Checks a list of ids against the size of their vocabulary. */
export function checkIds(list: IdList, vocabSize: number): CheckedIds {
  const ids = new Uint32Array(list.length)
  if (ArrayBuffer.isView(list) && copyNumbers(list as ArrayLike<number>, vocabSize, ids)) return { ids }
  for (let at = 0; at < list.length; at++) {
    const value = list[at]
    const id = typeof value === 'bigint' ? Number(value) : value
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= vocabSize)
      return { wrong: `the list holds ${show(value)} at its index ${at}, not an id below ${vocabSize}` }
    ids[at] = id
  }
  return { ids }
}

/** Copies numbers as long as they are ids; false where one is none, which is then looked for. */
function copyNumbers(list: ArrayLike<number>, vocabSize: number, ids: Uint32Array): boolean {
  for (let at = 0; at < list.length; at++) {
    const id = list[at]!
    // Of what is no whole number the unsigned one is another.
    if (id >>> 0 !== id || id >= vocabSize) return false
    ids[at] = id
  }
  return true
}

function show(value: unknown): string {
  // Columnar readers put NaN for a null among numbers.
  if (value === null || value === undefined || Number.isNaN(value)) return 'a null'
  return typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : `a value of the type ${typeof value}`
}
