/** `npm run dev`: the widget on a page that looks like documentation, with the tests' backend. */

import { defineConfig } from "vite";
import { createBackend } from "../tests/backend.js";

const backend = createBackend();

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    {
      name: "backend",
      configureServer(server) {
        server.middlewares.use((request, response, next) => {
          backend(request, response).then((answered) => !answered && next(), next);
        });
      },
    },
  ],
});
