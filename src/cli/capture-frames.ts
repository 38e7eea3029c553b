/**
 * The frames of a capture for commands that say something about all of them: a damaged one counts up to the damage.
 *
 * @module
 */
import { CaptureReader, type Frame } from '../capture/index.js';
import { CaptureError } from '../errors.js';
import { CaptureProgress } from './capture-progress.js';

/**
 * Hands each frame to `take`. Gives the error that ended reading early, if one did: what was read is to be said first, then this thrown.
 *
 * @param file a path; `-` for standard input
 * @throws CaptureError when it is no capture at all
 */
export async function takeFrames(file: string, take: (frame: Frame) => void): Promise<CaptureError | undefined> {
  const reader = await CaptureReader.open(file === '-' ? process.stdin : file);
  const progress = new CaptureProgress(file);
  try {
    for await (const batch of reader.batches()) {
      progress.at(reader.offset);
      while (batch.next()) take(batch.frame);
    }
    return undefined;
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  } finally {
    progress.end();
  }
}
