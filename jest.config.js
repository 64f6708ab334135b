// From fast to slow; `jest --selectProjects unit` runs one of them. scripts/fuzz runs `fuzz`.

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  transform: {
    '\\.(ts|js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // These are ES modules: jest's own require cannot load them as they are.
  transformIgnorePatterns: ['/node_modules/(?!(chalk|@noble/hashes)/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
  globalSetup: '<rootDir>/test/support/no-leftovers-setup.js',
  globalTeardown: '<rootDir>/test/support/no-leftovers-teardown.js',
};

const project = (name) => ({
  ...shared,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

/** @type {import('jest').Config} */
module.exports = {
  projects: ['unit', 'api', 'cli', 'matrix', 'faults', 'fuzz'].map(project),
  // Many tests run a dozen processes each; on a busy machine that takes its time.
  testTimeout: 180_000,
};
