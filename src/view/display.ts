/**
 * Gives things their picture: the last expression of a cell is drawn when it has a method `Symbol.for('Jupyter.display')`. Packets and
 * tables of messages get theirs here, since their own folders know nothing of HTML.
 *
 * @module
 */
import { MessageTable } from '../messages/index.js';
import { Packet } from '../wire/index.js';
import type { Html } from './html.js';
import { messageTableView } from './message-view.js';
import { packetView } from './packet-view.js';

function draw<T extends object>(
  type: { readonly prototype: T },
  view: (value: T) => Html,
  text: (value: T) => string,
): void {
  Object.defineProperty(type.prototype, Symbol.for('Jupyter.display'), {
    configurable: true,
    value(this: T) {
      return { 'text/html': view(this).text, 'text/plain': text(this) };
    },
  });
}

/** Attaches the pictures. Calling it again changes nothing. */
export function attachPictures(): void {
  draw(Packet, packetView, (packet) => packet.show());
  draw(MessageTable, messageTableView, (table) => table.toString());
}
