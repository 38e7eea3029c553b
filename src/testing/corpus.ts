/**
 * The captures that there are, the repository's own and those of others, for tests that go over all of them.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../bytes.js';
import { CaptureReader, type Frame } from '../capture/index.js';
import { ownCorpus } from './own-corpus.js';
import { corpus, repository, without } from './peer.js';

/** A capture and its packets, those before the damage where it has one. */
export interface CorpusFile {
  readonly file: string;
  readonly frames: readonly Frame[];
}

/** The captures of the repository, and those of others beside it where they are. */
export function captureFiles(): string[] {
  const own = [join(repository, 'captures'), ownCorpus];
  const others = without('corpus') === false ? ['protocols', 'pcapng-generator'].map((name) => join(corpus, name)) : [];
  return [...own, ...others].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(?:pcap|pcapng|cap)$/.test(name) || others.includes(folder))
      .sort()
      .map((name) => join(folder, name)),
  );
}

/** Captures that have a packet which none before them has. */
export function corpusFiles(): CorpusFile[] {
  const seen = new Set<string>();
  return captureFiles()
    .map((file) => ({ file, frames: framesOf(file) }))
    .filter(({ frames }) => {
      const keys = frames.map((frame) => `${frame.linkType} ${frame.originalLength} ${toHex(frame.bytes)}`);
      const isNew = keys.some((key) => !seen.has(key));
      for (const key of keys) seen.add(key);
      return isNew;
    });
}

/** Each packet of the corpus once. */
export function corpusFrames(): Frame[] {
  const frames = corpusFiles().flatMap((file) => file.frames);
  return [
    ...new Map(
      frames.map((frame) => [`${frame.linkType} ${frame.originalLength} ${toHex(frame.bytes)}`, frame]),
    ).values(),
  ];
}

/** All packets of a capture, up to the damage where it has one. */
export function framesOf(source: string | Uint8Array): Frame[] {
  const frames: Frame[] = [];
  try {
    for (const frame of CaptureReader.openSync(source).frames()) frames.push(frame);
  } catch {
    // Files of the corpus that are damaged are what the capture's own tests are about.
  }
  return frames;
}
