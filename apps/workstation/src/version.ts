/** Of the service, as `hello` and `/health` tell it; package.json says the same. */
export const version = '0.1.0';
