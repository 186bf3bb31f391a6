import type { ByteSource } from '../bytes/byte-source.ts'

const windowBytes = 1 << 16

/** For each multiple of `targetBytes` the beginning of the first line at or after it. */
export async function cutLines(
  source: ByteSource,
  byteLength: number,
  targetBytes: number,
): Promise<number[]> {
  const cuts: number[] = []
  for (let goal = targetBytes; goal < byteLength;) {
    const cut = await lineStart(source, goal, byteLength)
    if (cut >= byteLength) break
    cuts.push(cut)
    goal = Math.max(goal + targetBytes, Math.ceil((cut + 1) / targetBytes) * targetBytes)
  }
  return cuts
}

async function lineStart(source: ByteSource, goal: number, byteLength: number): Promise<number> {
  for (let at = goal - 1; at < byteLength; at += windowBytes) {
    const bytes = await source.read(at, Math.min(at + windowBytes, byteLength))
    const lineFeed = bytes.indexOf(0x0a)
    if (lineFeed !== -1) return at + lineFeed + 1
  }
  return byteLength
}
