import type {Config} from '@docusaurus/types';

const config: Config = {
  title: 'Commented',
  url: 'https://commented.example.net',
  baseUrl: '/',
  // plugins: ['docusaurus-plugin-askdocs'],
  /* plugins: [
    'other',
  ], */
  scripts: ['https://example.net/a.js'],
  // the end
};

export default config;
