/**
 * What Wireshark's TCP analysis says of a segment, and how complete a conversation is. Names and meanings are those of the
 * Wireshark User's Guide, section 7.5, "TCP Analysis".
 *
 * @module
 */

/** Bits of `TcpAnalysis.flags`. */
export const AnalysisFlag = {
  RETRANSMISSION: 1 << 0,
  FAST_RETRANSMISSION: 1 << 1,
  SPURIOUS_RETRANSMISSION: 1 << 2,
  OUT_OF_ORDER: 1 << 3,
  LOST_SEGMENT: 1 << 4,
  ACK_LOST_SEGMENT: 1 << 5,
  DUPLICATE_ACK: 1 << 6,
  KEEP_ALIVE: 1 << 7,
  KEEP_ALIVE_ACK: 1 << 8,
  ZERO_WINDOW: 1 << 9,
  ZERO_WINDOW_PROBE: 1 << 10,
  ZERO_WINDOW_PROBE_ACK: 1 << 11,
  WINDOW_UPDATE: 1 << 12,
  WINDOW_FULL: 1 << 13,
  REUSED_PORTS: 1 << 14,
} as const;

/** One flag of the analysis. */
export interface AnalysisFlagName {
  readonly bit: number;
  /** Bits under which Wireshark's field is present: a fast retransmission is a retransmission, too. */
  readonly mask: number;
  /** Key in camelCase. */
  readonly name: string;
  /** Wireshark's field. */
  readonly filter: string;
  /** As Wireshark's packet list shows it. */
  readonly label: string;
}

/** Every flag, in the order in which Wireshark lists them. */
export const analysisFlags: readonly AnalysisFlagName[] = [
  flag('REUSED_PORTS', 'reusedPorts', 'reused_ports', 'TCP Port numbers reused'),
  flag('RETRANSMISSION', 'retransmission', 'retransmission', 'TCP Retransmission'),
  flag('FAST_RETRANSMISSION', 'fastRetransmission', 'fast_retransmission', 'TCP Fast Retransmission'),
  flag('SPURIOUS_RETRANSMISSION', 'spuriousRetransmission', 'spurious_retransmission', 'TCP Spurious Retransmission'),
  flag('OUT_OF_ORDER', 'outOfOrder', 'out_of_order', 'TCP Out-Of-Order'),
  flag('LOST_SEGMENT', 'lostSegment', 'lost_segment', 'TCP Previous segment not captured'),
  flag('ACK_LOST_SEGMENT', 'ackLostSegment', 'ack_lost_segment', 'TCP ACKed unseen segment'),
  flag('WINDOW_UPDATE', 'windowUpdate', 'window_update', 'TCP Window Update'),
  flag('WINDOW_FULL', 'windowFull', 'window_full', 'TCP Window Full'),
  flag('KEEP_ALIVE', 'keepAlive', 'keep_alive', 'TCP Keep-Alive'),
  flag('KEEP_ALIVE_ACK', 'keepAliveAck', 'keep_alive_ack', 'TCP Keep-Alive ACK'),
  flag('DUPLICATE_ACK', 'duplicateAck', 'duplicate_ack', 'TCP Dup ACK'),
  flag('ZERO_WINDOW_PROBE', 'zeroWindowProbe', 'zero_window_probe', 'TCP ZeroWindowProbe'),
  flag('ZERO_WINDOW', 'zeroWindow', 'zero_window', 'TCP ZeroWindow'),
  flag('ZERO_WINDOW_PROBE_ACK', 'zeroWindowProbeAck', 'zero_window_probe_ack', 'TCP ZeroWindowProbeAck'),
];

function flag(bit: keyof typeof AnalysisFlag, name: string, field: string, label: string): AnalysisFlagName {
  const { RETRANSMISSION, FAST_RETRANSMISSION, SPURIOUS_RETRANSMISSION } = AnalysisFlag;
  const mask =
    bit === 'RETRANSMISSION' ? RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION : AnalysisFlag[bit];
  return { bit: AnalysisFlag[bit], mask, name, filter: `tcp.analysis.${field}`, label };
}

/** The flags that are set, by their names in camelCase. */
export function analysisNames(flags: number): string[] {
  return analysisFlags.filter(({ bit }) => (flags & bit) !== 0).map(({ name }) => name);
}

/** The flags that are set, as Wireshark's packet list shows them. */
export function analysisLabels(flags: number): string[] {
  return analysisFlags.filter(({ bit }) => (flags & bit) !== 0).map(({ label }) => label);
}

/** Bits of `tcp.completeness`: what of a connection's life was seen. */
export const Completeness = { SYN: 1, SYN_ACK: 2, ACK: 4, DATA: 8, FIN: 16, RST: 32 } as const;

/** Completeness in Wireshark's words: `Complete, WITH_DATA (31)`. */
export function completenessText(value: number): string {
  const name = completenessName(value & 31);
  return `${name} (${value})`;
}

function completenessName(value: number): string {
  switch (value) {
    case 7:
      return 'Incomplete, ESTABLISHED';
    case 15:
      return 'Incomplete, DATA';
    case 23:
      return 'Complete, NO_DATA';
    case 31:
      return 'Complete, WITH_DATA';
    case 3:
      return 'Incomplete, CLIENT_ESTABLISHED';
    case 1:
      return 'Incomplete, SYN_SENT';
    default:
      return 'Incomplete';
  }
}
