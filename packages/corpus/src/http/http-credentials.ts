import { readFileSync } from 'node:fs'
import { CorpusError } from '../errors.ts'

/** What one server wants to know of its visitors. */
export interface OriginCredentials {
  readonly headers?: Readonly<Record<string, string>>
  readonly username?: string
  readonly password?: string
  /** Parameters of the query, such as a token. */
  readonly query?: Readonly<Record<string, string>>
}

/** Credentials by origin: scheme, host and port as in `https://data.example.org`. */
export type HttpCredentials = Readonly<Record<string, OriginCredentials>>

/** Names the file of {@link HttpCredentials}. */
const variable = 'SLUICE_HTTP_CREDENTIALS'

/**
 * Reads the file that the environment names.
 *
 * @throws CorpusError `invalid-options`; nothing of the file's content is in the message
 */
export function credentialsFromEnvironment(env: NodeJS.ProcessEnv = process.env): HttpCredentials {
  const path = env[variable]
  if (path === undefined || path === '') return {}
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw invalid(path)
  }
  if (!isCredentials(content)) throw invalid(path)
  return content
}

function isCredentials(value: unknown): value is HttpCredentials {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([origin, entry]) =>
        URL.canParse(origin) &&
        new URL(origin).origin === origin &&
        isRecord(entry) &&
        Object.entries(entry).every(([key, part]) =>
          key === 'headers' || key === 'query'
            ? isRecord(part) && Object.values(part).every((text) => typeof text === 'string')
            : (key === 'username' || key === 'password') && typeof part === 'string',
        ),
    )
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(path: string): CorpusError {
  const message = `expected ${variable} (${path}) to be a JSON file: { "https://host": { "headers": {…}, "username": "…", "password": "…", "query": {…} } }`
  return new CorpusError('invalid-options', message)
}

/** The address to ask for: with the query of its server's credentials. */
export function withCredentialQuery(url: URL, credentials: HttpCredentials): URL {
  const { query } = credentialsOf(url, credentials)
  if (query === undefined) return url
  const address = new URL(url)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return address
}

/** The headers and the user that a server wants. */
export function credentialsOf(url: URL, credentials: HttpCredentials): OriginCredentials {
  return Object.hasOwn(credentials, url.origin) ? credentials[url.origin]! : {}
}
