/**
 * Values as MIME bundles. An object with a method `Symbol.for('Jupyter.display')` says itself how it looks; everything
 * has inspected text.
 *
 * @module
 */
import { inspect } from 'node:util';
import { withPlotlyHtml } from './plotly.js';
import type { MimeBundle } from './protocol.js';

const DISPLAY: unique symbol = Symbol.for('Jupyter.display') as never;

/**
 * The forms of a value, a `text/plain` always among them; a promise of them where the value's method is asynchronous.
 *
 * @throws TypeError when the method gives something else than a bundle
 */
export function bundleOf(value: unknown): MimeBundle | Promise<MimeBundle> {
  const method = displayMethod(value);
  if (method === undefined) return { 'text/plain': inspect(value) };
  const own = method.call(value);
  return own instanceof Promise ? own.then((bundle) => completed(bundle, value)) : completed(own, value);
}

/** Bytes in a bundle become base64, as the protocol wants. */
export function encodeBytes(bundle: MimeBundle): MimeBundle {
  const encoded: MimeBundle = {};
  for (const [mime, data] of Object.entries(bundle)) {
    encoded[mime] = data instanceof Uint8Array ? Buffer.from(data).toString('base64') : data;
  }
  return encoded;
}

/**
 * A bundle ready to be sent: bytes encoded, a figure with its HTML.
 *
 * @throws TypeError when it is no bundle
 */
export function completeBundle(bundle: unknown): MimeBundle {
  return withPlotlyHtml(encodeBytes(checked(bundle)));
}

function completed(own: unknown, value: unknown): MimeBundle {
  const bundle = completeBundle(own);
  if (!('text/plain' in bundle)) bundle['text/plain'] = inspect(value);
  return bundle;
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  const method = (value as { [DISPLAY]?: unknown })[DISPLAY];
  return typeof method === 'function' ? (method as () => unknown) : undefined;
}

function checked(bundle: unknown): MimeBundle {
  if (typeof bundle !== 'object' || bundle === null || Array.isArray(bundle)) {
    throw new TypeError(
      `Cannot show the value: its Jupyter.display method gave ${inspect(bundle)}, a MIME bundle needed`,
    );
  }
  return bundle as MimeBundle;
}
