// Load for a chat server, in a process of its own: takes a job by message, answers with figures, exits.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Dialect = 'line' | 'irc' | 'echo';

/** What to do; `kind` says which fields of the result are filled. */
export interface Job {
  readonly kind: 'throughput' | 'latency' | 'flood' | 'stopped' | 'idle';
  readonly port: number;
  readonly dialect: Dialect;
  /** Pairs of a sender and a receiver, or clients. */
  readonly pairs: number;
  /** Messages of a pair. */
  readonly messages: number;
  /** Asks for a receipt for each message. */
  readonly tagged?: boolean;
  /** Bytes of a message's text, 64 unless told otherwise. */
  readonly size?: number;
  /** First letter of the names, so that several loads meet at one server. */
  readonly letter?: string;
}

export interface Result {
  readonly seconds: number;
  readonly received: number;
  /** Messages missing or out of order. */
  readonly faults: number;
  /** Milliseconds from write to arrival, sorted. */
  readonly latencies?: number[];
}

const digits = 8;

class Client {
  readonly socket: Socket;
  readonly name: string;
  readonly #closed: Promise<void>;
  onData: ((chunk: Buffer) => void) | undefined;

  constructor(job: Job, name: string) {
    this.name = name;
    this.socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.onData?.(chunk));
    this.socket.on('error', () => {});
    this.#closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  login(job: Job): Promise<void> {
    const { name, socket } = this;
    const hello = { line: `/login ${name}\n`, irc: `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`, echo: 'x\n' }[
      job.dialect
    ];
    const welcome = { line: /^\* welcome/m, irc: / (376|422) /, echo: /x/ }[job.dialect];
    return new Promise((resolve, reject) => {
      let text = '';
      socket.once('close', () => reject(new Error(`${name} was refused: ${text.slice(0, 200)}`)));
      this.onData = (chunk) => {
        text += chunk.toString('latin1');
        if (text.search(welcome) < 0 || !text.endsWith('\n')) return;
        this.onData = undefined;
        resolve();
      };
      socket.write(hello);
    });
  }

  /** Writes as fast as the other side takes it. */
  async blast(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += 65_536) {
      if (this.socket.destroyed) return;
      if (this.socket.write(bytes.subarray(at, at + 65_536))) continue;
      await Promise.race([this.#closed, new Promise((resolve) => this.socket.once('drain', resolve))]);
    }
  }
}

function lines(job: Job, to: string): Buffer {
  const head = { line: `${to}: `, irc: `PRIVMSG ${to} :`, echo: `${to}: ` }[job.dialect];
  const end = job.dialect === 'irc' ? '\r\n' : '\n';
  const fill = '.'.repeat((job.size ?? 64) - digits);
  const parts: string[] = [];
  for (let i = 0; i < job.messages; i++) {
    const tag = job.tagged ? `#${i.toString(36)} ` : '';
    parts.push(`${tag}${head}${fill}${String(i).padStart(digits, '0')}${end}`);
  }
  return Buffer.from(parts.join(''), 'latin1');
}

/** Counts messages of one length and holds their numbers against their order. */
class Counter {
  received = 0;
  faults = 0;
  #length = 0;
  #rest: Buffer = Buffer.alloc(0);
  readonly #back: number;

  constructor(job: Job) {
    this.#back = (job.dialect === 'irc' ? 2 : 1) + digits;
  }

  take(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, chunk]);
    if (this.#length === 0) {
      this.#length = bytes.indexOf(0x0a) + 1;
      if (this.#length === 0) {
        this.#rest = bytes;
        return;
      }
    }
    const length = this.#length;
    let at = 0;
    for (; at + length <= bytes.length; at += length) {
      let number = 0;
      for (let i = at + length - this.#back, end = i + digits; i < end; i++) number = number * 10 + bytes[i]! - 0x30;
      if (number !== this.received) this.faults++;
      this.received++;
    }
    this.#rest = bytes.subarray(at);
  }
}

async function open(job: Job, names: string[]): Promise<Client[]> {
  const clients: Client[] = [];
  // A few at a time, so that a peer with a short backlog is not measured by its refusals.
  for (let at = 0; at < names.length; at += 50) {
    const batch = names.slice(at, at + 50).map((name) => new Client(job, name));
    await Promise.all(batch.map((client) => client.login(job)));
    clients.push(...batch);
  }
  return clients;
}

const id = (job: Job, role: string, i: number): string => `${job.letter ?? 'p'}${role}${String(i).padStart(4, '0')}`;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

