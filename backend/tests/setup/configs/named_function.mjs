import {fetchVersions} from './versions.mjs';

async function createConfig() {
  const versions = await fetchVersions();
  if (!versions.length) {
    throw new Error('no versions');
  }
  /** @type {import('@docusaurus/types').Config} */
  const config = {
    title: 'Named',
    url: 'https://named.example.net',
    baseUrl: '/',
    plugins: [
      './local-plugin.js',

      // Analytics, in production only
      ...(process.env.CI ? ['./analytics.js'] : []),
    ],
  };
  return config;
}

export default createConfig;
