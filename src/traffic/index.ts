/**
 * What packets mean together: streams, TCP analysis, following, display filters, timing, explanation.
 *
 * @module
 */
export { type FilterCode, FilterError } from '../errors.js';
export {
  type ApplicationMessage,
  type ApplicationProtocol,
  applicationMessages,
  type HttpHeaders,
} from './application.js';
export { Assembler, type Piece } from './assembler.js';
export { CaptureClock } from './clock.js';
export type { TrafficContext, TrafficField, TrafficFieldKind, TrafficValue } from './context.js';
export {
  type Conversation,
  type ConversationKind,
  ConversationList,
  Conversations,
  conversationKinds,
  type Endpoint,
  EndpointList,
  type ShownTable,
  streamRow,
} from './conversations.js';
export { explain } from './explain/explain.js';
export { Finding, Findings, type RuleId } from './explain/finding.js';
export type { ExplainedMessage } from './explain/message.js';
export { compareWays, type WayRow, Ways, wayNumbers } from './explain/ways.js';
export { trafficFields, trafficFieldTexts } from './fields.js';
export { FilterExpression, FilterFieldExpression, type FilterValue, field } from './filter/builder.js';
export { filterFieldNames, suggestFilterField } from './filter/field.js';
export { compileFilter, type DisplayFilter } from './filter/filter.js';
export { FollowedStream, Follower, gapText, type Utterance } from './follow.js';
export { Hierarchy, type HierarchyNode } from './hierarchy.js';
export { Outline } from './outline.js';
export { CapturePass, type PassOptions } from './pass.js';
export { TcpAnalysis } from './tcp-analysis.js';
export {
  AnalysisFlag,
  analysisFlags,
  analysisLabels,
  analysisNames,
  Completeness,
  completenessText,
} from './tcp-flag.js';
export { type TcpDirection, TcpStream } from './tcp-stream.js';
export { bytesText, textTable } from './text-table.js';
export { formatSeconds, type Nanoseconds } from './time.js';
export {
  interArrival,
  jitter,
  type Rate,
  rates,
  roundTripTimes,
  type Sample,
  type SequencePoint,
  type SequenceSeries,
  timeSequence,
  windows,
} from './timing.js';
export { Tracker, type TrackerOptions } from './tracker.js';
export { PacketList, Traffic, TrafficPacket } from './traffic.js';
export { UdpStream } from './udp-stream.js';
