/** Gives the build marked's Lexer alone: 11.9 KB gzip instead of the 15.1 KB that the whole package weighs. */

import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ENTRY = "\0marked-lexer-entry";

/**
 * marked is one minified module whose top level makes a parser and hangs things on a function, so a bundler
 * has to keep all of it. Nothing of that is observable when only the Lexer is imported, which is said here to
 * an inner build of that one module: said to the whole build, it would drop writes of ours that matter.
 *
 * @returns {import("vite").Plugin}
 */
export function lexerOnly() {
  const marked = fileURLToPath(import.meta.resolve("marked"));
  return {
    name: "askdocs:lexer-only",
    enforce: "pre",
    apply: "build",
    async load(id) {
      if (id !== marked) {
        return null;
      }
      const bundle = await rolldown({
        input: ENTRY,
        plugins: [entry(marked), pureConstructor(marked)],
        treeshake: {
          moduleSideEffects: false,
          propertyReadSideEffects: false,
          propertyWriteSideEffects: false,
          unknownGlobalSideEffects: false,
        },
      });
      const { output } = await bundle.generate({ format: "es" });
      await bundle.close();
      const code = output[0].code;
      if (code.includes("parseInline")) {
        throw new Error("marked changed: its parser is in the bundle again. See scripts/lexer.mjs.");
      }
      return { code, map: null };
    },
  };
}

/** @param {string} marked @returns {import("rolldown").Plugin} */
function entry(marked) {
  return {
    name: "entry",
    resolveId: (id) => (id === ENTRY ? id : null),
    load: (id) => (id === ENTRY ? `export { Lexer, Tokenizer } from ${JSON.stringify(marked)}` : null),
  };
}

/** @param {string} marked @returns {import("rolldown").Plugin} */
function pureConstructor(marked) {
  return {
    name: "pure-constructor",
    transform: (code, id) => (id === marked ? code.replace(/=new (\w+);/g, "=/*@__PURE__*/new $1;") : null),
  };
}
