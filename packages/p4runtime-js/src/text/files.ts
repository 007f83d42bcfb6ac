// The two kinds of text files that P4 tools exchange, with the comment lines that p4c puts on top of them.
import { type Init, P4Info, WriteRequest } from '../messages.js';
import { parseText } from './reader.js';
import { formatText } from './writer.js';

const header = (file: string, message: string) => `# proto-file: ${file}\n# proto-message: ${message}\n\n`;

/** The content of a `.p4info.txtpb` file, as p4c writes it. */
export function formatP4Info(p4info: Init<P4Info>): string {
  return header('p4/config/v1/p4info.proto', P4Info.name) + formatText(P4Info, p4info);
}

/** @throws TextFormatError */
export function parseP4Info(text: string, source = 'P4Info'): P4Info {
  return parseText(P4Info, text, source);
}

/** The content of an entries file, which is a WriteRequest that puts the `const entries` of a program in place. */
export function formatEntries(request: Init<WriteRequest>): string {
  return header('p4/v1/p4runtime.proto', WriteRequest.name) + formatText(WriteRequest, request);
}

/** @throws TextFormatError */
export function parseEntries(text: string, source = 'entries'): WriteRequest {
  return parseText(WriteRequest, text, source);
}
