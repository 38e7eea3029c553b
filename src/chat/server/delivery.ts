/**
 * What is still to be said to the sender of a message.
 *
 * @module
 */

/** Who has to be told of a delivery. */
export interface Sender {
  /** `count` recipients' operating systems have taken the message. */
  receipt(tag: string, count: number): void;
  /** `name` was cut off or lost with the message waiting. */
  undelivered(tag: string | undefined, name: string): void;
}

/** One message on its way to one or more connections. Without a tag only a failure is told, so that one object serves all messages of a sender. */
export class Delivery {
  readonly sender: Sender;
  readonly tag: string | undefined;
  /** What takes this one's place for a recipient whose answer is not waited for. */
  readonly #late: Delivery | undefined;
  /** Recipients whose connection has not answered for it. */
  #waiting: number;
  #count = 0;

  constructor(sender: Sender, tag: string | undefined, recipients = 1, late?: Delivery) {
    this.sender = sender;
    this.tag = tag;
    this.#waiting = recipients;
    this.#late = late;
  }

  /** One recipient's operating system has it. */
  handed(): void {
    if (this.tag === undefined) return;
    this.#count++;
    this.#settle();
  }

  /** One recipient will not get it. */
  failed(name: string): void {
    // A message to one is answered by the failure; one to many by what became of the rest.
    const alone = this.tag !== undefined && this.#late === undefined;
    this.sender.undelivered(alone ? this.tag : undefined, name);
    if (this.tag !== undefined && !alone) this.#settle();
  }

  /**
   * One recipient is behind. A message to many does not wait for it: it is not counted, and what stands for the message
   * from now on is what is returned.
   */
  late(): Delivery {
    if (this.#late === undefined) return this;
    this.#settle();
    return this.#late;
  }

  #settle(): void {
    if (--this.#waiting === 0) this.sender.receipt(this.tag!, this.#count);
  }
}
