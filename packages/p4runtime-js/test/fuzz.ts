// npm run fuzz -w p4runtime-js -- [rounds] [seed]
import { fuzz } from './support/fuzz.js';

const [rounds = 5000, seed = 1] = process.argv.slice(2).map(Number);
if (![rounds, seed].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  process.stderr.write(
    'usage: npm run fuzz -w p4runtime-js -- [rounds, 5000 unless given] [seed, 1 unless given]\n',
  );
  process.exit(2);
}
const { statuses, findings } = await fuzz({ rounds, seed });
process.stdout.write(`${rounds} messages, seed ${seed}; answers by status: ${JSON.stringify(statuses)}\n`);
for (const finding of findings) process.stderr.write(`${finding}\n`);
process.exit(findings.length > 0 ? 1 : 0);
