/**
 * What the kernel is, as `kernel_info_request` asks.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { type JsonObject, PROTOCOL_VERSION } from '../protocol/message.js';
import { compilerVersion } from './engine/converter.js';
import { KERNEL_NAME } from './runner-words.js';

/** What the kernel says of itself. */
export function kernelInfo(): JsonObject {
  const require = createRequire(import.meta.url);
  const { version } = require('../../../package.json') as { version: string };
  const typescript = compilerVersion();
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: KERNEL_NAME,
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: typescript,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      // JupyterLab looks a mode up by `mode`, the classic notebook hands `name` and `typescript` to CodeMirror.
      codemirror_mode: { name: 'javascript', mode: 'typescript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `wirebook ${version}: TypeScript ${typescript} on Node ${process.version}`,
    help_links: [{ text: 'TypeScript handbook', url: 'https://www.typescriptlang.org/docs/handbook/' }],
    debugger: false,
  };
}
