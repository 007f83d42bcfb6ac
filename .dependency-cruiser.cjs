// Who may import whom (docs/architecture.md). An import that runs against this is a design fault: fix the design.
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(packages/[^/]+|templates|memory|controller|cli|mininet|dashboard|test)/',
    pathNot: [from, ...allowed].map((d) => `^${d}/`),
  },
});
const packages = ['ethernet-wire', 'p4runtime-js', 'p4-compiler', 'p4-switch'].map((p) => `packages/${p}`);
module.exports = {
  forbidden: [
    only('wire-imports-nothing', 'packages/ethernet-wire', [], 'a wire knows nothing of P4 or of BlueBridge'),
    only('p4runtime-imports-nothing', 'packages/p4runtime-js', [], 'the P4Runtime library stands alone'),
    only('compiler-imports', 'packages/p4-compiler', ['packages/p4runtime-js'], 'P4Info messages only'),
    only(
      'switch-imports',
      'packages/p4-switch',
      ['packages/p4runtime-js', 'packages/ethernet-wire'],
      'never wing two',
    ),
    only(
      'templates-imports',
      'templates',
      ['packages/p4-compiler', 'packages/p4runtime-js'],
      'spec and generator',
    ),
    only('memory-imports', 'memory', ['packages/ethernet-wire'], 'frames and nothing else'),
    only(
      'controller-imports',
      'controller',
      ['packages/p4runtime-js', 'templates', 'memory'],
      'the plan and the wire format',
    ),
    only('mininet-imports', 'mininet', ['templates'], 'the fabric, and Mininet around it'),
    only(
      'cli-imports',
      'cli',
      [...packages, 'templates', 'memory', 'controller', 'mininet', 'dashboard'],
      'the shell over all',
    ),
    {
      name: 'no-deep-imports',
      comment: 'nothing reaches past the public face of a workspace',
      severity: 'error',
      from: { path: '^(packages/[^/]+|templates|memory|controller|mininet|cli)/' },
      to: {
        path: '^(packages/[^/]+|templates|memory|controller|mininet|cli)/src/',
        pathNot: [
          '^$1/',
          '/src/index\\.ts$',
          '/src/testing/index\\.ts$',
          '^templates/src/spec/index\\.ts$',
          '^controller/src/api/index\\.ts$',
        ],
      },
    },
    {
      name: 'no-cycles',
      comment:
        'a cycle between files hides which one owns the idea; only the walks over a recursive tree, whose functions call ' +
        'one another as the grammar does, may be spread over files of one folder',
      severity: 'error',
      from: { pathNot: '^packages/p4-compiler/src/(check|normalise|syntax/parse)/' },
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/generated/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js'],
    },
  },
};
