import type {Config} from '@docusaurus/types';

const config: Config = {
  title: 'Already',
  url: 'https://already.example.net',
  baseUrl: '/',
  plugins: [['docusaurus-plugin-askdocs', {siteKey: 'pk_theirs', api: ''}]],
};

export default config;
