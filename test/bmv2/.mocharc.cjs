// `npm run test:bmv2` runs this inside a network namespace (run.mjs); the root's mocha does not.
module.exports = {
  'node-option': ['conditions=source', 'import=tsx'],
  spec: ['test/bmv2/**/*.bmv2.spec.ts'],
  timeout: 60000,
  reporter: './scripts/reporter.cjs',
};
