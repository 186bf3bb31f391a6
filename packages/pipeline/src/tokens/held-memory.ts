/**
 * Memory of ids that were taken, for the next ones: fresh memory has to be cleared, and found to be garbage. It is shared, since
 * what crosses from one thread to another by being handed over counts as new there each time, and has V8 collect garbage about
 * once a task. A thread whose ids are taken gets memory with one of its next tasks.
 */
const free: SharedArrayBuffer[] = []
/** Of what was given back last: the next ids take about as much. */
let usualByteLength = 0

/** @returns memory of at least so many bytes, not cleared */
export function takeHeldMemory(byteLength: number): SharedArrayBuffer {
  return takeFree(byteLength) ?? new SharedArrayBuffer(Math.max(byteLength, usualByteLength))
}

/** Takes memory that nobody uses, of at least so many bytes. */
export function takeFree(byteLength = 0): SharedArrayBuffer | undefined {
  const at = free.findIndex((memory) => memory.byteLength >= byteLength)
  return at === -1 ? undefined : free.splice(at, 1)[0]
}

/** Gives memory back that nobody reads any more. Nothing is thrown away: as much was needed at a time already. */
export function giveHeldMemory(memory: SharedArrayBuffer): void {
  usualByteLength = memory.byteLength
  free.push(memory)
}
