import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ScaledObject, TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import { queueNames } from '@sluice/queue'
import { RedisServer, repositoryRoot, temporaryFolder, theVerdict } from '@sluice/testing'
import { FaultRun } from '@sluice/testing/fault-run'
import { QueueKeys } from 'bullmq'
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { Namespace, PersistentVolumeClaim, Service } from 'kubernetes-models/v1'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { readSettings } from '../src/settings.ts'
import { unknownFields } from './unknown-fields.ts'

const models = {
  Deployment,
  Job,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  ScaledObject,
  Service,
  StatefulSet,
  TriggerAuthentication,
}

interface Manifest {
  readonly kind: keyof typeof models
  readonly metadata: { readonly name: string }
}

const folder = 'deploy/kubernetes'
const read = (path: string): string => readFileSync(`${repositoryRoot}/${path}`, 'utf8')
const files = globSync(`${folder}/**/*.yaml`, { cwd: repositoryRoot }).filter(
  (path) => basename(path) !== 'kustomization.yaml',
)
const manifests = files.flatMap((file) =>
  parseAllDocuments(read(file)).map((document) => ({ file, manifest: document.toJS() as Manifest })),
)

/** @throws Error naming the field that the cluster's schema does not allow, or does not have */
function validate(manifest: Manifest): void {
  const model = new models[manifest.kind](structuredClone(manifest) as never)
  const unknown = unknownFields(model, () => model.validate())
  if (unknown.length > 0) throw new Error(`${manifest.kind}: no such field: ${unknown.join(', ')}`)
}

/** The one manifest of a kind. */
function only<K extends keyof typeof models>(kind: K): InstanceType<(typeof models)[K]> {
  const [found, ...more] = manifests.filter(({ manifest }) => manifest.kind === kind)
  expect(more).toEqual([])
  return found!.manifest as unknown as InstanceType<(typeof models)[K]>
}

test.each(manifests)("$file: $manifest.kind is what the cluster's schema allows", ({ manifest }) => {
  expect(() => validate(manifest)).not.toThrow()
})

test('the jobs that `sluice plan --emit k8s` prints are what the schema allows, one for each stage', () => {
  const cwd = temporaryFolder()
  const program = join(repositoryRoot, 'apps/cli/bin/sluice.mjs')
  const words = ['plan', theVerdict, '--out', 'it\'s "here"', '--emit', 'k8s', '--shards', '7']
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd,
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  const jobs = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
  for (const job of jobs) expect(() => validate(job)).not.toThrow()
  const commands = jobs.map((job) => (job as unknown as Job).spec!.template.spec!.containers[0]!.command)
  const out = '/data/it\'s "here"'
  expect(commands).toEqual([
    ['sluice', 'work', out, '--stage', 'tokens', '--shard', 'env/7', '--threads', '2'],
    ['sluice', 'work', out, '--stage', 'parts', '--shard', 'env/7', '--threads', '2'],
    ['sluice', 'commit', out],
  ])
  expect(jobs.map((job) => (job as unknown as Job).spec!.completions)).toEqual([7, 7, 1])
})

test('a manifest with a wrong field is refused', () => {
  const deployment = structuredClone(only('Deployment')) as unknown as Manifest & {
    spec: { replicas: unknown }
  }
  deployment.spec.replicas = 'two'
  expect(() => validate(deployment)).toThrow(/replicas/)
  const mistyped = structuredClone(only('Job')) as unknown as Manifest & { spec: object }
  mistyped.spec = { ...mistyped.spec, backOffLimitPerIndex: 4 }
  expect(() => validate(mistyped)).toThrow('Job: no such field: spec.backOffLimitPerIndex')
})

test('every file of a kustomization is there, and every manifest is in one', () => {
  const named = globSync(`${folder}/**/kustomization.yaml`, { cwd: repositoryRoot }).flatMap((path) => {
    const { resources = [] } = parse(read(path)) as { resources?: string[] }
    return resources.filter((name) => name.endsWith('.yaml')).map((name) => path.replace(/[^/]*$/, name))
  })
  expect(named.toSorted()).toEqual(files.toSorted())
})

test("KEDA looks at the queue's own lists: those that wait and those under way, of runs and of tasks", () => {
  const { triggers } = only('ScaledObject').spec
  const keys = new QueueKeys(readSettings({}).prefix)
  const lists = [queueNames.runs, queueNames.tasks].flatMap((name) => [
    keys.toKey(name, 'wait'),
    keys.toKey(name, 'active'),
  ])
  expect(new Set(triggers.map(({ metadata }) => metadata['listName']))).toEqual(new Set(lists))
  for (const { metadata } of triggers) {
    // From no workers at all, any of the lists starts the first.
    expect(metadata['activationListLength']).toBe('0')
  }
})

test('a run that is enqueued while there is no worker is on the first list that KEDA looks at', async () => {
  await using redis = await RedisServer.start()
  using run = await FaultRun.create({ copies: 1 })
  const list = only('ScaledObject').spec.triggers[0]!.metadata['listName']!
  expect(await redis.command('LLEN', list)).toBe(':0\r\n')
  await run.submit(redis.url)
  expect(await redis.command('LLEN', list)).toBe(':1\r\n')
})

test('KEDA asks for no more workers than a run has jobs for, and takes them away slowly', () => {
  const { triggers, maxReplicaCount, advanced, minReplicaCount } = only('ScaledObject').spec
  const tasks = triggers.find(({ metadata }) => metadata['listName']!.endsWith('tasks:wait'))!
  expect(maxReplicaCount).toBeLessThanOrEqual(512 / Number(tasks.metadata['listLength']))
  expect(minReplicaCount).toBe(0)
  const { scaleDown } = advanced!.horizontalPodAutoscalerConfig!.behavior!
  expect(scaleDown!.stabilizationWindowSeconds).toBeGreaterThanOrEqual(300)
})

test('workers use only settings that exist, drain before they are killed, and are confined', () => {
  const { template } = only('Deployment').spec!
  const pod = template.spec!
  const [worker] = pod.containers
  const entries = worker!.env!.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))
  const settings = readSettings(Object.fromEntries(entries) as NodeJS.ProcessEnv)
  expect(pod.terminationGracePeriodSeconds! * 1000).toBeGreaterThan(settings.drainMs + 10_000)
  expect(worker!.ports![0]!.containerPort).toBe(settings.httpPort)
  const pods = [pod, only('StatefulSet').spec!.template.spec!, only('Job').spec!.template.spec!]
  for (const { securityContext, containers, automountServiceAccountToken } of pods) {
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(automountServiceAccountToken).toBe(false)
    for (const container of containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(container.resources!.limits).toHaveProperty('memory')
    }
  }
})

test('images are those of the compose file', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { image: string }>
  }
  const image = (pod: { containers: readonly { image?: string }[] }): string | undefined =>
    pod.containers[0]!.image
  const worker = compose.services['worker']!.image
  expect(image(only('Deployment').spec!.template.spec!)).toBe(worker)
  expect(image(only('Job').spec!.template.spec!)).toBe(worker)
  expect(image(only('StatefulSet').spec!.template.spec!)).toBe(compose.services['redis']!.image)
})

test('the job of batch work has as many indexes as its command says there are shards', () => {
  const { completions, completionMode, template } = only('Job').spec!
  expect(completionMode).toBe('Indexed')
  expect(template.spec!.containers[0]!.command).toContain(`env/${completions}`)
})
