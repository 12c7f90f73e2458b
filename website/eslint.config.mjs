/** Lints everything under website/: types are checked strictly wherever there are types. */

import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  {
    ignores: [
      "**/node_modules/",
      "**/dist/",
      "**/dist-draft/",
      "packages/docusaurus-plugin/widget/",
      "**/build/",
      "**/.docusaurus/",
      "packages/docusaurus-plugin/lib/",
      "e2e/test-results/",
      "e2e/playwright-report/",
      "e2e/parsers/recorded/",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        tsconfigRootDir: import.meta.dirname,
        project: [
          "tsconfig.json",
          "e2e/tsconfig.json",
          "packages/widget/tsconfig.json",
          "packages/docusaurus-plugin/tsconfig.json",
          "packages/docusaurus-plugin/tsconfig.client.json",
        ],
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Numbers and booleans read well in templates; objects do not.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `() => void ask()` says that nobody waits.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      // `open ? show() : hide()` as a statement reads as well as an if.
      "@typescript-eslint/no-unused-expressions": ["error", { allowTernary: true, allowTaggedTemplates: true }],
      // "" often means that nothing was said.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      // An index that a test before has shown to be good; noUncheckedIndexedAccess does not see such tests.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["e2e/**/*.ts"],
    // Playwright reads from a fixture's first parameter which others it needs: `{}` says none.
    rules: { "no-empty-pattern": "off" },
  },
  {
    files: ["**/*.mjs", "**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        ["console", "fetch", "process", "ReadableStream", "Response", "setTimeout", "structuredClone", "TextEncoder", "URL"].map(
          (name) => [name, "readonly"],
        ),
      ),
    },
  },
);
