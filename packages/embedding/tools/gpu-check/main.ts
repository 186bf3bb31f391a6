/**
 * Compares the GPU providers of a machine with the reference, bit for bit, and measures them:
 *
 *     npm run gpu-check                     here: cuda, webgpu, dml, coreml, whichever start
 *     npm run gpu-check -- webgpu           this one; an error when it does not start
 *     npm run gpu-check -- --software       webgpu on a device in software (Linux x64): shows that the check works
 *     npm run gpu-check -- --pack FILE      makes an archive that does all this on a bare Linux x64 without a network
 *
 * In the archive's folder, `./gpu-check` takes the same arguments. `--out FOLDER` is where the dated result goes, as JSON and
 * Markdown. Exit code 1 when a result differs, a provider that was asked for does not start, or none does.
 */
import { fileURLToPath } from 'node:url'
import { launch } from './launch.ts'
import { buildPack } from './pack.ts'
import { parseCheckArguments } from './arguments.ts'
import { swiftshaderFolder } from '../swiftshader.ts'

const { pack, ...settings } = parseCheckArguments(process.argv.slice(2), true)
if (pack === undefined) {
  process.exitCode = await launch(settings, {
    program: [
      '--conditions=@sluice/source',
      fileURLToPath(new URL('check-provider.ts', import.meta.url)),
      fileURLToPath(new URL('../../test/fixtures/models/', import.meta.url)),
    ],
    torchProgram: fileURLToPath(new URL('torch_speed.py', import.meta.url)),
    softwareDevice: settings.software ? await swiftshaderFolder() : undefined,
    libraries: [],
  })
} else {
  const bytes = await buildPack(pack)
  console.log(`${pack}: ${(bytes / 1e6).toFixed(1)} MB; on the machine: tar -xJf FILE && gpu-check/gpu-check`)
}
