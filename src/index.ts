/**
 * What notebooks and scripts import: `import { build, ipv4, tcp } from 'wirebook'`.
 *
 * @module
 */
export { fromHex, toHex } from './bytes.js';
export { CaptureError, DecodeError, type DecodeFault, MessageError, RawSocketError } from './errors.js';
export { isPermitted, refusal } from './raw/permission.js';
