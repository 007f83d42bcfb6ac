// `npm run verify:coherence`: visits every state of the protocol's models, within the bounds of runs.ts. Exit 0 only if no run found an error.
import { RUNS } from './runs.js';
import { visit } from './spin.js';

const started = performance.now();
let states = 0;
let failed = 0;
for (const run of RUNS) {
  const result = visit(run);
  states += result.states;
  const held = result.errors === 0 && result.complete;
  if (!held) failed++;
  console.log(`${held ? 'ok' : 'FAILED'}  ${run.name}`);
  console.log(`    ${run.model}, ${run.defines.map((define) => define.slice(2)).join(' ')}`);
  console.log(
    `    states explored: ${result.states}, longest run: ${result.depth} steps, errors: ${result.errors}`,
  );
  if (!result.complete) console.log('    not complete: memory or depth ran out');
  if (result.error) console.log(`    ${result.error}`);
  for (const step of result.trail) console.log(`      ${step.trim()}`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`\nstates explored: ${states} in ${seconds} s; errors: ${failed}`);
process.exitCode = failed === 0 ? 0 : 1;
