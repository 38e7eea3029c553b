// Reads a CSV of messages in a process of its own and prints what was read, the seconds it took by the clock and of processors, and the most memory the process ever had.
import { readMessages } from 'wirebook/messages';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('Usage: messages-read.js FILE');
const begin = performance.now();
const { length, faults, notes } = await readMessages(path);
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage();
const peak = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({
    rows: length,
    faults: faults.length,
    notes: notes.length,
    seconds,
    busy: (user + system) / 1e6,
    peak,
  }),
);
