import type { RedisOptions } from 'ioredis'
import { StandaloneConnector } from 'ioredis/built/connectors/index.js'

/**
 * ioredis' connection to one server, with a listener for errors that stays. ioredis (6.0.0) listens once; a socket can give a second error, as after a handshake of TLS
 * that was refused when the server's own alert arrives, and an `error` event without a listener ends the process. The first one says all that there is to say.
 */
class ListeningConnector extends StandaloneConnector {
  override async connect(
    ...parameters: Parameters<StandaloneConnector['connect']>
  ): ReturnType<StandaloneConnector['connect']> {
    const stream = await super.connect(...parameters)
    return stream.on('error', () => {})
  }
}

/** ioredis takes its connector as one that can be made of anything. */
export const Connector = ListeningConnector as unknown as NonNullable<RedisOptions['Connector']>
