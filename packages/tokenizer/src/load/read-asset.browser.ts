/** Read a file that ships with this package. */
export async function readAsset(url: URL | string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`Could not fetch ${String(url)}: HTTP ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}
