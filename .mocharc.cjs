// `npm test` runs what needs no root and no Debian package; *.sys.spec.ts need both and run in `npm run test:all`.
const system = process.env.BLUEBRIDGE_TEST_SYSTEM === '1';
module.exports = {
  'node-option': ['conditions=source', 'import=tsx'],
  spec: [
    'packages/*/src/**/*.spec.ts',
    'packages/*/test/**/*.spec.ts',
    '{templates,memory,controller,mininet,cli}/src/**/*.spec.ts',
    'test/**/*.spec.ts',
    'verify/*.spec.ts',
  ],
  // *.bmv2.spec.ts have a run of their own, in a network namespace: `npm run test:bmv2`.
  ignore: ['**/*.bmv2.spec.ts', ...(system ? [] : ['**/*.sys.spec.ts'])],
  timeout: 20000,
  reporter: './scripts/reporter.cjs',
};