async function throughput(job: Job): Promise<Result> {
  const indices = range(job.pairs);
  const receivers = await open(
    job,
    indices.map((i) => id(job, 'r', i)),
  );
  const senders =
    job.dialect === 'echo'
      ? receivers
      : await open(
          job,
          indices.map((i) => id(job, 's', i)),
        );
  const counters = indices.map(() => new Counter(job));
  let left = job.pairs;
  await sleep(300);
  const done = new Promise<void>((resolve) => {
    receivers.forEach((receiver, i) => {
      const counter = counters[i]!;
      receiver.onData = (chunk) => {
        const had = counter.received;
        counter.take(chunk);
        if (had < job.messages && counter.received >= job.messages && --left === 0) resolve();
      };
      receiver.socket.once('close', resolve);
    });
    // Nothing for two seconds: what is missing does not come.
    let before = -1;
    const watch = setInterval(() => {
      const now = counters.reduce((sum, { received }) => sum + received, 0);
      if (now === before) {
        clearInterval(watch);
        resolve();
      }
      before = now;
    }, 2000).unref();
  });
  const data = receivers.map((receiver) => lines(job, receiver.name));
  const start = performance.now();
  void Promise.all(senders.map((sender, i) => sender.blast(data[i]!)));
  await done;
  const seconds = (performance.now() - start) / 1000;
  const received = counters.reduce((sum, counter) => sum + counter.received, 0);
  const missing = job.pairs * job.messages - received;
  return { seconds, received, faults: missing + counters.reduce((sum, { faults }) => sum + faults, 0) };
}

/** 50 messages a second and pair, each stamped; both ends are here, so one clock serves. */
async function latency(job: Job): Promise<Result> {
  const indices = range(job.pairs);
  const receivers = await open(
    job,
    indices.map((i) => id(job, 'r', i)),
  );
  const senders = await open(
    job,
    indices.map((i) => id(job, 's', i)),
  );
  const latencies: number[] = [];
  let received = 0;
  let faults = 0;
  for (const receiver of receivers) {
    let next = 0;
    let rest = '';
    receiver.onData = (chunk) => {
      const now = performance.now();
      const parts = (rest + chunk.toString('latin1')).split('\n');
      rest = parts.pop()!;
      for (const line of parts) {
        const match = /@(\d+) ([\d.]+)$/.exec(line);
        if (!match) continue;
        if (Number(match[1]) !== next++) faults++;
        latencies.push(now - Number(match[2]));
        received++;
      }
    };
  }
  const start = performance.now();
  for (let n = 0; n < job.messages; n++) {
    for (const [i, sender] of senders.entries()) {
      // Spread over the 20 ms of a round, as people are.
      if (i % 5 === 0) await sleep(20 / Math.ceil(senders.length / 5));
      sender.socket.write(`${receivers[i]!.name}: @${n} ${performance.now()}\n`);
    }
  }
  for (let i = 0; i < 50 && received < job.pairs * job.messages; i++) await sleep(100);
  const seconds = (performance.now() - start) / 1000;
  faults += job.pairs * job.messages - received;
  return { seconds, received, faults, latencies: latencies.sort((a, b) => a - b) };
}

/** Writes without pause for ten minutes or until it is stopped, to a client that reads. */
async function flood(job: Job): Promise<Result> {
  const [receiver, sender] = (await open(job, [id(job, 'r', 0), id(job, 's', 0)])) as [Client, Client];
  receiver.onData = () => {};
  const data = lines(job, receiver.name);
  process.send?.({ started: true });
  for (let i = 0; i < 600 && !sender.socket.destroyed; i++) await sender.blast(data);
  return { seconds: 0, received: 0, faults: 0 };
}

/** Writes to a client that does not read, and goes on until all is written. */
async function stopped(job: Job): Promise<Result> {
  const [receiver, sender] = (await open(job, [id(job, 'r', 0), id(job, 's', 0)])) as [Client, Client];
  receiver.socket.pause();
  let answered = 0;
  sender.onData = (chunk) => {
    answered += chunk.length;
  };
  process.send?.({ started: true });
  const start = performance.now();
  await sender.blast(lines(job, receiver.name));
  // Answered at last: everything before it has been dealt with.
  await new Promise<void>((resolve) => {
    sender.onData = (chunk) => {
      if (chunk.includes('* pong end')) resolve();
    };
    sender.socket.once('close', resolve);
    sender.socket.write('/ping end\n');
  });
  return { seconds: (performance.now() - start) / 1000, received: answered, faults: 0 };
}

async function idle(job: Job): Promise<Result> {
  const start = performance.now();
  await open(
    job,
    range(job.pairs).map((i) => id(job, 'i', i)),
  );
  const seconds = (performance.now() - start) / 1000;
  process.send?.({ started: true, seconds });
  await new Promise(() => {});
  return { seconds, received: job.pairs, faults: 0 };
}

process.on('disconnect', () => process.exit());
process.on('message', async (job: Job) => {
  const result = await { throughput, latency, flood, stopped, idle }[job.kind](job);
  process.send?.({ result });
});
