/**
 * What is still to be said to the sender of a message.
 *
 * @module
 */

/** Who has to be told of a delivery. */
export interface Sender {
  /** Every recipient's operating system has taken the message. */
  receipt(tag: string, count: number): void;
  /** `name` was cut off or lost with the message waiting. */
  undelivered(tag: string | undefined, name: string): void;
}

/** One message on its way to one or more connections. Without a tag only a failure is told, so that one object serves all messages of a sender. */
export class Delivery {
  readonly sender: Sender;
  readonly tag: string | undefined;
  /** Recipients whose connection has not answered for it. */
  #waiting: number;
  #count = 0;

  constructor(sender: Sender, tag: string | undefined, recipients: number) {
    this.sender = sender;
    this.tag = tag;
    this.#waiting = recipients;
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
    const alone = this.tag !== undefined && this.#waiting === 1 && this.#count === 0;
    this.sender.undelivered(alone ? this.tag : undefined, name);
    if (this.tag !== undefined && !alone) this.#settle();
  }

  #settle(): void {
    if (--this.#waiting === 0) this.sender.receipt(this.tag!, this.#count);
  }
}
