import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Directions: app -> features -> components -> lib. Features never import each other; app composes them.
const forbid = (...patterns) => ({
  'no-restricted-imports': [
    'error',
    { patterns: patterns.map(([group, message]) => ({ group: [group], message })) },
  ],
});

const noApp = ['**/app/**', 'Only main.tsx imports app.'];
const noFeatures = ['**/features/**', 'Shared code knows no feature.'];
const noComponents = ['**/components/**', 'lib knows no components.'];
const noSiblings = [
  '../[a-z]*/**',
  'A feature imports its own files, components and lib; app passes in what belongs to another.',
];

export default tseslint.config(
  { ignores: ['dist', 'public', 'target', 'eslint.config.js', 'e2e', 'src/lib/api/schema.d.ts'] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  reactHooks.configs.flat.recommended,
  { rules: { '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }] } },
  { files: ['src/lib/**'], rules: forbid(noApp, noFeatures, noComponents) },
  { files: ['src/components/**'], rules: forbid(noApp, noFeatures) },
  { files: ['src/features/*/**'], rules: forbid(noApp, noSiblings) },
);
