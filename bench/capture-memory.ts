// Reads a capture in a process of its own and prints packets, bytes, and the most memory the process ever had.
import { CaptureReader } from 'wirebook/capture';

const [way, path] = process.argv.slice(2);
if (path === undefined) throw new Error('Usage: capture-memory.js frames|batches|sync FILE');
let packets = 0;
let bytes = 0;
if (way === 'frames')
  for await (const frame of await CaptureReader.open(path)) {
    packets++;
    bytes += frame.capturedLength;
  }
else if (way === 'batches')
  for await (const batch of (await CaptureReader.open(path)).batches())
    while (batch.next()) {
      packets++;
      bytes += batch.end - batch.at;
    }
else
  for (const frame of CaptureReader.openSync(path).frames()) {
    packets++;
    bytes += frame.capturedLength;
  }
console.log(JSON.stringify({ packets, bytes, peak: process.resourceUsage().maxRSS * 1024 }));
