/**
 * Tables as text.
 *
 * @module
 */

/** Columns padded to their widest value; those with nothing in them left out. */
export function textTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = heads.map((_, i) => rows.some((row) => row[i] !== ''));
  const widths = heads.map((head, i) => rows.reduce((width, row) => Math.max(width, row[i]!.length), head.length));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .filter((_, i) => kept[i])
      .join('  ')
      .trimEnd()}`;
  return [line(heads), ...rows.map(line)].join('\n');
}

/** `1.5 kB`, in powers of 1000 as tshark writes them. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
