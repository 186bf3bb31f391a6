import { readFile, writeFile } from 'node:fs/promises'
import { attempt, run } from './command.ts'

const forwarding = '/proc/sys/net/ipv4/ip_forward'

/** What an engine changes on its host: packet filters, forwarding, bridges. */
export interface HostNetwork {
  readonly rules: string
  readonly forwarding: string
  readonly links: readonly string[]
}

export async function saveHostNetwork(): Promise<HostNetwork> {
  return {
    rules: await run(['iptables-save']),
    forwarding: await readFile(forwarding, 'utf8'),
    links: await linkNames(),
  }
}

/** Puts everything back that an engine which has ended left changed. */
export async function restoreHostNetwork(saved: HostNetwork): Promise<void> {
  for (const name of await linkNames()) {
    if (!saved.links.includes(name) && /^(?:docker0|br-|veth)/.test(name))
      await attempt(['ip', 'link', 'delete', name])
  }
  for (const table of ['filter', 'nat', 'mangle', 'raw']) {
    // A table that nobody had used is not in what was saved, and restoring would leave it as it is.
    if (!saved.rules.includes(`*${table}\n`))
      await attempt(['sh', '-c', `iptables -t ${table} -F && iptables -t ${table} -X`])
  }
  await run(['iptables-restore'], { input: `${saved.rules}\n` })
  for (const chain of ['INPUT', 'FORWARD', 'OUTPUT']) {
    if (!saved.rules.includes('*filter\n')) await attempt(['iptables', '-P', chain, 'ACCEPT'])
  }
  await writeFile(forwarding, saved.forwarding)
}

async function linkNames(): Promise<string[]> {
  const lines = (await run(['ip', '-brief', 'link'])).split('\n')
  return lines.map((line) => line.split(/[\s@]/, 1)[0] ?? '')
}
