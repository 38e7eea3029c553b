/**
 * Packets built by Scapy, for comparing bytes.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';

const program = `
import json, logging, sys
logging.disable(logging.CRITICAL)
from scapy.all import *
for module in ('igmp', 'igmpv3', 'mpls'):
    try:
        load_contrib(module)
    except Exception:
        pass
result = []
for expression in json.load(sys.stdin):
    try:
        result.append(raw(eval(expression)).hex())
    except Exception as error:
        result.append(repr(error))
print(json.dumps(result))
`;

/** The bytes of each Scapy expression, in hexadecimal, made by one Python process. What fails gives the error's text. */
export function scapyBytes(expressions: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-c', program], {
    input: JSON.stringify(expressions),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`Cannot run Scapy: ${stderr}`);
  return JSON.parse(stdout) as string[];
}
