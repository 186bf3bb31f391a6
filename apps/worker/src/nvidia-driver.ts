import { access } from 'node:fs/promises'
import { SettingsError } from './errors.ts'

/** What the driver makes on Linux, and what it makes under Windows' Linux. */
const devices = ['/dev/nvidiactl', '/dev/dxg']

/**
 * Refuses to start where CUDA is asked for and no NVIDIA driver is to be seen, before ONNX Runtime says so at the first task
 * and less clearly.
 *
 * @throws SettingsError
 */
export async function requireNvidiaDriver(): Promise<void> {
  const found = await Promise.allSettled(devices.map((device) => access(device)))
  if (found.some(({ status }) => status === 'fulfilled')) return
  throw new SettingsError(
    `SLUICE_PROVIDER=cuda needs an NVIDIA driver, and none is to be seen here (${devices.join(', ')}): install the driver and the NVIDIA Container Toolkit on the host and start with \`docker run --gpus all\` or \`docker compose --profile gpu up\`, or set SLUICE_PROVIDER to cpu or wasm`,
  )
}
