/** The bytes of gather.wat, assembled by `npm run build:wasm`, in base64. */
export const base64 =
  'AGFzbQEAAAABCAFgBH9/f38AAhMBBHJvd3MGbWVtb3J5AgMBgIAEAwIBAAcKAQZnYXRoZXIAAAozATEAAkADQCABRQ0BIAMg' +
  'ACgCACAC/AoAACAAQQRqIQAgAyACaiEDIAFBAWshAQwACwsL'
