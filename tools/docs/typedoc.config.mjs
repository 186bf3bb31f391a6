/** How TypeDoc makes the site. */
import { OptionDefaults } from 'typedoc'

/** Lowest layer last: a reader meets first what text meets first. */
const packages = [
  ...['tokenizer', 'corpus', 'dataset', 'embedding', 'dataloader'],
  ...['pipeline', 'queue', 'errors', 'torch-random', 'confined-file'],
]
const guides = [
  'first-dataset',
  'tokenizers',
  'your-model',
  'training',
  'scaling',
  'crashes',
  'reading',
  'file-format',
]
/** The tag by which an option's docstring says the least value. */
const blockTags = [...OptionDefaults.blockTags, '@minimum']
const highlightLanguages = [...OptionDefaults.highlightLanguages, 'python']

export default {
  name: 'Sluice',
  entryPointStrategy: 'packages',
  entryPoints: packages.map((name) => `../../packages/${name}`),
  packageOptions: {
    entryPoints: ['src/index.ts'],
    readme: 'README.md',
    includeVersion: true,
    excludeInternal: true,
    excludePrivate: true,
    // The compiler's own check is another of the project's.
    skipErrorChecking: true,
    disableGit: true,
    disableSources: true,
    blockTags,
    validation: { notDocumented: true, invalidLink: true, notExported: false },
    requiredToBeDocumented: ['Class', 'Enum', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  },
  projectDocuments: [...guides.map((name) => `../../docs/guides/${name}.md`), 'generated/options.md'],
  readme: 'home.md',
  out: 'site',
  hideGenerator: true,
  disableGit: true,
  disableSources: true,
  blockTags,
  highlightLanguages,
  validation: { invalidLink: true, invalidPath: true, rewrittenLink: true },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
