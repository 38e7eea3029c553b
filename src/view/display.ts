/**
 * Gives things their picture: the last expression of a cell is drawn when it has a method `Symbol.for('Jupyter.display')`. What other
 * folders hold gets its picture here, since they know nothing of HTML.
 *
 * @module
 */
import { ConversationPlan, CraftedPlan, MessageTable, RealExchange, Run } from '../messages/index.js';
import {
  ConversationList,
  EndpointList,
  Finding,
  Findings,
  FollowedStream,
  PacketList,
  streamRow,
  TcpStream,
  Traffic,
  TrafficPacket,
  UdpStream,
  Ways,
} from '../traffic/index.js';
import { Packet } from '../wire/index.js';
import type { Html } from './html.js';
import { messageTableView, planView, rowsView, runView } from './message-view.js';
import { packetView } from './packet-view.js';
import { findingsView, followView, packetListView, tableView, trafficView, waysView } from './traffic-view.js';

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
  draw(MessageTable, messageTableView, String);
  draw(CraftedPlan, planView, String);
  draw(ConversationPlan, ({ rows }) => planView(rows), String);
  draw(RealExchange, (exchange) => rowsView(exchange), String);
  draw(Run, runView, String);
  draw(Traffic, trafficView, String);
  draw(TrafficPacket, ({ packet, number }) => packetView(packet, { title: `Frame ${number}` }), String);
  draw(PacketList, (packets) => packetListView(packets), String);
  draw(Finding, (finding) => findingsView([finding]), String);
  draw(Findings, findingsView, String);
  draw(Ways, waysView, String);
  draw(FollowedStream, followView, String);
  draw(ConversationList, (list) => tableView(list.table()), String);
  draw(EndpointList, (list) => tableView(list.table()), String);
  for (const type of [TcpStream, UdpStream])
    draw<TcpStream | UdpStream>(
      type,
      (stream) => tableView(ConversationList.holding([streamRow(stream)]).table()),
      String,
    );
}
