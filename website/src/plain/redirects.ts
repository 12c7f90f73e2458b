/** Addresses that people guess, and where what they mean is. A page that moves is added here. */

const GUESSED: Record<string, string[]> = {
  "/docs/start/quick-start": ["/quick-start", "/quickstart", "/getting-started", "/docs/quick-start", "/docs/getting-started"],
  "/docs/start/install": ["/install", "/installation", "/docs/install", "/docs/installation"],
  "/docs/start": ["/start"],
  "/docs/use": ["/use", "/guides"],
  "/docs/operate": ["/operate", "/deploy"],
  "/docs/contribute": ["/contribute", "/contributing"],
  "/docs/next/contribute/roadmap": ["/roadmap"],
  "/docs/use/http-api": ["/api", "/docs/api"],
  "/docs/decide/what-it-costs": ["/pricing", "/costs"],
  "/docs/decide/privacy": ["/privacy"],
  "/docs/decide/comparison": ["/compare", "/comparison", "/alternatives"],
  "/docs/decide/migrate": ["/migrate"],
  "/docs/start/this-version": ["/blog", "/changelog", "/releases"],
};

export const redirects = Object.entries(GUESSED).map(([to, from]) => ({ to, from }));
