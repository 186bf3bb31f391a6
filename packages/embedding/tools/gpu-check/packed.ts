/** The program of the archive that `--pack` makes: the same check, with everything it needs in the folder around it. */
import { fileURLToPath } from 'node:url'
import { parseCheckArguments } from './arguments.ts'
import { launch } from './launch.ts'

const beside = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

process.exitCode = await launch(parseCheckArguments(process.argv.slice(2), false), {
  program: [beside('program/check-provider.js'), beside('models/')],
  torchProgram: beside('program/torch_speed.py'),
  softwareDevice: beside('lib/software'),
  libraries: [beside('lib/system'), beside('lib/vulkan')],
})
