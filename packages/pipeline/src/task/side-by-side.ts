/**
 * Does something with each item, some of them at a time: most of the time is spent waiting for a storage.
 *
 * @returns the results in the order of the items
 * @throws of what failed the first item in order; no further item is begun after a failure
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = Array.from({ length: items.length })
  let next = 0
  const failures: { readonly index: number; readonly error: unknown }[] = []
  const take = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++
      try {
        results[index] = await work(items[index]!, index)
      } catch (error) {
        failures.push({ index, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take))
  // All before it had begun: which failure is told does not depend on which of them is quick.
  const [first] = failures.toSorted((left, right) => left.index - right.index)
  if (first !== undefined) throw first.error
  return results
}
