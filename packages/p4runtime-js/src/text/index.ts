export { formatEntries, formatP4Info, parseEntries, parseP4Info } from './files.js';
export { parseText } from './reader.js';
export { TextFormatError } from './text-format-error.js';
export { formatText } from './writer.js';
