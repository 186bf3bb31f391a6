import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from '../check.ts'
import { run } from '../engine/command.ts'

const kustomizations = ['base', 'examples/cluster', 'examples/indexed-job']

export const manifests: Check = {
  name: 'kustomize builds the base, the base scaled by KEDA, and the indexed job',
  async run({ project, newer }) {
    const build = async (folder: string): Promise<string> =>
      run([join(newer, 'kustomize'), 'build', join(project, 'deploy/kubernetes', folder)])
    const [base = '', cluster = ''] = await Promise.all(kustomizations.map(build))
    if (!/^ {2}replicas: 2$/m.test(base))
      throw new Error('Expected the base to say how many workers there are')
    const deployment = cluster.split(/^---$/m).find((text) => /^kind: Deployment$/m.test(text)) ?? ''
    if (!deployment.includes('name: sluice-worker') || /^ {2}replicas:/m.test(deployment)) {
      throw new Error('Expected the number of workers to be left to KEDA')
    }
    const example = await readFile(
      join(project, 'deploy/kubernetes/examples/cluster/kustomization.yaml'),
      'utf8',
    )
    const [, namespace] = /^namespace: (\S+)$/m.exec(example) ?? []
    const addresses = [...cluster.matchAll(/^ *address: (\S+)$/gm)].map(([, address]) => address)
    if (
      addresses.length !== 4 ||
      addresses.some((address) => address !== `sluice-redis.${namespace}.svc:6379`)
    ) {
      throw new Error(`Expected KEDA to ask Redis in the namespace ${namespace}, got ${addresses.join(', ')}`)
    }
  },
}
