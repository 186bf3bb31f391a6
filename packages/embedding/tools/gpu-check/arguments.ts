import { parseArgs } from 'node:util'
import type { Provider } from '@sluice/embedding'

/** The providers that run on a GPU. */
export const gpuProviders = ['cuda', 'webgpu', 'dml', 'coreml'] as const satisfies readonly Provider[]
export type GpuProvider = (typeof gpuProviders)[number]

/** What a check was asked to do. */
export interface CheckSettings {
  /** The providers asked for; empty for all. */
  readonly wanted: readonly GpuProvider[]
  /** On a Vulkan device in software. */
  readonly software: boolean
  /** Small inputs: shows that the check works, not how fast anything is. */
  readonly quick: boolean
  /** The folder that the result is written to. */
  readonly out: string | undefined
}

/** Reads the command line; a wrong one ends the process with code 2 and says what is known. */
export function parseCheckArguments(
  args: readonly string[],
  canPack: boolean,
): CheckSettings & { readonly pack: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        software: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        out: { type: 'string' },
        ...(canPack && { pack: { type: 'string' } as const }),
      },
    })
    const unknown = positionals.filter((name) => !gpuProviders.some((provider) => provider === name))
    if (unknown.length > 0) throw new Error(`unknown provider ${unknown.join(', ')}`)
    const wanted = gpuProviders.filter((provider) => positionals.includes(provider))
    const { software, quick, out, pack } = values
    return {
      wanted: software ? ['webgpu'] : wanted,
      ...{ software, quick },
      ...{ out, pack: pack as string | undefined },
    }
  } catch (error) {
    console.error(`gpu-check: ${error instanceof Error ? error.message : String(error)}`)
    console.error(
      `Usage: gpu-check [${gpuProviders.join(' | ')}]… [--software] [--quick] [--out FOLDER]${canPack ? ' [--pack FILE]' : ''}`,
    )
    process.exit(2)
  }
}
