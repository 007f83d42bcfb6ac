import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the token is, unless told. */
export const defaultTokenFile = (): string =>
  process.env.BLUEBRIDGE_API_TOKEN_FILE ??
  join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'bluebridge', 'api-token');
