/** Addresses that people guess, and where what they mean is. A page that moves is added here. */

const GUESSED: Record<string, string[]> = {
  "/docs/start/quick-start": ["/quick-start", "/quickstart", "/getting-started", "/docs/quick-start", "/docs/quickstart", "/docs/getting-started"],
  "/docs/start/install": ["/install", "/installation", "/docs/install", "/docs/installation"],
  "/docs/start": ["/start"],
  "/docs/start/first-questions": ["/faq", "/docs/faq"],
  "/docs/use": ["/use", "/guides"],
  "/docs/operate": ["/operate", "/deploy", "/docs/deploy"],
  "/docs/operate/configuration": ["/configuration", "/docs/configuration"],
  "/docs/contribute": ["/contribute", "/contributing"],
  "/docs/next/contribute/roadmap": ["/roadmap"],
  "/docs/use/http-api": ["/api", "/docs/api"],
  "/docs/decide/what-it-costs": ["/pricing", "/costs", "/docs/pricing", "/docs/costs"],
  "/docs/decide/privacy": ["/privacy", "/docs/privacy"],
  "/docs/decide/comparison": ["/compare", "/comparison", "/alternatives", "/docs/comparison"],
  "/docs/decide/migrate": ["/migrate", "/docs/migrate"],
  "/docs/start/this-version": ["/blog", "/changelog", "/releases", "/docs/changelog"],
};

export const redirects = Object.entries(GUESSED).map(([to, from]) => ({ to, from }));
