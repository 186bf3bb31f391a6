/** What opening a file and listing it costs, as the bytes that are tokenized in the same time. */
export const perSourceBytes = 4096
