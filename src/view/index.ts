/**
 * How things look: pure functions from data to HTML or a Plotly figure.
 *
 * @module
 */
import { attachPictures } from './display.js';

export { type Delivery, deliveryFigure, type Said, transcriptView } from './chat-view.js';
export { Figure } from './figure.js';
export { Html, html } from './html.js';
export { ladderView, type NamedSegment, segmentsOf, segmentsView } from './ladder.js';
export { messageTableView, planView, portsView, runView } from './message-view.js';
export { type PacketViewOptions, packetView } from './packet-view.js';
export {
  gapFigure,
  rateFigure,
  roundTripFigure,
  type SequenceFigureOptions,
  sequenceFigure,
  windowFigure,
} from './stream-figure.js';
export { type TimingSummary, timingFigure, timingSummary } from './timing.js';
export { answerView, findingsView, followView, packetListView, waysView } from './traffic-view.js';

attachPictures();
