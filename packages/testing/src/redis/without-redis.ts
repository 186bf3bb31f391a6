/** Whether who started the tests left out those that need a redis-server, because there is none on this machine: for `test.skipIf`. */
export const withoutRedis: boolean = process.env['SLUICE_TESTS_WITHOUT_REDIS'] === 'true'
