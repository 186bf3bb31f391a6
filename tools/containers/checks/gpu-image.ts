import { createRequire } from 'node:module'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from '../check.ts'
import { attempt } from '../engine/command.ts'
import { cloneProject } from '../project/clone.ts'

const image = 'sluice-worker-gpu:0.1.0'

interface InstallMetadata {
  readonly requirements: Readonly<Record<string, readonly string[]>>
}

/**
 * Builds the image for GPUs without what no test can have here: ONNX Runtime's CUDA provider is not on npm, and the base is
 * a stand-in without CUDA. So the two steps that need them are left out, and every other layer is as released.
 */
export const gpuImage: Check = {
  name: 'the GPU image: the CUDA release that onnxruntime-node names, its layers, and what it says without a driver',
  async run(bench) {
    const folder = join(bench.scratch, 'gpu')
    await cloneProject(folder)
    const path = join(folder, 'Dockerfile')
    const dockerfile = await readFile(path, 'utf8')
    await expectCudaOfMetadata(dockerfile)
    await writeFile(path, withoutCuda(dockerfile))
    await bench.engine.docker('build', '--quiet', '--target', 'worker-gpu', '--tag', image, folder)
    const run = (...args: readonly string[]) =>
      attempt(['docker', 'run', '--rm', '--network', 'none', ...args], { env: bench.engine.env })
    const user = await run('--entrypoint', 'id', image, '-u')
    if (user.stdout.trim() !== '1000')
      throw new Error(`Expected the image to run as 1000, got ${user.stdout}`)
    const { status, stderr } = await run(image)
    const lines = stderr.trim().split('\n')
    if (
      status !== 2 ||
      lines.length !== 1 ||
      !/needs an NVIDIA driver, and none .* --gpus all/.test(stderr)
    ) {
      throw new Error(`Expected one line about the missing driver and exit code 2, got ${status}: ${stderr}`)
    }
    bench.note(lines[0] ?? '')
    const cli = await run('--entrypoint', 'sluice', image, '--version')
    if (cli.status !== 0) throw new Error(`Expected \`sluice --version\` to work in the image: ${cli.stderr}`)
  },
}

/** The base image's CUDA must be the release that the package's install script fetches the provider for. */
async function expectCudaOfMetadata(dockerfile: string): Promise<void> {
  const embedding = createRequire(import.meta.resolve('@sluice/embedding/package.json'))
  const script = join(embedding.resolve('onnxruntime-node/package.json'), '../script/install-metadata.js')
  const { requirements } = embedding(script) as InstallMetadata
  const [wanted = ''] = requirements['linux/x64'] ?? []
  const [, cuda, cudnn] =
    /^ARG CUDA_IMAGE=nvidia\/cuda:(\d+)\.[\d.]+-(cudnn)-runtime-/m.exec(dockerfile) ?? []
  if (`cuda${cuda}` !== wanted || cudnn === undefined) {
    throw new Error(`Expected a base image with ${wanted} and cuDNN, as onnxruntime-node's metadata wants`)
  }
  if (!dockerfile.includes(`--onnxruntime-node-install=${wanted}`)) {
    throw new Error(`Expected the Dockerfile to install the provider for ${wanted}`)
  }
}

function withoutCuda(dockerfile: string): string {
  const steps = [
    /^RUN node node_modules\/onnxruntime-node\/script\/install\.js.*\n/m,
    /^RUN provider=[^]*?(?=^RUN )/m,
  ]
  return steps.reduce((text, step) => {
    if (!step.test(text)) throw new Error(`Expected the Dockerfile to have the step ${step.source}`)
    return text.replace(step, '')
  }, dockerfile)
}
