import { runCommandLine } from './program.js';

process.exitCode = await runCommandLine(process.argv);
