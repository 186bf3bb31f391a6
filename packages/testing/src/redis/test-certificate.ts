import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a certificate for 127.0.0.1 that an authority of its own has signed. */
export interface TestCertificate {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** Makes one with the `openssl` program; valid for a day. */
export function makeTestCertificate(folder: string): TestCertificate {
  const openssl = (...words: readonly string[]): void =>
    void execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '1',
    '-subj',
    '/CN=tests',
  )
  openssl('req', ...newKey, '-keyout', 'redis.key', '-out', 'redis.csr', '-subj', '/CN=redis')
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n')
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '1']
  openssl('x509', '-req', '-in', 'redis.csr', '-out', 'redis.crt', ...signed)
  const path = (name: string): string => join(folder, name)
  return { authority: path('ca.crt'), certificate: path('redis.crt'), key: path('redis.key') }
}
