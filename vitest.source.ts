import { defaultServerConditions } from 'vite'

/** Tests run the packages from source: `exports` resolve through the `@sluice/source` condition. */
export const source = {
  ssr: { resolve: { conditions: ['@sluice/source', ...defaultServerConditions] } },
}
