/**
 * A cell's outputs, gathered from what the kernel publishes, as a front-end would show them.
 *
 * @module
 */
import type { JsonObject, Message } from '../protocol/message.js';
import type { CodeCell, MimeData, Output } from '../protocol/notebook.js';

/** Outputs that can be shown anew, by `display_id`, across all cells of a notebook. */
export type Displays = Map<string, { data: MimeData; metadata: JsonObject }[]>;

/** Puts a message into a cell. */
export class OutputCollector {
  readonly #cell: CodeCell;
  readonly #displays: Displays;
  #isClearPending = false;

  constructor(cell: CodeCell, displays: Displays) {
    this.#cell = cell;
    this.#displays = displays;
  }

  /** Takes one message of the cell's; false for one that is no output. */
  take(message: Message): boolean {
    const { content } = message;
    switch (message.header.msg_type) {
      case 'stream':
        this.#addText(content.name === 'stderr' ? 'stderr' : 'stdout', String(content.text));
        return true;
      case 'display_data':
        this.#addDisplay({ output_type: 'display_data', ...dataOf(content) }, content);
        return true;
      case 'execute_result':
        this.#addDisplay(
          { output_type: 'execute_result', ...dataOf(content), execution_count: Number(content.execution_count) },
          content,
        );
        return true;
      case 'update_display_data':
        for (const shown of this.#displays.get(displayId(content) ?? '') ?? []) Object.assign(shown, dataOf(content));
        return true;
      case 'error':
        this.#add({
          output_type: 'error',
          ename: String(content.ename),
          evalue: String(content.evalue),
          traceback: (content.traceback ?? []) as string[],
        });
        return true;
      case 'clear_output':
        if (content.wait === true) this.#isClearPending = true;
        else this.#cell.outputs = [];
        return true;
      case 'execute_input':
        this.#cell.execution_count = Number(content.execution_count);
        return false;
      default:
        return false;
    }
  }

  #add(output: Output): void {
    if (this.#isClearPending) {
      this.#isClearPending = false;
      this.#cell.outputs = [];
    }
    this.#cell.outputs.push(output);
  }

  #addText(name: 'stdout' | 'stderr', text: string): void {
    const last = this.#isClearPending ? undefined : this.#cell.outputs.at(-1);
    if (last?.output_type === 'stream' && last.name === name) last.text += text;
    else this.#add({ output_type: 'stream', name, text });
  }

  #addDisplay(output: Output & { data: MimeData; metadata: JsonObject }, content: JsonObject): void {
    this.#add(output);
    const id = displayId(content);
    if (id === undefined) return;
    const shown = this.#displays.get(id);
    if (shown === undefined) this.#displays.set(id, [output]);
    else shown.push(output);
  }
}

function dataOf(content: JsonObject): { data: MimeData; metadata: JsonObject } {
  return { data: (content.data ?? {}) as MimeData, metadata: (content.metadata ?? {}) as JsonObject };
}

function displayId(content: JsonObject): string | undefined {
  const id = (content.transient as JsonObject | undefined)?.display_id;
  return typeof id === 'string' ? id : undefined;
}
