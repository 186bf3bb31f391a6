import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import runSchema from '@sluice/pipeline/schema/run-config.schema.json' with { type: 'json' }
import type { RunProvider } from '@sluice/pipeline'
import * as z from 'zod'
import { SettingsError } from './errors.ts'

/** The schema's list, so that settings are checked without loading what runs them. */
const providers = runSchema.properties.provider.enum as [RunProvider, ...RunProvider[]]

const milliseconds = z.coerce.number().int().positive()
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** The environment of a worker: one place for names, defaults and bounds. */
const settingsSchema = z
  .object({
    SLUICE_REDIS_URL: z.string().default('redis://127.0.0.1:6379'),
    SLUICE_REDIS_URL_FILE: z.string().optional(),
    SLUICE_REDIS_CA_FILE: z.string().optional(),
    SLUICE_PREFIX: z.string().default('sluice'),
    SLUICE_ROOT: z.string().default('.'),
    SLUICE_SOURCE_ROOTS: z.string().optional(),
    SLUICE_THREADS: z.coerce.number().int().min(1).max(512).default(availableParallelism()),
    SLUICE_PROVIDER: z.enum(providers).optional(),
    SLUICE_QUEUES: z.string().default('runs,tasks'),
    SLUICE_RUNS: z.coerce.number().int().min(1).max(1000).default(16),
    SLUICE_THREAD_HEAP_MB: z.coerce.number().int().min(64).optional(),
    SLUICE_LOCK_MS: milliseconds.default(45_000),
    SLUICE_STALLED_MS: milliseconds.default(5000),
    SLUICE_MAX_STARTS: z.coerce.number().int().min(1).default(12),
    SLUICE_POLL_MS: milliseconds.default(2000),
    SLUICE_DRAIN_MS: z.coerce.number().int().nonnegative().default(20_000),
    SLUICE_HTTP_HOST: z.string().default('127.0.0.1'),
    SLUICE_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9464),
    SLUICE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    SLUICE_OTEL: flag.default(false),
  })
  .transform((env) => ({
    redisUrl: env.SLUICE_REDIS_URL_FILE ? readSecret(env.SLUICE_REDIS_URL_FILE) : env.SLUICE_REDIS_URL,
    redisCaFile: env.SLUICE_REDIS_CA_FILE,
    prefix: env.SLUICE_PREFIX,
    root: env.SLUICE_ROOT,
    sourceRoots: env.SLUICE_SOURCE_ROOTS?.split(':').filter((path) => path !== '') ?? [env.SLUICE_ROOT],
    threads: env.SLUICE_THREADS,
    provider: env.SLUICE_PROVIDER,
    queues: parseQueues(env.SLUICE_QUEUES),
    runs: env.SLUICE_RUNS,
    threadHeapMb: env.SLUICE_THREAD_HEAP_MB,
    lockMs: env.SLUICE_LOCK_MS,
    stalledMs: env.SLUICE_STALLED_MS,
    maxStarts: env.SLUICE_MAX_STARTS,
    pollMs: env.SLUICE_POLL_MS,
    drainMs: env.SLUICE_DRAIN_MS,
    httpHost: env.SLUICE_HTTP_HOST,
    httpPort: env.SLUICE_HTTP_PORT,
    logLevel: env.SLUICE_LOG_LEVEL,
    otel: env.SLUICE_OTEL,
  }))

/** A worker's settings, every one resolved. */
export type Settings = z.output<typeof settingsSchema>

/**
 * Reads the settings from an environment. An empty variable counts as unset, as compose files write them.
 *
 * @throws SettingsError naming the variable; an unknown one that starts with `SLUICE_` is a typing error
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('SLUICE_') && value !== ''),
  )
  const known = Object.keys(settingsSchema.in.shape)
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new SettingsError(`Unknown setting ${unknown}; known: ${known.join(', ')}`)
  const parsed = settingsSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new SettingsError(`${issue?.path.join('.')}: ${issue?.message}`)
}

function parseQueues(text: string): readonly ('runs' | 'tasks')[] {
  return text.split(',').map((name) => {
    if (name === 'runs' || name === 'tasks') return name
    throw new SettingsError(`SLUICE_QUEUES: expected runs, tasks or runs,tasks, got \`${text}\``)
  })
}

function readSecret(path: string): string {
  return readFileSync(path, 'utf8').trim()
}
