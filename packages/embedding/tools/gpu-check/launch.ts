import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, renderTable } from '@sluice/testing/report'
import type { CheckSettings, GpuProvider } from './arguments.ts'
import { findCuda } from './cuda.ts'
import type { FoundLibraries } from './found-libraries.ts'
import { renderResult } from './render-result.ts'
import type { CheckResult, ProviderResult } from './result.ts'
import { findVulkan, softwareVulkan } from './vulkan.ts'

/** Where the parts of a check lie. */
export interface CheckParts {
  /** Arguments of Node that start the check of one provider; its name and the extent follow. */
  readonly program: readonly string[]
  readonly torchProgram: string
  /** The folder of a Vulkan device in software. */
  readonly softwareDevice: string | undefined
  /** Folders of libraries for machines that have none. */
  readonly libraries: readonly string[]
}

/** Checks every provider in a process of its own, prints the result, and writes it. Returns the exit code. */
export async function launch(settings: CheckSettings, parts: CheckParts): Promise<number> {
  const { wanted, software, quick, out } = settings
  const vulkan =
    software && parts.softwareDevice !== undefined
      ? softwareVulkan(parts.softwareDevice)
      : linux(() => findVulkan(parts.libraries))
  const asked = wanted.length > 0 ? wanted : providersOf(process.platform)
  const cuda = asked.includes('cuda') ? linux(findCuda) : nothing
  const environment = withLibraries([vulkan, cuda])
  const providers = ['cpu' as const, ...asked, 'auto' as const].map((provider) => {
    console.error(`gpu-check: ${provider}`)
    const check = (threads: 'one' | 'many') =>
      runCheck([...parts.program, provider, quick ? 'quick' : 'full', threads], provider, environment)
    const alone = check('one')
    if (alone.missing !== undefined || provider === 'auto') return alone
    const together = check('many')
    const note = together.missing === undefined ? {} : { threadsFailed: together.missing }
    return { ...alone, ...note, speeds: [...alone.speeds, ...together.speeds] }
  })
  const torch = software ? undefined : measureTorch(parts.torchProgram)
  const result: CheckResult = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    graphics: software ? ['SwiftShader, a device in software'] : graphicsCards(),
    libraries: [...vulkan.notes, ...cuda.notes],
    versions: { onnxruntime: '1.30.0', node: process.version },
    providers,
    ...(torch && { torch }),
  }
  const tables = renderResult(result)
  console.log(tables.map((table) => renderTable(table)).join('\n\n'))
  if (out !== undefined) write(out, result, tables.map((table) => renderTable(table)).join('\n\n'))
  return exitCode(result, wanted)
}

/** The providers that may run on a system. */
function providersOf(platform: NodeJS.Platform): readonly GpuProvider[] {
  if (platform === 'darwin') return ['coreml', 'webgpu']
  return platform === 'win32' ? ['dml', 'webgpu'] : ['cuda', 'webgpu']
}

const nothing: FoundLibraries = { folders: [], variables: {}, notes: [] }

function linux(find: () => FoundLibraries): FoundLibraries {
  return process.platform === 'linux' && process.arch === 'x64' ? find() : nothing
}

/** The loader reads its search path when a process starts: so it must be in the environment of a child. */
function withLibraries(found: readonly FoundLibraries[]): NodeJS.ProcessEnv {
  const given = process.env['LD_LIBRARY_PATH']
  const folders = [
    ...found.flatMap((libraries) => libraries.folders),
    ...(given === undefined || given === '' ? [] : [given]),
  ]
  return {
    ...process.env,
    ...Object.assign({}, ...found.map(({ variables }) => variables)),
    ...(folders.length > 0 && { LD_LIBRARY_PATH: folders.join(':') }),
  }
}

/** A machine that does other things as well may need minutes for a device in software. */
const mostMs = 600_000

function runCheck(args: readonly string[], provider: string, environment: NodeJS.ProcessEnv): ProviderResult {
  const { status, signal, error, stdout, stderr } = spawnSync(process.execPath, args, {
    ...{ env: environment, encoding: 'utf8', maxBuffer: 1 << 26, timeout: mostMs },
  })
  const line = stdout?.trimEnd().split('\n').at(-1) ?? ''
  if (line.startsWith('{')) return JSON.parse(line) as ProviderResult
  const said = (stderr ?? '').trim().split('\n').slice(-3).join(' ')
  const isLate = error !== undefined && 'code' in error && error.code === 'ETIMEDOUT'
  const ended = isLate
    ? `it was not done after ${mostMs / 1000} s and was stopped; --quick compares and measures less`
    : `its process ended with ${signal ?? status}`
  return {
    provider,
    missing: `${ended}: ${said}`,
    comparisons: [],
    speeds: [],
  }
}

function measureTorch(program: string): CheckResult['torch'] {
  const { stdout } = spawnSync('python3', [program], { encoding: 'utf8', timeout: 120_000 })
  const line = stdout?.trim().split('\n').at(-1) ?? ''
  return line.startsWith('{') ? (JSON.parse(line) as CheckResult['torch']) : undefined
}

function graphicsCards(): string[] {
  const { stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'],
    {
      encoding: 'utf8',
    },
  )
  return (stdout ?? '').split('\n').filter((line) => line !== '')
}

function write(folder: string, result: CheckResult, text: string): void {
  mkdirSync(folder, { recursive: true })
  const name = join(folder, `gpu-${result.date.slice(0, 10)}`)
  writeFileSync(`${name}.json`, `${JSON.stringify(result, null, 2)}\n`)
  writeFileSync(`${name}.md`, `# gpu, ${result.date.slice(0, 10)}\n\n${text}\n`)
  console.error(`gpu-check: wrote ${name}.json and ${name}.md`)
}

function exitCode({ providers }: CheckResult, wanted: CheckSettings['wanted']): number {
  const onGpu = providers.filter(({ provider }) => provider !== 'cpu' && provider !== 'auto')
  const different = providers.some(({ comparisons }) =>
    comparisons.some(({ outcome }) => outcome === 'DIFFERENT'),
  )
  const ran = onGpu.filter(({ missing }) => missing === undefined)
  if (ran.length === 0) console.error('gpu-check: no GPU provider runs here')
  const isMissing = wanted.length > 0 && ran.length < onGpu.length
  return different || ran.length === 0 || isMissing ? 1 : 0
}
