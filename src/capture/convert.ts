/**
 * Copies captures from one format or file into another, without loss.
 *
 * @module
 */
import { existsSync, realpathSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { CaptureError } from '../errors.js';
import { LossGuard } from './encoder.js';
import type { Frame } from './frame.js';
import { CaptureReader, type CaptureReaderOptions, type CaptureSource } from './reader.js';
import { ioError } from './source.js';
import { numberedPath, type SplitOptions } from './split.js';
import { CaptureWriter, type CaptureWriterOptions } from './writer.js';

/** How to convert a capture. */
export interface ConvertOptions extends CaptureReaderOptions, CaptureWriterOptions {
  /** Which packets to copy: all where left out. */
  readonly keep?: (frame: Frame) => boolean;
  /** Keeps what comes before the damage of a damaged capture, instead of throwing. */
  readonly salvage?: boolean;
}

/** What a conversion did. */
export interface Conversion {
  /** Packets written. */
  readonly packets: number;
  /** Files written. */
  readonly paths: readonly string[];
  /** The damage after which nothing could be read, with `salvage`. */
  readonly fault?: CaptureError;
}

/**
 * Copies a capture: all its sections, interfaces, packets and other blocks, in order, from any source that a reader
 * opens to any target that a writer writes. A file that is there is replaced once the copy is whole, so that it may even
 * be the source; if anything fails it stays as it is.
 *
 * @throws CaptureError for a damaged source, for what the target's format cannot hold, and for what files refuse
 */
export async function convertCapture(
  source: CaptureSource,
  target: string | Writable,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const reader = await CaptureReader.open(source, options);
  try {
    if (reader.hasReserved)
      new LossGuard(options.lose).lose('sections', "capture without the source's reserved fields");
    if (typeof target === 'string' && options.split) {
      const split = { ...options.split, name: sparing(source, target, options.split) };
      return await copy(reader, target, target, { ...options, split });
    }
    if (typeof target !== 'string') return await copy(reader, target, target, options);
    return await replace(target, (partial) => copy(reader, partial, target, options));
  } finally {
    await reader.close();
  }
}

/** Names of a split capture's files, none of which may be the source that is still being read. */
function sparing(source: CaptureSource, target: string, { name }: SplitOptions): (index: number) => string {
  const read = typeof source === 'string' || source instanceof URL ? realpathSync(source) : undefined;
  return (index) => {
    const path = name?.(index) ?? numberedPath(target, index);
    if (read !== undefined && existsSync(path) && realpathSync(path) === read)
      throw new CaptureError('UNSUPPORTED', `Cannot write capture ${path}: it is being read, give another name`);
    return path;
  };
}

/** Lets `write` fill a file beside `path`, and puts it in its place if that went well. */
async function replace(path: string, write: (partial: string) => Promise<Conversion>): Promise<Conversion> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const conversion = await write(partial);
    await rename(partial, path).catch((cause) => {
      throw ioError('write', path, cause);
    });
    return { ...conversion, paths: [path] };
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
}

/** `name` decides on the format, `target` is what is written. */
async function copy(
  reader: CaptureReader,
  target: string | Writable,
  name: string | Writable,
  options: ConvertOptions,
): Promise<Conversion> {
  const format = options.format ?? (typeof name === 'string' ? CaptureWriter.formatOf(name) : 'pcapng');
  const byteOrder = options.byteOrder ?? reader.sections[0]?.byteOrder;
  const writer = CaptureWriter.create(target, { ...options, format, ...(byteOrder && { byteOrder }) });
  let packets = 0;
  let fault: CaptureError | undefined;
  try {
    for (const known of reader.interfaces) writer.addInterface(known);
    for await (const record of reader.records()) {
      if (record.kind === 'frame') {
        if (options.keep && !options.keep(record)) continue;
        packets++;
      }
      const slow = writer.writeRecord(record);
      if (slow) await slow;
    }
  } catch (cause) {
    if (options.salvage && cause instanceof CaptureError && cause === reader.fault) fault = cause;
    else {
      await writer.close().catch(() => {});
      throw cause;
    }
  }
  await writer.close();
  return { packets, paths: writer.paths, ...(fault && { fault }) };
}
